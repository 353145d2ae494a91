// Counting of spent and leased tokens over sliding windows.
#include "egress/rate_bucket.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"

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
  return now >= blocked_until_ && left_by_vendor(now) >= cost &&
         (unlimited() || unspent(now) >= cost);
}

std::uint64_t RateBucket::allowed(const Row& row, std::uint32_t cost, Instant now) const {
  if (row.window > kLongestPaced) return row.limit;
  const std::uint64_t paced = row.limit * pace(now) / kFullPace;
  return std::min(row.limit, std::max<std::uint64_t>(paced, cost));
}

std::uint64_t RateBucket::left_by_vendor(Instant now) const {
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
  for (const auto& told : told_) {
    if (now < told.until) left = std::min(left, told.left);
  }
  return left;
}

bool RateBucket::spend(std::uint32_t cost, Instant now) {
  if (!holds(cost, now)) return false;
  for (auto& told : told_) told.left -= std::min<std::uint64_t>(told.left, cost);
  under_way_ += cost;
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
  return true;
}

void RateBucket::settle(std::uint32_t cost, Instant latest, Instant now) {
  TENON_ASSERT(cost <= under_way_ && latest >= now);
  under_way_ -= cost;
  for (auto& row : rows_) {
    while (!row.uses.empty() && row.uses.front().at + row.window < now) row.uses.pop_front();
    row.use(latest, cost);
  }
}

std::uint32_t RateBucket::leasable(std::uint32_t cost, Instant now) const {
  if (unlimited() || now < blocked_until_) return 0;
  const std::uint64_t live = unspent(now);
  const std::uint64_t missing = cost > live ? cost - live : 0;
  std::uint64_t worth = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t told = left_by_vendor(now);
  std::uint64_t room = std::min(worth, told > live ? told - live : 0);
  for (const auto& row : rows_) {
    const std::uint64_t taken = row.used(now) + under_way_ + live;
    const std::uint64_t most = allowed(row, cost, now);
    room = std::min(room, most > taken ? most - taken : 0);
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

void RateBucket::restore(std::uint32_t tokens, Instant latest) {
  for (auto& row : rows_) row.use(latest, tokens);
  if (!rows_.empty()) return;
  early_.push_back(Tokens{latest, tokens});
  if (early_.size() > kMaxEarlyLeases) {  // the later moment counts for longer: cautious
    early_[1].count += early_[0].count;
    early_[1].at = std::max(early_[0].at, early_[1].at);
    early_.pop_front();
  }
}

Instant RateBucket::free_at(std::uint32_t cost, Instant now) const {
  Instant free = std::max(now, blocked_until_);
  for (const auto& told : told_) {
    if (now < told.until && told.left < cost) free = std::max(free, told.until);
  }
  for (const auto& row : rows_) {
    const std::uint64_t most = allowed(row, cost, now);
    // While unspent tokens live they and what is missing add up to the cost, so only uses matter.
    std::uint64_t taken = row.used(now) + under_way_, ending = under_way_;
    const auto leave = [&](Instant at, std::uint64_t count) {
      if (taken + cost <= most) return;
      taken -= count;
      free = std::max(free, at + row.window + std::chrono::nanoseconds(1));
    };
    for (const auto& use : row.uses) {
      if (use.at + row.window < now) continue;
      if (use.at > now) leave(now, std::exchange(ending, 0));
      leave(use.at, use.count);
    }
    leave(now, ending);
  }
  return free;
}

void RateBucket::block(Instant until) { blocked_until_ = std::max(blocked_until_, until); }

void RateBucket::told(std::size_t which, std::uint64_t remaining, Instant until, Instant now) {
  constexpr seconds kSameWindow{1};  // resets are told in whole seconds
  if (which >= kMaxTold || until <= now) return;
  if (told_.size() <= which) told_.resize(which + 1);
  Told& told = told_[which];
  const bool in_force = now < told.until;
  if (in_force && until < told.until - kSameWindow) return;
  if (in_force && until <= told.until + kSameWindow) {
    told.left = std::min(told.left, remaining);
    return;
  }
  told.until = until;
  told.left = remaining;
}

std::uint32_t RateBucket::pace(Instant now) const {
  const auto steps = now > slowed_at_ ? (now - slowed_at_) / kPaceStep : 0;
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(kFullPace, static_cast<std::int64_t>(slowed_to_) + steps));
}

void RateBucket::refused(Instant sent, Instant now) {
  if (slowed_to_ < kFullPace && sent < slowed_at_) return;
  slowed_to_ = std::max<std::uint32_t>(pace(now) / 2, 1);
  slowed_at_ = now;
  const bool paced = std::any_of(rows_.begin(), rows_.end(),
                                 [](const Row& row) { return row.window <= kLongestPaced; });
  // Without a rate to lower it is a pause: 2 s, then 4, 8, 16.
  if (!paced) block(now + seconds{kFullPace / slowed_to_});
}

}  // namespace tenon
