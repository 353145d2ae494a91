// Choosing records, looking for them, and counting what is there.
#include "delivery/spot_check.hpp"

#include <algorithm>
#include <set>

#include "base/hash.hpp"
#include "delivery/read_back.hpp"
#include "delivery/runner.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::delivery {
namespace {

constexpr std::uint64_t kSpotSeed = 0x73706f74;  // not the dice that canaries and retries use
constexpr seconds kSpotWindow{60};

const char* word_of(const ReadBackFound& found, const Spot& spot) {
  switch (found.state) {
    case Presence::unknown: return "unknown";
    case Presence::absent: return "absent";
    case Presence::found: break;
  }
  return first_difference(spot.key.record, found.record).empty() ? "found" : "unlike";
}

}  // namespace

bool is_sampled(const DeliveryId& id) {
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  return hash64(bytes, kSpotSeed) % kSpotShare == 0;
}

bool can_be_looked_for(const Setup& setup, const std::string& action) {
  const Action* known = setup.manifest.action(action);
  return known != nullptr && known->readback && can(setup.manifest, "readback");
}

bool SpotSample::take(Spot spot, Instant now) {
  if (!is_sampled(spot.ref.id) || waiting_.size() >= kSpotsWaiting) return false;
  auto& taken = taken_[spot.release];
  while (!taken.empty() && taken.front() + kSpotWindow <= now) taken.pop_front();
  if (taken.size() >= kSpotsAMinute) return false;
  taken.push_back(now);
  waiting_.push_back(std::move(spot));
  return true;
}

void SpotSample::keep_only(const std::vector<std::string>& releases) {
  const auto is_gone = [&](const std::string& release) {
    return std::find(releases.begin(), releases.end(), release) == releases.end();
  };
  std::erase_if(waiting_, [&](const Spot& spot) { return is_gone(spot.release); });
  std::erase_if(taken_, [&](const auto& one) { return is_gone(one.first); });
}

std::optional<Instant> SpotSample::next_due() const {
  const auto first = std::min_element(waiting_.begin(), waiting_.end(),
                                      [](const Spot& a, const Spot& b) { return a.due < b.due; });
  if (first == waiting_.end()) return std::nullopt;
  return first->due;
}

std::vector<Spot> SpotSample::take_due(Instant now) {
  std::vector<Spot> due;
  std::set<std::uint64_t> keys;
  std::deque<Spot> left;
  for (auto& spot : waiting_) {
    const std::uint64_t key = spot.ref.key.value;
    const bool fits =
        due.empty() || (spot.release == due.front().release && spot.action == due.front().action &&
                        due.size() < std::min(kSpotsTogether, due.front().together));
    if (spot.due > now || !fits || (key != 0 && !keys.insert(key).second)) {
      left.push_back(std::move(spot));
    } else {
      due.push_back(std::move(spot));
    }
  }
  waiting_ = std::move(left);
  return due;
}

HealthCounts count_spots(const std::vector<ReadBackFound>& found, const std::vector<Spot>& spots) {
  HealthCounts counts;
  for (std::size_t i = 0; i < std::min(found.size(), spots.size()); ++i) {
    const std::string_view word = word_of(found[i], spots[i]);
    counts.looked_for += word != "unknown";
    counts.did_nothing += word == "absent";
    counts.unlike += word == "unlike";
  }
  return counts;
}

void Runner::sample(const std::shared_ptr<const Setup>& setup, const Loaded& item,
                    const DeliveryOutcome& outcome) {
  if (!candidate_.setup || doors_.health == nullptr) return;
  if (outcome.fate != OutcomeFate::delivered || outcome.verdict != Verdict::accepted) return;
  if (!can_be_looked_for(*setup, item.pick.action)) return;
  Spot spot;
  spot.release = setup->manifest.release();
  spot.action = item.pick.action;
  spot.ref = item.pick.ref;
  spot.key.record = item.record.body;
  spot.key.vendor_ref = outcome.vendor_ref;
  const Action& action = *setup->manifest.action(spot.action);
  spot.together = action.batch.max_records;
  const Instant now = doors_.clock.instant();
  spot.due = now + action.readback_after;
  if (spots_.take(std::move(spot), now)) spotted_.notify();
}

Task<void> Runner::look_for_spots() {
  while (!draining_) {
    std::vector<std::string> in_force;
    if (setup_ && candidate_.setup) {
      in_force = {setup_->manifest.release(), candidate_.setup->manifest.release()};
    }
    spots_.keep_only(in_force);
    auto due = spots_.take_due(doors_.clock.instant());
    if (!due.empty()) {
      co_await look_for(std::move(due));
      continue;
    }
    auto waiting = spotted_.wait();
    const auto next = spots_.next_due();
    if (!next) {
      co_await std::move(waiting);
      continue;
    }
    (void)co_await with_deadline(doors_.clock, *next, std::move(waiting));
  }
}

// A look that fails says nothing of the release: its own calls are counted where they are made.
Task<void> Runner::look_for(std::vector<Spot> spots) {
  std::vector<ReadBackKey> keys;
  for (const auto& spot : spots) keys.push_back(spot.key);
  const CallDoors doors{doors_.clock, doors_.hosting, doors_.egress, doors_.holds};
  const std::string release = spots.front().release;
  const auto setup = release == setup_->manifest.release() ? setup_ : candidate_.setup;
  auto read = co_await tenon::read_back(doors, setup, spots.front().action, std::move(keys));
  std::vector<ReadBackFound> found(spots.size());
  if (read && !read->failure) found = std::move(read->keys);
  for (std::size_t i = 0; i < spots.size(); ++i) {
    doors_.telemetry.count("rollout_spot_checks", {{"destination", destination_},
                                                   {"release", release},
                                                   {"found", word_of(found[i], spots[i])}});
    if (found[i].state != Presence::absent) continue;
    const std::string delivery = to_text(spots[i].ref.id);
    doors_.telemetry.log(LogLevel::warning, "rollout.did_nothing",
                         {{"destination", destination_},
                          {"release", release},
                          {"delivery", delivery},
                          {"why", "it was called accepted, and the vendor does not have it"}});
  }
  doors_.health->saw(release, doors_.clock.now(), count_spots(found, spots));
}

}  // namespace tenon::delivery
