// What a crash has cut: outcomes of which only a part was written, and batches begun again in part.
#include <algorithm>
#include <set>

#include "delivery/fold.hpp"
#include "delivery/policy.hpp"
#include "event/batch_outcomes.hpp"

namespace tenon::delivery {
namespace {

// What a crash can have cut are attempts that were under way, 64 at most, and what a start before
// this one has written of them.
constexpr std::size_t kMaxTold = 128;

// Can both be parts of the same batch? Its key says so, but for a replay of just the same events.
bool is_rest_of(const OpenAttempt& one, const OpenAttempt& other) {
  if (one.idempotency.empty() || one.idempotency != other.idempotency) return false;
  if (one.total != other.total || one.safe_to_repeat != other.safe_to_repeat) return false;
  std::set<std::uint32_t> places;
  for (const auto& member : one.members) places.insert(member.position);
  return std::all_of(other.members.begin(), other.members.end(), [&](const auto& member) {
    return member.ref.replay == one.members.front().ref.replay &&
           places.insert(member.position).second;
  });
}

}  // namespace

void DeliveryFold::keep_told(PartitionId p, const AttemptOutcome& attempt,
                             const RecordHeader& header) {
  if (attempt.batch.runs.empty()) return;
  auto& told = told_[p];
  if (told.size() == kMaxTold) told.pop_front();
  told.emplace_back(attempt, header);
  told.back().first.exchanges.clear();
  told.back().first.outcomes.clear();
}

const std::pair<AttemptOutcome, RecordHeader>* DeliveryFold::told_of(
    const std::string& attempt) const {
  for (const auto& [p, told] : told_) {
    for (const auto& one : told) {
      if (one.first.attempt == attempt) return &one;
    }
  }
  return nullptr;
}

std::vector<NewRecord> DeliveryFold::lost_outcomes() const {
  std::vector<NewRecord> records;
  for (const auto& [name, open] : open_) {
    const auto* told = told_of(name);
    if (told == nullptr) continue;
    std::map<PartitionId, AttemptOutcome> parts;
    for (const auto& member : open.members) {
      auto outcome = outcome_at(told->first.batch, member.position);
      if (!outcome) continue;
      outcome->delivery = member.ref;
      if (outcome->reason.empty()) outcome->reason = kToldByBatch;
      parts.try_emplace(member.partition, told->first)
          .first->second.outcomes.push_back(std::move(*outcome));
    }
    for (const auto& [partition, part] : parts) {
      NewRecord record;
      record.partition = partition;
      record.header = told->second;
      record.body = encode(part);
      records.push_back(std::move(record));
    }
  }
  return records;
}

void DeliveryFold::restored() {
  restoring_ = false;
  told_.clear();
  join_batches();
}

// A batch that a crash cut short went again, and the next crash left only a part of that begin: the
// rest is a member of the attempt before. It is one batch still, and goes under one key.
void DeliveryFold::join_batches() {
  std::map<std::string, std::vector<std::string>> by_key;
  for (const auto& [name, open] : open_) by_key[open.idempotency].push_back(name);
  for (const auto& [key, names] : by_key) {
    for (std::size_t i = 1; i < names.size(); ++i) {
      OpenAttempt& into = open_.at(names.front());
      OpenAttempt& rest = open_.at(names[i]);
      if (!is_rest_of(into, rest)) continue;
      for (const auto& member : rest.members) {
        attempt_of_[member.ref.id] = into.attempt;
        into.members.push_back(member);
      }
      for (const auto& [p, offset] : rest.began) {
        const auto [began, fresh] = into.began.emplace(p, offset);
        if (!fresh) began->second = std::min(began->second, offset);
      }
      open_.erase(names[i]);
    }
  }
}

}  // namespace tenon::delivery
