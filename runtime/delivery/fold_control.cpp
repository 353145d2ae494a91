// The rest of the fold: control records, cursors, and the views that are read from outside.
#include <algorithm>

#include "base/codec.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kPagesInOneLook = 4;
constexpr Time kForever = Time{microseconds{INT64_MAX}};
// Of the keys and values in the state. 2: letters are indexed and counted. 3: skips are listed, and
// leases are in the state of limits. 4: what waits is counted, and what is filtered by its reason.
// 5: reruns.
constexpr char kLayout = 5;

}  // namespace

Result<void> DeliveryFold::load(const std::vector<Offset>& begins, Time now) {
  TENON_TRY_AS(const auto layout, state_.get("v"));
  TENON_TRY_AS(const auto any, state_.scan("", "", 1));
  if (!any.empty() && layout != std::string(1, kLayout)) {
    return corrupt("delivery state: of another version of this program");
  }
  bool uncounted = false;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    Lane& lane = lanes_[p];
    lane.watermark = lane.counted_to = lane.outcomes_to = begins[p];
    TENON_TRY_AS(const auto cursor, state_.get("c" + key_u16(p)));
    if (cursor) {
      Reader in(*cursor);
      lane.watermark = Offset{in.u64()};
      lane.counted_to = Offset{in.u64()};
      lane.outcomes_to = Offset{in.u64()};
      if (!in.done()) return corrupt("delivery state: bad cursor");
    }
    TENON_TRY_AS(const auto skip, state_.get("s" + key_u16(p)));
    if (skip) lane.skip_before = lane.skip_at_load = Offset{Reader(*skip).u64()};
    const bool lost = cursor && std::min(lane.watermark, lane.outcomes_to) < begins[p];
    uncounted = uncounted || lost || (!cursor && is_trimmed(begins[p]));
    if (lost) {
      trimmed_under_ = true;
      for (Offset* place : {&lane.watermark, &lane.counted_to, &lane.outcomes_to}) {
        *place = std::max(*place, begins[p]);
      }
    }
    lane.decisions_at = lane.watermark;
    lane.outcomes_at = outcomes_from(PartitionId{p});
  }
  constexpr std::int64_t kHourUs = 3'600'000'000;
  if (uncounted) {
    state_.put("w", key_u64(static_cast<std::uint64_t>(us_of(now) / kHourUs) + 1));
  }
  TENON_TRY_AS(const auto counted_from, state_.get("w"));
  if (counted_from) {
    const auto hour = static_cast<std::int64_t>(u64_of_key(*counted_from));
    counted_from_ = time_from_us(hour * kHourUs);
  }
  TENON_TRY_AS(const auto paused, state_.get("p"));
  if (paused) {
    Reader in(*paused);
    pause_.since = time_from_us(in.i64());
    pause_.paused = in.u8() != 0;
    pause_.reason = in.text();
    pause_.actor = in.text();
  }
  TENON_TRY(skips_.load());
  TENON_TRY_AS(const auto blocking, state_.get("b"));
  if (blocking) blocking_rows_ = static_cast<std::int64_t>(Reader(*blocking).u64());
  return load_reruns();
}

