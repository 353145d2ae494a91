// The counts of a partition: events by fate, and what was decided for each destination.
#include <algorithm>
#include <map>

#include "base/codec.hpp"
#include "pipeline/partition_fold.hpp"

namespace tenon::pipeline {
namespace {

constexpr std::size_t kCountsPage = 1'000;
constexpr std::int64_t kHourUs = 3'600'000'000;

std::uint64_t number_in(const std::optional<std::string>& value) {
  return value ? Reader(*value).u64() : 0;
}

std::string value_of(std::uint64_t number) {
  Writer out;
  out.u64(number);
  return std::move(out).take();
}

// "n" or "v", hour, source; a fate or a name follows.
std::string count_key(char kind, Time received, NameHash source) {
  return kind + key_u64(static_cast<std::uint64_t>(us_of(received) / kHourUs)) +
         key_u64(source.value);
}
std::string fate_key(Time received, NameHash source, std::uint8_t fate) {
  return count_key('n', received, source) + static_cast<char>(fate);
}

// The least key of an hour; the range may be without an end.
std::string key_of_hour(char kind, Time hour) {
  const std::int64_t first = std::clamp<std::int64_t>(us_of(hour), 0, INT64_MAX) / kHourUs;
  return kind + key_u64(static_cast<std::uint64_t>(first));
}

std::uint64_t* place_of(CompletenessCounts& row, std::uint8_t fate) {
  switch (fate) {
    case kCountRejected: return &row.rejected;
    case kCountReceived: return &row.received;
    case static_cast<std::uint8_t>(EventFate::routed): return &row.routed;
    case static_cast<std::uint8_t>(EventFate::no_route): return &row.no_route;
    case static_cast<std::uint8_t>(EventFate::duplicate): return &row.duplicate;
    case static_cast<std::uint8_t>(EventFate::invalid): return &row.invalid;
    default: return nullptr;
  }
}

}  // namespace

Result<void> PartitionFold::count(Time received, NameHash source, std::uint8_t fate) {
  return add(fate_key(received, source, fate), 1);
}

Result<void> PartitionFold::add(std::string key, std::uint64_t by) {
  TENON_TRY_AS(const auto before, state_.get(key));
  state_.put(std::move(key), value_of(number_in(before) + by));
  return {};
}

// A state of an earlier release: what was decided had been received, and no more is known of it.
Result<void> PartitionFold::count_received_before(Time now) {
  received_to_ = decided_to_;
  begin_decided_counts(now);
  CompletenessRows rows;
  TENON_TRY(count_into(rows, HourRange{}));
  for (const auto& [key, row] : rows) {
    const std::uint64_t decided = row.duplicate + row.no_route + row.invalid + row.routed;
    if (decided > 0) TENON_TRY(add(fate_key(key.hour, key.source, kCountReceived), decided));
  }
  return {};
}

void PartitionFold::begin_decided_counts(Time now) {
  const Time next = hour_of(now) + std::chrono::hours{1};
  state_.put("u", value_of(static_cast<std::uint64_t>(us_of(next) / kHourUs)));
}

// Beside the destination's own count of what it has read: what it never met shows as a remainder.
Result<void> PartitionFold::count_decided(const Decision& decision) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& event : decision.events) {
    for (const auto& delivery : event.deliveries) {
      ++counts[count_key('v', event.received, event.source) + delivery.destination];
    }
  }
  for (const auto& [key, count] : counts) TENON_TRY(add(key, count));
  return {};
}

Result<Time> PartitionFold::decided_counted_from() {
  TENON_TRY_AS(const auto hour, state_.get("u"));
  return time_from_us(static_cast<std::int64_t>(number_in(hour)) * kHourUs);
}

Result<void> PartitionFold::count_into(CompletenessRows& rows, const HourRange& range) {
  constexpr std::size_t kSource = 1 + 8, kRest = kSource + 8;
  CompletenessRows own;
  for (const char kind : {'n', 'v'}) {
    const std::string end =
        range.to == Time::max() ? end_of_prefix(std::string(1, kind)) : key_of_hour(kind, range.to);
    std::string from = key_of_hour(kind, range.from);
    for (bool more = true; more;) {
      TENON_TRY_AS(const auto page, state_.scan(from, end, kCountsPage));
      more = page.size() == kCountsPage;
      for (const auto& entry : page) {
        from = entry.key + '\0';
        const std::string_view stored = entry.key;
        CompletenessKey key;
        const auto hour = static_cast<std::int64_t>(u64_of_key(stored.substr(1, 8)));
        key.hour = time_from_us(hour * kHourUs);
        key.source = NameHash{u64_of_key(stored.substr(kSource, 8))};
        if (kind == 'v') key.destination = stored.substr(kRest);
        auto& row = own[key];
        std::uint64_t* place =
            kind == 'v' ? &row.decided : place_of(row, static_cast<std::uint8_t>(stored.back()));
        if (place != nullptr) *place += Reader(entry.value).u64();
      }
    }
  }
  for (const auto* queue : {&orphans_, &waiting_}) {
    for (const auto& waiting : *queue) {
      const auto& header = waiting.record.header;
      const Time hour = hour_of(header.received);
      if (range.holds(hour)) ++own[CompletenessKey{header.source, hour, {}}].undecided;
    }
  }
  const Offset read_to = waiting_.empty() ? decided_to_ : waiting_.back().record.next;
  for (auto& [key, row] : own) {
    const std::uint64_t decided = row.duplicate + row.no_route + row.invalid + row.routed;
    // What came in before a restart waits, too, though it has not been read again yet.
    const bool unread = read_to < received_to_ && key.destination.empty();
    if (unread) row.undecided = row.received - std::min(row.received, decided);
    rows[key].add(row);
  }
  return {};
}

}  // namespace tenon::pipeline
