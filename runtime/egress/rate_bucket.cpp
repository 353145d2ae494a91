// Counting of spent and leased tokens over sliding windows.
#include "egress/rate_bucket.hpp"

#include <algorithm>
#include <limits>

namespace tenon {

void RateBucket::set_rows(const std::vector<RateLimit>& rows) {
  const bool same =
      rows.size() == rows_.size() &&
      std::equal(rows.begin(), rows.end(), rows_.begin(), [](const RateLimit& a, const Row& b) {
        return a.limit == b.limit && a.window == b.window;
      });
  if (same) return;
  std::vector<Row> next;
  for (const auto& limit : rows) {
    Row row{limit.limit, std::max(limit.window, milliseconds{1}), {}};
    // The history of the same window, else of the longest one.
    const Row* from = nullptr;
    for (const auto& old : rows_) {
      if (old.window == row.window) from = &old;
      if (from == nullptr || (from->window != row.window && old.window > from->window)) from = &old;
    }
    for (const auto& use : from != nullptr ? from->uses : early_) row.use(use.at, use.count);
    next.push_back(std::move(row));
  }
  rows_ = std::move(next);
  if (!rows_.empty()) early_.clear();
}

std::uint32_t RateBucket::largest_cost() const {
  std::uint64_t least = std::numeric_limits<std::uint32_t>::max();
  for (const auto& row : rows_) least = std::min(least, row.limit);
  return static_cast<std::uint32_t>(least);
}

std::uint64_t RateBucket::Row::used(Instant now) const {
  std::uint64_t sum = 0;
  for (auto it = uses.rbegin(); it != uses.rend() && it->at + window >= now; ++it) {
    sum += it->count;
  }
  return sum;
}

void RateBucket::Row::use(Instant at, std::uint64_t count) {
  const auto part = std::chrono::nanoseconds(window) / kWindowParts;
  const auto since = at.time_since_epoch();
  const auto over = since % part;
  if (over.count() > 0) at += part - over;
  auto place = uses.end();
  while (place != uses.begin() && std::prev(place)->at > at) --place;
  if (place != uses.begin() && std::prev(place)->at == at) {
    std::prev(place)->count += count;
  } else {
    uses.insert(place, Tokens{at, count});
  }
}

std::uint64_t RateBucket::unspent(Instant now) const {
  std::uint64_t sum = 0;
  for (const auto& lease : leases_) sum += lease.at >= now ? lease.count : 0;
  return sum;
}

bool RateBucket::holds(std::uint32_t cost, Instant now) const {
  return now >= blocked_until_ && (unlimited() || unspent(now) >= cost);
}

bool RateBucket::spend(std::uint32_t cost, Instant now) {
  if (!holds(cost, now)) return false;
  if (unlimited()) return true;
  while (!leases_.empty() && leases_.front().at < now) leases_.pop_front();
  std::uint64_t left = cost;
  while (left > 0) {
    auto& lease = leases_.front();  // the first to die goes first
    const auto taken = std::min(left, lease.count);
    lease.count -= taken;
    left -= taken;
    if (lease.count == 0) leases_.pop_front();
  }
  for (auto& row : rows_) {
    while (!row.uses.empty() && row.uses.front().at + row.window < now) row.uses.pop_front();
    row.use(now, cost);
  }
  return true;
}

std::uint32_t RateBucket::leasable(std::uint32_t cost, Instant now) const {
  if (unlimited() || now < blocked_until_) return 0;
  const std::uint64_t live = unspent(now);
  const std::uint64_t missing = cost > live ? cost - live : 0;
  std::uint64_t room = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t worth = room;
  for (const auto& row : rows_) {
    const std::uint64_t taken = row.used(now) + live;
    room = std::min(room, row.limit > taken ? row.limit - taken : 0);
    const auto window_ms =
        static_cast<std::uint64_t>(std::max<std::int64_t>(1, row.window.count()));
    const auto span_ms = static_cast<std::uint64_t>(kLeaseSpan.count());
    worth = std::min(worth, (row.limit * span_ms + window_ms - 1) / window_ms);
  }
  if (room < missing || room == 0) return 0;
  return static_cast<std::uint32_t>(std::min(room, std::max(missing, worth)));
}

void RateBucket::grant(std::uint32_t tokens, Instant expires) {
  auto place = leases_.end();
  while (place != leases_.begin() && std::prev(place)->at > expires) --place;
  leases_.insert(place, Tokens{expires, tokens});
}

void RateBucket::restore(std::uint32_t tokens, Instant expires) {
  for (auto& row : rows_) row.use(expires, tokens);
  if (!rows_.empty()) return;
  early_.push_back(Tokens{expires, tokens});
  if (early_.size() > kMaxEarlyLeases) {  // the later moment counts for longer: cautious
    early_[1].count += early_[0].count;
    early_[1].at = std::max(early_[0].at, early_[1].at);
    early_.pop_front();
  }
}

Instant RateBucket::free_at(std::uint32_t cost, Instant now) const {
  Instant free = std::max(now, blocked_until_);
  for (const auto& row : rows_) {
    // While unspent tokens live they and what is missing add up to the cost, so only uses matter.
    std::uint64_t taken = row.used(now);
    for (const auto& use : row.uses) {
      if (taken + cost <= row.limit) break;
      if (use.at + row.window < now) continue;
      taken -= use.count;
      free = std::max(free, use.at + row.window + std::chrono::nanoseconds(1));
    }
  }
  return free;
}

void RateBucket::block(Instant until) { blocked_until_ = std::max(blocked_until_, until); }

}  // namespace tenon