Result<void> DeliveryFold::apply_control(PartitionId p, const Record& record, bool applied_before) {
  TENON_TRY_AS(const auto control, decode_control(record.header.type, record.body));
  if (const auto* config = std::get_if<ConfigApplied>(&control)) {
    state_.put("g" + key_u64(record.header.config.value), config->content);
  }
  if (const auto* closed = std::get_if<LetterClosed>(&control)) {
    if (closed->destination != destination_) return {};
    return apply_letter_closed(p, *closed, applied_before);
  }
  if (applied_before) return {};
  const auto set_pause = [&](bool paused, const std::string& reason, const std::string& actor) {
    // The same act stands in every partition; an older one read later must not undo a newer one.
    if (record.header.occurred < pause_.since) return;
    pause_ = PauseState{paused, reason, actor, record.header.occurred};
    Writer out;
    out.i64(us_of(pause_.since));
    out.u8(paused ? 1 : 0);
    out.text(reason);
    out.text(actor);
    state_.put("p", std::move(out).take());
  };
  if (const auto* paused = std::get_if<DestinationPaused>(&control)) {
    if (paused->destination == destination_) set_pause(true, paused->reason, paused->actor);
  } else if (const auto* resumed = std::get_if<DestinationResumed>(&control)) {
    if (resumed->destination == destination_) set_pause(false, "", resumed->actor);
  } else if (const auto* skipped = std::get_if<DestinationSkipped>(&control)) {
    if (skipped->destination != destination_) return {};
    TENON_TRY(skips_.begin(p, *skipped, record));
    return apply_skip(p, record.offset);
  } else if (const auto* redriven = std::get_if<Redriven>(&control)) {
    if (redriven->destination == destination_) return redrive(p, *redriven, record);
  } else if (const auto* started = std::get_if<RerunStarted>(&control)) {
    if (started->destination == destination_) return apply_rerun_started(p, *started, record);
  } else if (const auto* moved = std::get_if<RerunMoved>(&control)) {
    if (moved->destination == destination_) return apply_rerun_moved(p, *moved, record);
  }
  return {};
}

Result<void> DeliveryFold::redrive(PartitionId p, const Redriven& redriven, const Record& record) {
  TENON_TRY_AS(const auto before, row(p, redriven.delivery));
  if (!before || !is_given_up(before->state)) return {};
  return take_up(p, *before, RerunId{}, record);
}

Result<void> DeliveryFold::take_up(PartitionId p, const Row& before, RerunId rerun,
                                   const Record& record) {
  Row after = before;
  after.state = RowState::retry;
  after.number = 0;
  after.deaths = 0;
  after.at_most = 0;
  after.rerun = rerun;
  after.since = after.next_at = after.age_from = record.header.appended;
  after.ref.config = record.header.config;
  after.ref.decided = record.offset;
  after.decided = record.offset;
  after.reason = "redriven";
  TENON_TRY_AS(const bool behind, older_in_lane(p, after.ref));
  if (behind) after.state = RowState::held;
  TENON_TRY(put_row(after, before));
  // Those of its key that wait in memory must not be mixed up with those that wait behind its row.
  return hold_lane(p, after.ref.key, record.header.appended);
}

