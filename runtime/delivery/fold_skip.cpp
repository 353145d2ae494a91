// Skipping: giving up on purpose what is not at rest, and saying before what that would be.
#include <algorithm>

#include "base/codec.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {
namespace {

bool waits(RowState state) { return state == RowState::retry || state == RowState::held; }

}  // namespace

Result<void> DeliveryFold::add_skipped(PartitionId p, const DeliveryRef& ref, std::int64_t by) {
  add(ref, CountKind::skipped, by);
  return skips_.add(p, ref, by);
}

// Gives up what was decided before `before` and is not at rest. What is under way is not tried
// again; its outcome may still say that it was delivered after all.
Result<void> DeliveryFold::apply_skip(PartitionId p, Offset before) {
  Lane& lane = lanes_[p.value];
  lane.skip_before = std::max(lane.skip_before, before);
  Writer out;
  out.u64(lane.skip_before.value);
  state_.put("s" + key_u16(p.value), std::move(out).take());
  const auto window = lane.window;
  for (const auto& entry : window) {
    if (entry.decided >= before) continue;
    leave_window(p, entry.ref.id);
    TENON_TRY(add_skipped(p, entry.ref, 1));
  }
  const std::string prefix = "x" + key_u16(p.value);
  std::string from = prefix;
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_.scan(from, end_of_prefix(prefix), kScanPage));
    more = page.size() == kScanPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      TENON_TRY_AS(const auto row, decode_row(entry.value));
      if (!waits(row.state)) continue;
      if (RerunState* rerun = rerun_of(row.rerun)) {
        ++(row.ref.replay.value != 0 ? rerun->cancelled : rerun->skipped);
      }
      if (row.ref.replay.value == 0) {
        TENON_TRY(add_skipped(p, row.ref, 1));
        if (restoring_ || lane.decisions_at < lane.restore_end) lane.given_up.insert(row.ref.id);
      }
      TENON_TRY(erase_row(row));
    }
  }
  advance(p);
  return {};
}

Result<std::map<std::int64_t, std::int64_t>> DeliveryFold::open_by_hour() {
  std::map<std::int64_t, std::int64_t> hours;
  const auto count = [&](const DeliveryRef& ref) { ++hours[us_of(ref.received) / 3'600'000'000]; };
  for (const auto& lane : lanes_) {
    for (const auto& entry : lane.window) count(entry.ref);
  }
  std::string from = "x";
  for (bool more = blocking_rows_ > 0; more;) {
    TENON_TRY_AS(const auto page, state_.scan(from, end_of_prefix("x"), kScanPage));
    more = page.size() == kScanPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      TENON_TRY_AS(const auto row, decode_row(entry.value));
      if (waits(row.state)) count(row.ref);
    }
  }
  return hours;
}

Result<bool> DeliveryFold::is_known(PartitionId p, const DecidedEvent& event,
                                    const std::string& action) {
  const auto id = delivery_id_of(destination_, EventId{log_, p, event.offset, event.index}, action);
  if (lanes_[p.value].resolved.contains(id)) return true;
  TENON_TRY_AS(const auto found, row(id));
  return found && found->ref.replay.value == 0;
}

}  // namespace tenon::delivery
