// The counts of a destination: kept by hour of reception and source, read as rows that must add up.
#include "base/codec.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kCountsPage = 1'000;
constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::size_t kSource = 1 + 8, kRest = kSource + 8;

std::string key_of_hour(char prefix, Time hour) {
  const std::int64_t first = std::max<std::int64_t>(us_of(hour), 0) / kHourUs;
  return prefix + key_u64(static_cast<std::uint64_t>(first));
}

Time hour_of_key(std::string_view key) {
  return time_from_us(static_cast<std::int64_t>(u64_of_key(key.substr(1, 8))) * kHourUs);
}

// One row, as the fold has counted it.
struct Counted {
  std::map<CountKind, std::int64_t> kinds;
  std::map<std::string, std::uint64_t> filtered_by;
  std::int64_t window = 0;
  std::int64_t of(CountKind kind) const {
    const auto at = kinds.find(kind);
    return at == kinds.end() ? 0 : at->second;
  }
};

void settle(const Counted& counted, CompletenessCounts& row, bool known, bool whole, bool settled) {
  const auto of = [&](CountKind kind) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, counted.of(kind)));
  };
  row.filtered = of(CountKind::filtered);
  row.skipped = of(CountKind::skipped);
  row.delivered = of(CountKind::delivered);
  row.dead = of(CountKind::dead);
  row.parked = of(CountKind::parked);
  row.ambiguous = of(CountKind::ambiguous);
  row.filtered_by = counted.filtered_by;
  row.pending = of(CountKind::waiting) + static_cast<std::uint64_t>(counted.window);
  const std::uint64_t read = of(CountKind::routed) + row.filtered;
  // Not counted by the pipeline, or read by the fold before the pipeline itself has.
  if (!known || (!whole && read > row.decided)) row.decided = read;
  // Decided, and not read yet: it waits in the log.
  if (!whole && row.decided > read) row.pending += row.decided - read;
  const std::uint64_t rest =
      row.filtered + row.skipped + row.delivered + row.parked + row.dead + row.ambiguous;
  // What was read before a restart is not in the window until it is read again.
  if (!settled) row.pending = row.decided - std::min(row.decided, rest);
  // What became of a delivery is in the log, and its decision is forgotten.
  if (!known) row.decided = std::max(row.decided, rest + row.pending);
}

}  // namespace

Result<void> DeliveryFold::count_into(CompletenessRows& rows, const HourRange& range,
                                      Time counted_from, bool whole) {
  counted_from = std::max(counted_from, counted_from_);
  TENON_TRY(settle_counts());
  std::map<CompletenessKey, Counted> counted;
  for (const char prefix : {'n', 'y'}) {
    const std::string end = range.to == Time::max() ? end_of_prefix(std::string(1, prefix))
                                                    : key_of_hour(prefix, range.to);
    std::string from = key_of_hour(prefix, range.from);
    for (bool more = true; more;) {
      TENON_TRY_AS(const auto page, state_.scan(from, end, kCountsPage));
      more = page.size() == kCountsPage;
      for (const auto& entry : page) {
        from = entry.key + '\0';
        const std::string_view key = entry.key;
        const NameHash source{u64_of_key(key.substr(kSource, 8))};
        auto& row = counted[CompletenessKey{source, hour_of_key(key), destination_}];
        const std::int64_t count = Reader(entry.value).i64();
        if (prefix == 'n') {
          row.kinds[static_cast<CountKind>(key.back())] += count;
        } else if (count > 0) {
          row.filtered_by[std::string(key.substr(kRest))] += static_cast<std::uint64_t>(count);
        }
      }
    }
  }
  for (const auto& lane : lanes_) {
    for (const auto& entry : lane.window) {
      const Time hour = hour_of(entry.ref.received);
      if (!range.holds(hour)) continue;
      ++counted[CompletenessKey{entry.ref.source, hour, destination_}].window;
    }
  }
  for (const auto& [key, row] : rows) {
    if (key.destination == destination_) counted[key];
  }
  for (const auto& [key, row] : counted) {
    settle(row, rows[key], key.hour >= counted_from, whole, counts_settled());
  }
  return {};
}

Result<std::map<CountKind, std::int64_t>> DeliveryFold::totals() {
  TENON_TRY(settle_counts());
  std::map<CountKind, std::int64_t> totals;
  std::string from = "n";
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_.scan(from, end_of_prefix("n"), kCountsPage));
    more = page.size() == kCountsPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      totals[static_cast<CountKind>(entry.key.back())] += Reader(entry.value).i64();
    }
  }
  return totals;
}

bool DeliveryFold::counts_settled() const {
  return !restoring_ && std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return lane.decisions_at >= lane.restore_end;
  });
}

// Counts gather in memory and reach the state with the cursor that they belong to.
Result<void> DeliveryFold::settle_counts() {
  for (const auto& [key, change] : counts_) {
    TENON_TRY_AS(const auto before, state_.get(key));
    Writer out;
    out.i64((before ? Reader(*before).i64() : 0) + change);
    state_.put(key, std::move(out).take());
  }
  counts_.clear();
  pending_counts_ = 0;
  return {};
}

}  // namespace tenon::delivery