Result<std::vector<Row>> DeliveryFold::due(Time now, std::size_t limit, bool of_reruns) {
  if (blocking_rows_ == 0) return std::vector<Row>{};
  const Time end = std::min(now, kForever - microseconds{1}) + microseconds{1};
  const std::string index = of_reruns ? "d" : "q";
  TENON_TRY_AS(const auto keys,
               state_.scan(index, index + key_u64(static_cast<std::uint64_t>(us_of(end))), limit));
  std::vector<Row> rows;
  for (const auto& entry : keys) {
    TENON_TRY_AS(const auto bytes, state_.get(row_key_of_due(entry.key)));
    if (!bytes) return corrupt("delivery state: the due index names a row that is not there");
    TENON_TRY_AS(auto row, decode_row(*bytes));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::optional<Time>> DeliveryFold::next_due(Time after) {
  std::optional<Time> next;
  if (blocking_rows_ == 0) return next;
  for (const std::string index : {"q", "d"}) {
    const std::string from =
        after < Time{} ? index : index + key_u64(static_cast<std::uint64_t>(us_of(after) + 1));
    TENON_TRY_AS(const auto keys, state_.scan(from, end_of_prefix(index), 1));
    if (keys.empty()) continue;
    const Time at = time_from_us(
        static_cast<std::int64_t>(u64_of_key(std::string_view(keys.front().key).substr(1))));
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

Result<std::optional<Offset>> DeliveryFold::oldest_waiting(PartitionId p) {
  Lane& lane = lanes_[p.value];
  std::optional<Offset> oldest;
  if (!lane.window.empty()) oldest = lane.window.front().ref.event;
  const std::string prefix = "x" + key_u16(p.value);
  std::string& from = lane.at_rest_before;
  from = std::max(from, prefix);
  for (std::size_t page = 0; page < kPagesInOneLook; ++page) {
    TENON_TRY_AS(const auto rows, state_.scan(from, end_of_prefix(prefix), kScanPage));
    for (const auto& entry : rows) {
      TENON_TRY_AS(const auto row, decode_row(entry.value));
      const bool waits = row.state == RowState::retry || row.state == RowState::held;
      const bool last_look = page + 1 == kPagesInOneLook && &entry == &rows.back();
      if (waits || last_look) return std::min(oldest.value_or(row.ref.event), row.ref.event);
      from = entry.key + '\0';
    }
    if (rows.size() < kScanPage) break;
  }
  return oldest;
}

Result<std::optional<Offset>> DeliveryFold::oldest_row(PartitionId p) {
  const std::string prefix = "x" + key_u16(p.value);
  TENON_TRY_AS(const auto first, state_.scan(prefix, end_of_prefix(prefix), 1));
  std::optional<Offset> oldest;
  if (first.empty()) return oldest;
  TENON_TRY_AS(const auto row, decode_row(first.front().value));
  oldest = row.ref.event;
  return oldest;
}

Result<std::optional<Row>> DeliveryFold::row(PartitionId p, const DeliveryRef& ref) {
  std::optional<Row> found;
  TENON_TRY_AS(const auto bytes, state_.get(row_key(p, ref)));
  if (!bytes) return found;
  TENON_TRY_AS(found, decode_row(*bytes));
  return found;
}

Result<std::optional<Row>> DeliveryFold::row(const DeliveryId& id) {
  std::optional<Row> found;
  TENON_TRY_AS(const auto key, state_.get(id_key(id)));
  if (!key) return found;
  TENON_TRY_AS(const auto bytes, state_.get(*key));
  if (!bytes) return corrupt("delivery state: the id index names a row that is not there");
  TENON_TRY_AS(found, decode_row(*bytes));
  return found;
}

Result<RowPage> DeliveryFold::rows(char index, const std::string& after, std::size_t limit) {
  const std::string prefix(1, index);
  TENON_TRY_AS(const auto entries,
               state_.scan(after.empty() ? prefix : after + '\0', end_of_prefix(prefix), limit));
  RowPage page;
  for (const auto& entry : entries) {
    std::optional<std::string> bytes = entry.value;
    if (index != 'x') {
      const auto key = index == 'k' ? row_key_of_lane(entry.key) : row_key_of_due(entry.key);
      TENON_TRY_AS(bytes, state_.get(key));
      if (!bytes) return corrupt("delivery state: an index names a row that is not there");
    }
    TENON_TRY_AS(auto row, decode_row(*bytes));
    page.rows.push_back(std::move(row));
  }
  if (entries.size() == limit) page.next = entries.back().key;
  return page;
}

std::shared_ptr<const Workspace> DeliveryFold::workspace(ConfigVersion version) {
  const auto known = configs_.find(version);
  if (known != configs_.end()) return known->second;
  const auto content = state_.get("g" + key_u64(version.value));
  if (!content || !*content) return nullptr;
  auto parsed = parse_workspace(**content, "configuration in the log");
  if (!parsed) return nullptr;
  std::shared_ptr<const Workspace> workspace = std::make_shared<Workspace>(std::move(*parsed));
  configs_[version] = workspace;
  return workspace;
}

Result<void> DeliveryFold::flush() {
  if (unflushed() == 0) return {};
  return flush_places();
}

Result<void> DeliveryFold::flush_places() {
  TENON_TRY(settle_counts());
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    Lane& lane = lanes_[p];
    lane.counted_to = std::max(lane.counted_to, lane.decisions_at);
    lane.outcomes_to = std::max(lane.outcomes_to, lane.outcomes_at);
    lane.watermark = decisions_from(PartitionId{p});
    Writer out;
    out.u64(lane.watermark.value);
    out.u64(lane.counted_to.value);
    out.u64(lane.outcomes_to.value);
    state_.put("c" + key_u16(p), std::move(out).take());
  }
  flush_reruns();
  Writer blocking;
  blocking.u64(static_cast<std::uint64_t>(blocking_rows_));
  state_.put("b", std::move(blocking).take());
  state_.put("v", std::string(1, kLayout));
  return state_.flush();
}

}  // namespace tenon::delivery
