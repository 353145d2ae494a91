// Counting what is alike.
#include "chain/tally.hpp"

namespace tenon {
namespace {

constexpr const char* kOthers = "(and others)";
constexpr std::size_t kRoomForOthers = 500;

}  // namespace

Tally::Kind Tally::kind_of(const AuditEntry& entry) {
  return {entry.actor, entry.act, entry.target, entry.peer, entry.why, entry.status};
}

// Where there are too many kinds, first the targets are left out, which leaves actors and routes;
// then, with the same bound again, all but the status.
std::optional<AuditEntry> Tally::add(AuditEntry entry, Time now) {
  if (rows_.size() >= kMaxTallied && rows_.count(kind_of(entry)) == 0) {
    entry.target = kOthers;
    entry.peer.clear();
    if (rows_.size() >= kMaxTallied + kRoomForOthers && rows_.count(kind_of(entry)) == 0) {
      entry.actor.clear();
      entry.act = kOthers;
      entry.why.clear();
    }
  }
  auto [row, fresh] = rows_.try_emplace(kind_of(entry));
  auto& [again, since] = row->second;
  if (fresh) {
    again = entry;
    again.count = 0;
    since = now;
    return entry;
  }
  if (again.count == 0) {
    ++waiting_;
    again.at = entry.at;
  }
  if (again.count < UINT32_MAX) ++again.count;
  again.until = entry.at;
  return std::nullopt;
}

// A clock that is set back ends them all: better an entry too many than one that never comes.
std::vector<AuditEntry> Tally::due(Time now, bool all) {
  std::vector<AuditEntry> out;
  for (auto row = rows_.begin(); row != rows_.end();) {
    const auto& [again, since] = row->second;
    if (!all && since <= now && now - since < kTallyFor) {
      ++row;
      continue;
    }
    if (again.count > 0) {
      out.push_back(again);
      --waiting_;
    }
    row = rows_.erase(row);
  }
  return out;
}

}  // namespace tenon
