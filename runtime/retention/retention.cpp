// Looking, syncing the states, and trimming.
#include "retention/retention.hpp"

#include <algorithm>

#include "event/control.hpp"

namespace tenon::retention {
namespace {

constexpr std::size_t kMostCuts = 64;  // chunks forgotten in one look at a partition
constexpr milliseconds kBreath{1};     // between two steps that touch the disk
constexpr seconds kRestateEvery{1};    // a chunk lasts longer than that

}  // namespace

Task<void> Retention::run(std::chrono::milliseconds every) {
  for (;;) {
    auto done = co_await look();
    const Instant again = doors_.clock.instant() + every;
    while (done && doors_.clock.instant() < again) {
      const Instant soon = doors_.clock.instant() + kRestateEvery;
      co_await doors_.clock.sleep_until(soon);
      done = co_await restate();
    }
    if (done) continue;
    const std::string why = done.error().text();
    doors_.telemetry.log(LogLevel::warning, "retention.failed", {{"why", why}});
    co_await doors_.clock.sleep_until(again);
  }
}

Task<Result<void>> Retention::restate() {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    const auto chunks = doors_.chunks(partition);
    TENON_CO_TRY(keep_restated(partition, chunks));
  }
  co_return Result<void>();
}

std::uint64_t Retention::bytes_of(PartitionId p) const {
  return doors_.bytes_from(p, doors_.log.begin(p));
}

std::uint64_t Retention::log_bytes() const {
  std::uint64_t bytes = 0;
  for (std::uint16_t p = 0; p < kPartitions; ++p) bytes += bytes_of(PartitionId{p});
  return bytes;
}

// Its share of what the log is too large by, so that no partition pays for all.
std::uint64_t Retention::excess_of(PartitionId p) const {
  if (rules_.most_bytes == 0 || held_ <= rules_.most_bytes) return 0;
  const double own = static_cast<double>(bytes_of(p));
  const double over = static_cast<double>(held_ - rules_.most_bytes);
  return static_cast<std::uint64_t>(over * own / static_cast<double>(held_)) + 1;
}

Task<Result<void>> Retention::look() {
  TENON_CO_TRY(restate());
  held_ = log_bytes();
  next_ = Status{};
  next_.trimmed_bytes = status_.trimmed_bytes;
  needs_.clear();
  followers_ = doors_.followers();
  for (std::uint16_t p = 0; p < kPartitions; ++p) TENON_CO_TRY(look_at(PartitionId{p}));
  next_.bytes = log_bytes();
  status_ = next_;
  doors_.telemetry.gauge("log_held_bytes", static_cast<double>(status_.bytes));
  co_return Result<void>();
}

Task<Result<void>> Retention::look_at(PartitionId p) {
  const auto chunks = doors_.chunks(p);
  TENON_CO_TRY_AS(const auto oldest, stamp_at(p, doors_.log.begin(p)));
  if (oldest) next_.oldest = std::min(next_.oldest.value_or(*oldest), *oldest);
  std::optional<Facts> facts;
  Offset before = doors_.log.begin(p);
  Offset with_config = before;
  const std::uint64_t excess = excess_of(p);
  for (std::size_t i = 1; i < chunks.size() && i <= kMostCuts; ++i) {
    TENON_CO_TRY_AS(const auto stamp, stamp_at(p, chunks[i]));
    if (!stamp) break;  // nothing is in it yet
    Cut cut;
    cut.at = chunks[i];
    cut.stamp = *stamp;
    // What is too young needs no look at the states.
    Facts first;
    if (facts) first = *facts;
    const std::uint64_t gone =
        doors_.bytes_from(p, chunks.front()) - doors_.bytes_from(p, chunks[i - 1]);
    first.excess_bytes = excess > gone ? excess - gone : 0;
    if (!facts && judge(cut, first, rules_, doors_.clock.now()).held_by == "age") {
      ++next_.held_by["age"];
      break;
    }
    if (!facts) {
      TENON_CO_TRY_AS(facts, facts_of(p));
      facts->excess_bytes = first.excess_bytes;
      first = *facts;
    }
    const Judged judged = judge(cut, first, rules_, doors_.clock.now());
    if (!judged.may) {
      ++next_.held_by[judged.held_by];
      break;
    }
    before = cut.at;
    const Offset to = i + 1 < chunks.size() ? chunks[i + 1] : doors_.log.end(p);
    TENON_CO_TRY_AS(const bool config, has_config(scans_[p], p, before, to));
    if (config) with_config = before;
  }
  if (before > with_config) ++next_.held_by["configuration"];
  if (with_config <= doors_.log.begin(p)) co_return Result<void>();
  // One that came meanwhile begins at the log's begin, and was not asked.
  if (doors_.followers().size() != followers_.size()) co_return Result<void>();
  const std::uint64_t gone = bytes_of(p) - doors_.bytes_from(p, with_config);
  TENON_CO_TRY(doors_.log.trim(p, with_config));
  next_.trimmed_bytes += gone;
  doors_.telemetry.count("log_trimmed_bytes", {}, static_cast<double>(gone));
  co_return doors_.forget(p, doors_.log.begin(p));
}

