// Judging a reading, and the attempt that reads.
#include "delivery/read_back.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "delivery/policy.hpp"
#include "delivery/runner.hpp"
#include "event/json.hpp"
#include "manifest/words.hpp"

namespace tenon::delivery {
namespace {

constexpr int kDepth = kMaxJsonDepth + 8;

bool is_nested(JsonView value) { return value.is(JsonKind::object) || value.is(JsonKind::array); }

std::string scalar_text(JsonView value) {
  if (const auto text = value.as_string()) return std::string(*text);
  return value.to_json();
}

std::string difference(JsonView ours, JsonView theirs, const std::string& place);

std::string items_difference(JsonView ours, JsonView theirs, const std::string& place) {
  if (ours.size() != theirs.size()) return place;
  std::string found;
  std::size_t index = 0;
  ours.each_item([&](JsonView item) {
    const std::string name = "/" + std::to_string(index++);
    const auto other = theirs.at(name);
    found = other ? difference(item, *other, place + name) : place + name;
    return found.empty();
  });
  return found;
}

std::string difference(JsonView ours, JsonView theirs, const std::string& place) {
  if (ours.is(JsonKind::null)) return "";  // an action's way to say nothing
  if (is_nested(ours) != is_nested(theirs)) return place;
  if (!is_nested(ours)) return scalar_text(ours) == scalar_text(theirs) ? "" : place;
  if (ours.kind() != theirs.kind()) return place;
  if (ours.is(JsonKind::array)) return items_difference(ours, theirs, place);
  std::string found;
  ours.each_member([&](std::string_view name, JsonView value) {
    const std::string at = place + manifest::pointer_to(name);
    const auto other = theirs.member(name);
    found = other ? difference(value, *other, at) : value.is(JsonKind::null) ? "" : at;
    return found.empty();
  });
  return found;
}

}  // namespace

std::string first_difference(std::string_view ours, std::string_view theirs) {
  JsonParser our_parser, their_parser;
  const auto mine = our_parser.parse(ours, kDepth);
  const auto other = their_parser.parse(theirs, kDepth);
  if (!mine || !other || !mine->is(JsonKind::object) || !other->is(JsonKind::object)) return "/";
  return difference(*mine, *other, "");
}

DeliveryOutcome judge_read_back(const ReadBackFacts& facts, const RetryPolicy& policy,
                                OnAmbiguous otherwise, Time now) {
  DeliveryOutcome out;
  out.delivery = facts.pick.ref;
  out.number = facts.pick.attempts_before;
  out.vendor_ref = facts.found.vendor_ref;
  out.maybe_applied = true;
  const bool by_worker = facts.failure == "worker_died" || facts.failure == "worker_timeout";
  if (!facts.failure.empty() && !by_worker) {
    // An eighth of its age later: seldom, the longer it lasts, without a count of its own.
    const auto aged = std::chrono::ceil<milliseconds>((now - facts.pick.age_from) / 8);
    out.next_at = now + std::clamp(aged, policy.first, std::max(policy.first, policy.ceiling));
    if (facts.pick.age_from == Time{} || out.next_at - facts.pick.age_from <= policy.max_age) {
      out.fate = OutcomeFate::retry;
      out.reason = kReadBack;
      out.detail = facts.failure + ": " + facts.failure_text;
      return out;
    }
    out.next_at = Time{};
  }
  std::string unlike;
  if (facts.failure.empty() && facts.found.state == Presence::found) {
    unlike = first_difference(facts.sent, facts.found.record);
    if (unlike.empty()) {
      out.fate = OutcomeFate::delivered;
      out.verdict = Verdict::duplicate;
      out.reason = kReadBack;
      out.detail = "the vendor has it";
      out.maybe_applied = false;
      return out;
    }
  }
  if (facts.failure.empty() && facts.found.state == Presence::absent) {
    out.fate = OutcomeFate::retry;
    out.reason = kNotApplied;
    out.next_at = now;
    out.maybe_applied = false;
    return out;
  }
  out.reason = "read_back_unclear";
  out.detail = !facts.failure.empty() ? facts.failure + ": " + facts.failure_text
               : !unlike.empty()      ? "the vendor has it, but not with what was sent at " + unlike
                                      : facts.found.detail;
  out.fate = otherwise == OnAmbiguous::resend ? OutcomeFate::retry : OutcomeFate::ambiguous;
  if (out.fate == OutcomeFate::retry) out.next_at = now;
  return out;
}

// Nothing is sent but the connector's look-up, so there is no begin to record, and nothing to
// resolve after a crash: the delivery is due to be read back again.
Task<Result<void>> Runner::read_back(std::shared_ptr<const Setup> setup, LoadedBatch batch,
                                     Time began) {
  ReadBackReport report;
  const std::string name = attempt_name(batch.items, began, kReadBackKind);
  if (!batch.items.empty()) {
    std::vector<ReadBackKey> keys;
    for (const auto& item : batch.items) {
      ReadBackKey key;
      key.record = item.record.body;
      key.vendor_ref = item.record.vendor_ref;
      keys.push_back(std::move(key));
    }
    std::string action = batch.items.front().pick.action;
    const CallDoors doors{doors_.clock, doors_.hosting, doors_.egress, doors_.holds};
    auto read = co_await tenon::read_back(doors, setup, std::move(action), std::move(keys));
    if (read) {
      report = std::move(*read);
    } else {  // the release that is in force now cannot do it
      report.keys.resize(batch.items.size());
      for (auto& found : report.keys) found.detail = read.error().text();
    }
  }
  const Time now = doors_.clock.now();
  std::vector<DeliveryOutcome> outcomes = std::move(batch.failed);
  std::vector<PartitionId> partitions = std::move(batch.failed_partitions);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    ReadBackFacts facts;
    facts.pick = batch.items[i].pick;
    facts.sent = batch.items[i].record.body;
    facts.found = report.keys[i];
    if (report.failure) facts.failure = report.failure->kind;
    if (report.failure) facts.failure_text = report.failure->text;
    outcomes.push_back(judge_read_back(facts, setup->retry, setup->on_ambiguous, now));
    partitions.push_back(facts.pick.partition);
  }
  for (const auto& outcome : outcomes) {
    doors_.telemetry.count("delivery_read_back", {{"destination", destination_},
                                                  {"fate", name_of(outcome.fate)},
                                                  {"reason", outcome.reason}});
  }
  AttemptOutcome common;
  common.attempt = name;
  common.action = batch.items.empty() ? "" : batch.items.front().pick.action;
  common.began = began;
  common.ended = now;
  if (report.failure) common.error = report.failure->kind + ": " + report.failure->text;
  common.exchanges = std::move(report.notes);
  for (auto& note : common.exchanges) note.covers.clear();  // one look for all of them
  co_return co_await record_outcomes(setup, std::move(common), std::move(outcomes),
                                     std::move(partitions));
}

}  // namespace tenon::delivery
