// Acts of skipping as state: "u" stamp, and "u" stamp hour.
#include "delivery/skips.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/limits.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kActKey = 1 + 8, kHourKey = 1 + 8 + 8;
constexpr std::size_t kPage = 512;

std::string key_of(Time at) { return "u" + key_u64(static_cast<std::uint64_t>(us_of(at))); }

std::string key_of(std::string act, std::int64_t hour) {
  return std::move(act) + key_u64(static_cast<std::uint64_t>(hour));
}

std::string encode(const Skips::Act& act) {
  Writer out;
  out.text(act.reason);
  out.text(act.actor);
  out.u16(static_cast<std::uint16_t>(act.offsets.size()));
  for (const auto& [partition, offset] : act.offsets) {
    out.u16(partition);
    out.u64(offset.value);
  }
  return std::move(out).take();
}

Result<Skips::Act> decode_act(std::string_view bytes) {
  Reader in(bytes);
  Skips::Act act;
  act.reason = in.text();
  act.actor = in.text();
  const std::uint16_t count = in.u16();
  for (std::uint16_t i = 0; i < count && i < kPartitions; ++i) {
    const std::uint16_t partition = in.u16();
    act.offsets[partition] = Offset{in.u64()};
  }
  if (!in.done()) return corrupt("delivery state: a skip's fields do not fit its length");
  return act;
}

}  // namespace

Result<void> Skips::load() {
  acts_.clear();
  TENON_TRY_AS(const auto all,
               state_.scan("u", end_of_prefix("u"), kMaxSkips * (kMaxSkipHours + 1)));
  for (const auto& entry : all) {
    if (entry.key.size() != kActKey) continue;
    TENON_TRY_AS(acts_[entry.key], decode_act(entry.value));
  }
  return {};
}

Result<void> Skips::begin(PartitionId p, const DestinationSkipped& skipped, const Record& record) {
  const std::string key = key_of(record.header.occurred);
  Act& act = acts_[key];
  act.reason = skipped.reason;
  act.actor = skipped.actor;
  act.offsets[p.value] = record.offset;
  state_.put(key, encode(act));
  return {};
}

// Of the first act behind its decision: later ones found it given up already.
Result<void> Skips::add(PartitionId p, const DeliveryRef& ref, std::int64_t by) {
  for (const auto& [name, act] : acts_) {
    const auto at = act.offsets.find(p.value);
    if (at == act.offsets.end() || at->second <= ref.decided) continue;
    const std::string key = key_of(name, us_of(ref.received) / 3'600'000'000);
    TENON_TRY_AS(const auto before, state_.get(key));
    const std::int64_t count = (before ? Reader(*before).i64() : 0) + by;
    if (count == 0) {
      // Skipped while it was under way, and delivered after all: who folds both later sees neither.
      state_.erase(key);
      return {};
    }
    Writer out;
    out.i64(count);
    state_.put(key, std::move(out).take());
    return {};
  }
  return {};
}

Result<std::vector<Skip>> Skips::list() {
  std::vector<Skip> all;
  std::string from = "u";
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_.scan(from, end_of_prefix("u"), kPage));
    more = page.size() == kPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      const std::string_view key = entry.key;
      if (key.size() == kActKey) {
        TENON_TRY_AS(auto act, decode_act(entry.value));
        Skip skip;
        skip.at = time_from_us(static_cast<std::int64_t>(u64_of_key(key.substr(1))));
        skip.reason = std::move(act.reason);
        skip.actor = std::move(act.actor);
        all.push_back(std::move(skip));
        if (all.size() > kMaxSkips) all.erase(all.begin());
      } else if (key.size() == kHourKey && !all.empty()) {
        const auto count = Reader(entry.value).i64();
        all.back().count += count;
        if (count != 0 && all.back().hours.size() < kMaxSkipHours) {
          all.back().hours[static_cast<std::int64_t>(u64_of_key(key.substr(9)))] = count;
        }
      }
    }
  }
  std::reverse(all.begin(), all.end());
  return all;
}

}  // namespace tenon::delivery
