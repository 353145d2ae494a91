// Choosing a batch.
#include "delivery/batch.hpp"

#include <algorithm>

#include "delivery/policy.hpp"

namespace tenon::delivery {
namespace {

using LaneName = std::pair<PartitionId, KeyHash>;

// Collects picks and remembers which lanes may give no more.
class Chooser {
 public:
  Chooser(const Claims& claims, const LimitsOf& limits_of, const CanaryPart* canary)
      : claims_(claims), limits_of_(limits_of), canary_(canary) {}

  bool full() const { return !picks_.empty() && picks_.size() >= most_; }
  // Only others that are under suspicion, or to be read back, may join.
  bool takes_rows_only() const { return suspect_ || (!picks_.empty() && picks_.front().read_back); }

  // Takes it if it fits; if not, its lane is closed, so that nothing overtakes it.
  void offer(Pick pick) {
    // What is read back is asked of the release that runs for all.
    pick.canary = canary_ != nullptr && !pick.read_back && canary_->takes(pick.ref);
    if (claims_.has(pick.ref.id) || !take(pick)) close_lane(pick);
  }
  std::vector<Pick> done() && { return std::move(picks_); }

 private:
  bool take(const Pick& pick) {
    const LaneName lane{pick.partition, pick.ref.key};
    if (full()) return false;
    if (pick.ref.key.value != 0) {
      if (claims_.lane_busy(pick.partition, pick.ref.key) || closed_.contains(lane)) return false;
      if (used_.contains(lane) && !limits_.same_key) return false;
    }
    if (picks_.empty()) {
      const auto limits = pick.canary ? canary_->limits_of(pick.action) : limits_of_(pick.action);
      if (!limits) return false;
      limits_ = *limits;
      most_ = limits_.max_records;
      suspect_ = pick.at_most > 0;
    } else if (suspect_ != (pick.at_most > 0) || pick.action != picks_.front().action ||
               pick.lane != picks_.front().lane || pick.read_back != picks_.front().read_back ||
               pick.canary != picks_.front().canary) {
      return false;
    }
    if (suspect_) {
      if (picks_.size() >= pick.at_most) return false;
      most_ = std::min<std::size_t>(most_, pick.at_most);
    }
    picks_.push_back(pick);
    used_.insert(lane);
    return true;
  }
  void close_lane(const Pick& pick) {
    if (pick.ref.key.value != 0) closed_.insert({pick.partition, pick.ref.key});
  }

  const Claims& claims_;
  const LimitsOf& limits_of_;
  const CanaryPart* canary_;
  BatchLimits limits_;
  std::size_t most_ = 0;
  bool suspect_ = false;
  std::vector<Pick> picks_;
  std::set<LaneName> used_, closed_;
};

}  // namespace

Pick pick_of(const Entry& entry) {
  Pick pick;
  pick.partition = entry.partition;
  pick.ref = entry.ref;
  pick.action = entry.action;
  pick.age_from = entry.ref.received;
  return pick;
}

Pick pick_of(const Row& row) {
  Pick pick;
  pick.partition = row.partition;
  pick.ref = row.ref;
  pick.action = row.action;
  pick.attempts_before = row.number;
  pick.deaths = row.deaths;
  pick.age_from = row.age_from != Time{} ? row.age_from : row.ref.received;
  pick.at_most = row.at_most;
  pick.maybe_applied = row.maybe_applied;
  pick.read_back = row.state == RowState::retry && row.reason == kReadBack;
  if (row.rerun.value != 0) pick.lane = Lane::replay;
  pick.vendor_ref = row.vendor_ref;
  return pick;
}

void Claims::add(const Pick& pick) {
  ids_.insert(pick.ref.id);
  if (pick.ref.key.value != 0) ++lanes_[{pick.partition, pick.ref.key}];
}

void Claims::remove(PartitionId p, const DeliveryRef& ref) {
  if (ids_.erase(ref.id) == 0 || ref.key.value == 0) return;
  const auto lane = lanes_.find({p, ref.key});
  if (lane != lanes_.end() && --lane->second == 0) lanes_.erase(lane);
}

std::vector<Pick> next_batch(const Waiting& waiting, const Claims& claims,
                             const LimitsOf& limits_of) {
  Chooser chooser(claims, limits_of, waiting.canary);
  for (const auto& row : waiting.due) {
    if (chooser.full()) break;
    chooser.offer(pick_of(row));
  }
  const std::size_t count = waiting.windows.size();
  for (std::size_t i = 0; i < count && !chooser.full() && !chooser.takes_rows_only(); ++i) {
    const auto& window = *waiting.windows[(waiting.first_partition + i) % count];
    for (const auto& entry : window) {
      if (chooser.full()) break;
      chooser.offer(pick_of(entry));
    }
  }
  return std::move(chooser).done();
}

}  // namespace tenon::delivery