Task<Result<Facts>> Retention::facts_of(PartitionId p) {
  if (needs_.empty()) {
    TENON_CO_TRY(gather_needs());
  }
  Facts facts;
  facts.needs = needs_[p.value];
  const auto resting = doors_.resting_from(p);
  if (!resting) co_return resting.error();
  const auto ids = doors_.ids_from(p);
  if (!ids) co_return ids.error();
  facts.resting_from = *resting;
  facts.ids_from = *ids;
  facts.dedupe_window = doors_.dedupe_window();
  co_return facts;
}

// First what is needed, then the syncs: so a state on disk is never older than its need says.
Task<Result<void>> Retention::gather_needs() {
  std::vector<std::vector<Need>> needs(kPartitions);
  for (const auto& follower : followers_) {
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      TENON_CO_TRY_AS(const Offset from, follower.needed_from(PartitionId{p}));
      Need need;
      need.who = follower.name;
      need.from = from;
      needs[p].push_back(std::move(need));
    }
  }
  for (const auto& follower : followers_) {
    const auto synced = follower.sync();
    if (!synced) co_return synced.error();
    const Instant next = doors_.clock.instant() + kBreath;
    co_await doors_.clock.sleep_until(next);
  }
  needs_ = std::move(needs);
  co_return Result<void>();
}

// A fold that begins at a cut must meet the configuration it needs, so each chunk holds one.
Task<Result<void>> Retention::keep_restated(PartitionId p, const std::vector<Offset>& chunks) {
  auto& known = restated_for_[p];
  const Offset last = chunks.back();
  if (known == last && known.value != 0) co_return Result<void>();
  TENON_CO_TRY_AS(const bool config, has_config(last_scans_[p], p, last, doors_.log.end(p)));
  // The first chunk of all has the first one, or is still to get it.
  if (!config && chunks.size() > 1) TENON_CO_TRY(doors_.restate_config(p));
  if (config || chunks.size() == 1) known = last;
  co_return Result<void>();
}

// What was scanned once is not scanned again: a log may be large and hold few of them.
Task<Result<bool>> Retention::has_config(Scan& scan, PartitionId p, Offset from, Offset to) {
  if (from < scan.from || from > scan.to) scan = Scan{from, from, false};
  ReadLimits limits;
  limits.streams = stream_bit(Stream::control);
  limits.max_records = 1;
  while (!scan.found && scan.to < to) {
    TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, scan.to, limits));
    if (slice.next <= scan.to) break;
    scan.to = slice.next;
    for (const auto& record : slice.records) {
      if (record.header.type != static_cast<std::uint16_t>(ControlType::config_applied)) continue;
      scan.to = record.offset;
      scan.found = true;
    }
  }
  const bool within = scan.found && scan.to < to;
  co_return within;
}

Task<Result<std::optional<Time>>> Retention::stamp_at(PartitionId p, Offset at) {
  ReadLimits one;
  one.max_records = 1;
  TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, at, one));
  std::optional<Time> stamp;
  if (!slice.records.empty()) stamp = slice.records.front().header.appended;
  co_return stamp;
}

}  // namespace tenon::retention
