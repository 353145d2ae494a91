// Taking calls in, within a limit, and running two releases on each.
#include "app/shadow_watch.hpp"

#include <algorithm>

namespace tenon::app {
namespace {

constexpr milliseconds kShadowIdle{50};

std::string connector_of(const std::string& release) {
  return release.substr(0, release.find('@'));
}

std::size_t bytes_of(const CapturedCall& call) {
  std::size_t bytes = sizeof call;
  for (const auto& record : call.records) bytes += sizeof record + record.body.size();
  for (const auto& step : call.steps) {
    for (const auto& request : step.requests) bytes += sizeof request + request.body.size();
    for (const auto& reply : step.replies) bytes += sizeof reply + reply.body.size();
  }
  return bytes;
}

}  // namespace

bool ShadowWatch::compares(const std::string& destination) const {
  return queue_.size() < kMaxShadowQueue && destinations_.contains(destination);
}

bool ShadowWatch::wants(const std::string& destination, const std::string& attempt) const {
  return compares(destination) ||
         (doors_.store != nullptr && doors_.store->wants(destination, attempt));
}

void ShadowWatch::take(CapturedCall call) {
  const bool kept = doors_.store != nullptr && doors_.store->wants(call.destination, call.attempt);
  const std::size_t bytes = bytes_of(call);
  if (compares(call.destination) && queued_bytes_ + bytes <= kMaxShadowBytes) {
    queued_bytes_ += bytes;
    queue_.push_back({kept ? call : std::move(call), bytes});
    if (!kept) return;
  }
  if (kept) doors_.store->take(std::move(call));
}

ShadowWatch::PairName ShadowWatch::name_of(const Rollout& rollout) {
  return {rollout.connector + "@" + rollout.stable, rollout.connector + "@" + rollout.candidate};
}

ShadowWatch::Pair* ShadowWatch::pair_of(const Rollout& rollout) {
  const PairName name = name_of(rollout);
  auto& pair = pairs_[name];
  if (pair) return pair.get();
  const auto* before = doors_.catalog.find(ReleaseId(name.first));
  const auto* after = doors_.catalog.find(ReleaseId(name.second));
  if (before == nullptr || after == nullptr) {
    pairs_.erase(name);
    return nullptr;
  }
  pair = std::make_unique<Pair>();
  pair->before = before->manifest;
  pair->after = after->manifest;
  pair->changes = doors_.changes(name.second);
  pair->run = std::make_unique<shadow::PairRun>(shadow::ReplayDoors{doors_.runtime, doors_.clock},
                                                shadow::PairSide{before->id, pair->before},
                                                shadow::PairSide{after->id, pair->after});
  return pair.get();
}

Task<void> ShadowWatch::drop_ended() {
  std::set<PairName> wanted;
  for (const auto& rollout : doors_.rollouts()) {
    if (!rollout.candidate.empty()) wanted.insert(name_of(rollout));
  }
  std::vector<std::unique_ptr<Pair>> ended;
  for (auto at = pairs_.begin(); at != pairs_.end();) {
    if (wanted.contains(at->first)) {
      ++at;
    } else {
      ended.push_back(std::move(at->second));
      at = pairs_.erase(at);
    }
  }
  for (const auto& pair : ended) co_await pair->run->close();
}

// A call of another release than these two is of before the rollout, and says nothing of them.
Task<void> ShadowWatch::compare(CapturedCall call) {
  Pair* pair = nullptr;
  for (const auto& rollout : doors_.rollouts()) {
    if (rollout.connector != connector_of(call.release) || rollout.candidate.empty()) continue;
    const auto name = name_of(rollout);
    if (call.release == name.first || call.release == name.second) pair = pair_of(rollout);
  }
  if (pair == nullptr) co_return;
  const auto done = co_await pair->run->captured(call, pair->tally);
  if (done) co_return;
  const std::string why = done.error().text();
  pair->tally.add_not_run("it could not be run here");
  doors_.telemetry.log(LogLevel::warning, "shadow.not_run",
                       {{"release", pair->after.release()}, {"why", why}});
}

Task<void> ShadowWatch::run() {
  for (;;) {
    co_await drop_ended();
    const bool idle = queue_.empty();
    if (!idle) {
      CapturedCall call = std::move(queue_.front().call);
      queued_bytes_ -= queue_.front().bytes;
      queue_.pop_front();
      co_await compare(std::move(call));
    }
    const Instant again = doors_.clock.instant() + (idle ? kShadowIdle : kShadowEvery);
    co_await doors_.clock.sleep_until(again);
  }
}

RolloutShadow ShadowWatch::of(const Rollout& rollout) const {
  RolloutShadow out;
  const auto at = pairs_.find(name_of(rollout));
  if (rollout.candidate.empty() || at == pairs_.end() || !at->second) return out;
  const auto report = at->second->tally.report(at->second->changes);
  out.calls = report.calls;
  out.different = report.different;
  out.diverged = report.diverged;
  // The most that one group has, since one call may be in many.
  const auto note = [&](std::uint64_t calls, const std::string& what) {
    if (out.unlisted == 0) out.first = what;
    out.unlisted = std::max(out.unlisted, calls);
  };
  for (const auto& place : report.places) {
    for (const auto& kind : place.kinds) {
      if (!kind.listed()) note(kind.calls, place.action + " " + place.place + " " + kind.kind);
    }
  }
  for (const auto& group : report.divergences) {
    if (!group.listed()) note(group.calls, group.action + " asks for " + group.asked);
  }
  return out;
}

}  // namespace tenon::app
