// PullFold: cursors of all pulls, folded from the pages in the log.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "event/pulled.hpp"
#include "event/record.hpp"
#include "ports/event_log.hpp"
#include "ports/state_overlay.hpp"

namespace tenon::sync {

// A cursor belongs to these three: another stream or account under the same name begins anew.
struct PullKey {
  std::string pull, destination, stream;

  auto operator<=>(const PullKey&) const = default;
  bool operator==(const PullKey&) const = default;
};
// Where the pages of a pull lie.
PartitionId home_of(const PullKey& key);

struct PullState {
  std::string cursor;
  bool more = false;
  std::optional<Offset> open;  // a page whose events may not all be in yet
  Time last_page{};
  std::uint64_t pages = 0, events = 0, rejected = 0;

  bool operator==(const PullState&) const = default;
};

// Keys of the state:
//   "c" partition   applied-to: an offset
//   "p" pull \0 destination \0 stream   a PullState
// One thread. Each partition is fed its records of stream pulled in order, from resume() on; pulls
// that share a partition may feed it the same ones, of which only the first counts.
class PullFold {
 public:
  explicit PullFold(StateStore& store) : state_(store) {}

  // corrupt: the state does not parse (then clear it).
  Result<Offset> resume(PartitionId p, Offset begin);
  Result<void> apply(PartitionId p, const Record& record);
  // Nothing of the stream pulled lies before `next` that was not applied.
  void read_to(PartitionId p, Offset next);
  Result<PullState> of(const PullKey& key);
  // Those with a page whose events may not all be in, configured or not.
  Result<std::vector<PullKey>> open();
  Result<void> flush() { return state_.flush(); }

 private:
  Result<void> take(const Record& record);
  void put(const PullKey& key, const PullState& state);
  StateOverlay state_;
  std::map<PartitionId, Offset> applied_;
};

// Brings the fold to the end of a partition; what was appended is known only through this.
Task<Result<void>> catch_up(PullFold& fold, EventLog& log, PartitionId p);

}  // namespace tenon::sync
