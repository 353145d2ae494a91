// The loop around the fold: read, apply, decide, append. All decisions are in decide.cpp.
#include "pipeline/pipeline.hpp"

#include <cstdio>

#include "base/fail_point.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"

namespace tenon::pipeline {
namespace {

constexpr std::size_t kMaxBacklog = 4 * kMaxSliceEvents;  // raw records read ahead of a decision
constexpr std::size_t kFlushAtKeys = 8'192;
constexpr seconds kFlushEvery{1};

std::string state_name(PartitionId partition) {
  char name[16];
  std::snprintf(name, sizeof name, "partition-%02u", static_cast<unsigned>(partition.value));
  return name;
}

}  // namespace

Pipeline::Pipeline(EventLog& log, StateStores& stores, Clock& clock, Telemetry& telemetry)
    : log_(log), stores_(stores), clock_(clock), telemetry_(telemetry) {}

Result<void> Pipeline::open() {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    TENON_TRY_AS(auto store, stores_.open(state_name(partition)));
    auto lane = std::make_unique<Lane>(log_.id(), partition, std::move(store));
    const auto loaded = lane->fold.load(log_.begin(partition), clock_.now());
    const Offset resume = lane->fold.resume();
    if (!loaded || resume > log_.end(partition) || resume < log_.begin(partition)) {
      const std::string why = loaded ? "its cursor is not in the log" : loaded.error().text();
      telemetry_.log(LogLevel::warning, "pipeline.state_rebuilt",
                     {{"partition", std::to_string(p)}, {"why", why}});
      TENON_TRY(lane->store->clear());
      auto cleared = std::move(lane->store);
      lane = std::make_unique<Lane>(log_.id(), partition, std::move(cleared));
      TENON_TRY(lane->fold.load(log_.begin(partition), clock_.now()));
    }
    lane->at = lane->fold.resume();
    lanes_.push_back(std::move(lane));
  }
  return {};
}

void Pipeline::start(Scope& scope, std::function<void(Error)> on_fatal) {
  on_fatal_ = std::move(on_fatal);
  for (auto& lane : lanes_) scope.spawn(run(*lane), "pipeline");
  scope.spawn(flush_often(), "pipeline.flush");
}

