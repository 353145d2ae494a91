// Batch: which deliveries go next, together. A plain function of what waits and what is under way.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/lane.hpp"
#include "delivery/fold.hpp"
#include "manifest/manifest.hpp"

namespace tenon::delivery {

// One delivery chosen for an attempt.
struct Pick {
  PartitionId partition;
  DeliveryRef ref;
  std::string action;
  std::uint32_t attempts_before = 0;
  Lane lane = Lane::live;  // a batch has one
  std::uint8_t deaths = 0;
  Time age_from{};
  std::uint16_t at_most = 0;   // so many may go in one batch with it; 0: as the action says
  bool maybe_applied = false;  // an earlier attempt may have reached the vendor
  bool read_back = false;      // the vendor is asked whether it has it; nothing is sent
  bool canary = false;         // the candidate release sends it; a batch has one release
  std::string vendor_ref;

  bool operator==(const Pick&) const = default;
};
Pick pick_of(const Entry& entry);
Pick pick_of(const Row& row);

// Deliveries under way: from the choice until their outcome has been folded.
class Claims {
 public:
  bool has(const DeliveryId& id) const { return ids_.contains(id); }
  bool lane_busy(PartitionId p, KeyHash key) const {
    return key.value != 0 && lanes_.contains({p, key});
  }
  void add(const Pick& pick);
  void remove(PartitionId p, const DeliveryRef& ref);
  std::size_t size() const { return ids_.size(); }

 private:
  std::set<DeliveryId> ids_;
  std::map<std::pair<PartitionId, KeyHash>, std::size_t> lanes_;
};

// How many of an action may go together; nothing for an action that the release does not know.
using LimitsOf = std::function<std::optional<BatchLimits>(const std::string& action)>;

// Which deliveries the candidate release gets, and in what batches.
struct CanaryPart {
  std::function<bool(const DeliveryRef&)> takes;
  LimitsOf limits_of;
};

struct Waiting {
  std::vector<Row> due;                           // earliest first
  std::vector<const std::deque<Entry>*> windows;  // per partition
  std::size_t first_partition = 0;                // where to begin, so that all get their turn
  const CanaryPart* canary = nullptr;             // null: all go by the one release
};

// The next batch, one action and one release, in order within each key; empty if nothing can go.
// Rows that are due go before what is new. What may have killed a worker, or is to be read back,
// goes with its like alone. A key never has two batches under way, nor two places in one batch
// unless the action says `same_key`.
std::vector<Pick> next_batch(const Waiting& waiting, const Claims& claims,
                             const LimitsOf& limits_of);

}  // namespace tenon::delivery