Task<void> Pipeline::run(Lane& lane) {
  const auto ended = co_await run_until_error(lane);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Pipeline::run_until_error(Lane& lane) {
  for (;;) {
    if (lane.at >= log_.end(lane.partition)) {
      TENON_CO_TRY(decide_waiting(lane));
      if (lane.at >= log_.end(lane.partition)) {
        co_await log_.wait_beyond(lane.partition, lane.at);
      }
    }
    ReadLimits limits;
    limits.streams = PartitionFold::streams();
    TENON_CO_TRY_AS(auto slice, log_.read(lane.partition, lane.at, limits));
    TENON_FAIL_POINT_IF("pipeline.read", !slice.records.empty());
    for (auto& record : slice.records) {
      auto applied = lane.fold.apply(std::move(record));
      if (!applied) co_return Error(applied.error());
    }
    if (lane.fold.holes() > lane.holes) {
      lane.holes = lane.fold.holes();
      telemetry_.log(LogLevel::warning, "pipeline.holes",
                     {{"partition", std::to_string(lane.partition.value)},
                      {"count", std::to_string(lane.holes)},
                      {"why", "events or decisions that a salvaged log has lost"}});
    }
    lane.at = slice.next;
    if (lane.fold.backlog() >= kMaxBacklog) TENON_CO_TRY(decide_waiting(lane));
    if (lane.fold.unflushed() >= kFlushAtKeys) {
      auto flushed = lane.fold.flush();
      if (!flushed) co_return Error(flushed.error());
    }
  }
}

Task<Result<void>> Pipeline::decide_waiting(Lane& lane) {
  auto work = lane.fold.take_undecided();
  if (!work) co_return Result<void>();
  std::vector<std::optional<Offset>> first_seen;
  first_seen.reserve(work->slice.size());
  for (const auto& record : work->slice) {
    TENON_CO_TRY_AS(const auto place, earlier(lane, record, *work->workspace));
    first_seen.push_back(place);
  }
  const Decision decision =
      decide(log_.id(), lane.partition, work->slice, *work->workspace, first_seen);
  NewRecord record;
  record.partition = lane.partition;
  record.header.stream = Stream::decision;
  record.header.tenant = hash_of_name(work->workspace->tenant.value);
  record.header.workspace = hash_of_name(work->workspace->name.value);
  record.header.config = work->workspace->version;
  record.body = encode(decision);
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  // Not waiting for the disk: the record comes back through the reader once it is durable.
  TENON_FAIL_POINT("pipeline.decide");
  TENON_CO_TRY(append_essential(log_, clock_, std::move(records), AppendWait::queued));
  TENON_FAIL_POINT("pipeline.decided");
  telemetry_.observe("pipeline_slice_events", static_cast<double>(decision.events.size()));
  for (const auto& event : decision.events) {
    const char* fate = event.fate == EventFate::routed      ? "routed"
                       : event.fate == EventFate::no_route  ? "no_route"
                       : event.fate == EventFate::duplicate ? "duplicate"
                                                            : "invalid";
    telemetry_.count("pipeline_events", {{"fate", fate}});
  }
  co_return Result<void>();
}

// The place of an earlier event with this message id, if one lies within the dedupe window.
Task<Result<std::optional<Offset>>> Pipeline::earlier(Lane& lane, const RawRecord& record,
                                                      const Workspace& workspace) {
  std::optional<Offset> found;
  if (record.raw.message_id_assigned) co_return found;
  const auto places = lane.fold.seen(record.header.source, record.raw.message_id);
  if (!places) co_return Error(places.error());
  for (const Offset place : *places) {
    ReadLimits one;
    one.max_records = 1;
    const auto slice = co_await log_.read(lane.partition, place, one);
    if (!slice) {
      if (slice.error().kind == ErrorKind::not_found) continue;  // trimmed: out of any window
      co_return Error(slice.error());
    }
    if (slice->records.empty()) continue;
    const Record& other = slice->records.front();
    const auto raw = decode_raw_event(other.body);
    const bool same = raw && other.header.source == record.header.source &&
                      raw->message_id == record.raw.message_id;
    if (same && other.header.appended + workspace.dedupe_window >= record.header.appended) {
      found = place;
      break;
    }
  }
  co_return found;
}

Task<void> Pipeline::flush_often() {
  for (;;) {
    const Instant at = clock_.instant() + kFlushEvery;
    co_await clock_.sleep_until(at);
    const auto flushed = flush();
    if (!flushed) {
      on_fatal_(flushed.error());
      co_return;
    }
  }
}

Result<void> Pipeline::flush() {
  for (auto& lane : lanes_) TENON_TRY(lane->fold.flush());
  return {};
}

Result<void> Pipeline::sync(PartitionId partition) {
  Lane& lane = *lanes_.at(partition.value);
  TENON_TRY(lane.fold.flush());
  return lane.store->sync();
}

Task<Result<std::vector<EventId>>> Pipeline::find_message(std::string source,
                                                          std::string message_id) {
  std::vector<EventId> found;
  const NameHash hash = hash_of_name(source);
  for (auto& lane : lanes_) {
    const auto places = lane->fold.seen(hash, message_id);
    if (!places) co_return Error(places.error());
    for (const Offset place : *places) {
      ReadLimits one;
      one.max_records = 1;
      const auto slice = co_await log_.read(lane->partition, place, one);
      if (!slice || slice->records.empty()) continue;
      const auto raw = decode_raw_event(slice->records.front().body);
      if (raw && raw->message_id == message_id) {
        found.push_back(event_id_of(log_.id(), lane->partition, slice->records.front()));
      }
    }
  }
  co_return found;
}

Result<void> Pipeline::count_into(CompletenessRows& rows, const HourRange& range) {
  for (auto& lane : lanes_) TENON_TRY(lane->fold.count_into(rows, range));
  return {};
}

std::vector<Offset> Pipeline::counted_to() const {
  std::vector<Offset> ends;
  for (const auto& lane : lanes_) ends.push_back(lane->at);
  return ends;
}

Result<Time> Pipeline::decided_counted_from() {
  Time from{};
  for (auto& lane : lanes_) {
    TENON_TRY_AS(const Time of_lane, lane->fold.decided_counted_from());
    from = std::max(from, of_lane);
  }
  return from;
}

Result<std::vector<RejectedEntry>> Pipeline::rejected(PartitionId partition, Offset from,
                                                      std::size_t limit) {
  return lanes_.at(partition.value)->fold.rejected(from, limit);
}

Result<std::vector<Offset>> Pipeline::notices(PartitionId partition) {
  return lanes_.at(partition.value)->fold.notices();
}

std::uint64_t Pipeline::lag() const {
  std::uint64_t lag = 0;
  for (const auto& lane : lanes_) lag += log_.end(lane->partition).value - lane->at.value;
  return lag;
}

bool Pipeline::idle() const {
  for (const auto& lane : lanes_) {
    if (lane->at < log_.end(lane->partition) || lane->fold.backlog() > 0) return false;
  }
  return true;
}

}  // namespace tenon::pipeline
