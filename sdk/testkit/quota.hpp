// take: how vendors count requests, in several windows at once; a plain function of values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tenon::testkit {

enum class QuotaKind : std::uint8_t {
  rolling,  // at most `limit` in any `window_ms`; up to kMaxRolling, above that it counts as fixed
  fixed,    // at most `limit` from one whole multiple of `window_ms` in Unix time to the next
  bucket,   // `limit` at once (burst), filled again evenly over `window_ms` (steady)
};
constexpr std::uint32_t kMaxRolling = 100'000;  // times that a window remembers

struct QuotaWindow {
  std::string name;  // as the vendor calls it
  std::uint32_t limit = 0;
  std::int64_t window_ms = 1'000;  // at least 1
  QuotaKind kind = QuotaKind::rolling;

  bool operator==(const QuotaWindow&) const = default;
};

// What a vendor remembers of requests; one entry per window, in their order. Begin with an empty
// one.
struct QuotaUse {
  struct Window {
    std::deque<std::int64_t> times;  // rolling
    std::int64_t since_ms = 0;       // fixed: its beginning; bucket: when `used` was true
    double used = 0;
  };
  std::vector<Window> windows;
};

struct OverQuota {
  std::string name;          // of the window that has no room
  std::int64_t wait_ms = 0;  // until it has
};

namespace quota_detail {

constexpr double kRounding = 1e-6;  // of a bucket that is filled in small parts

inline bool rolls(const QuotaWindow& rule) {
  return rule.kind == QuotaKind::rolling && rule.limit <= kMaxRolling;
}

// Forgets what is over; gives how much of the window is used.
inline double used(const QuotaWindow& rule, QuotaUse::Window& use, std::int64_t now_ms) {
  const std::int64_t length = std::max<std::int64_t>(rule.window_ms, 1);
  if (rolls(rule)) {
    while (!use.times.empty() && use.times.front() <= now_ms - length) use.times.pop_front();
    return static_cast<double>(use.times.size());
  }
  if (rule.kind == QuotaKind::bucket) {
    const double back = static_cast<double>(rule.limit) *
                        static_cast<double>(std::max<std::int64_t>(now_ms - use.since_ms, 0)) /
                        static_cast<double>(length);
    use.used = std::max(0.0, use.used - back);
    use.since_ms = now_ms;
  } else if (const std::int64_t begin = now_ms - now_ms % length; begin != use.since_ms) {
    use.used = 0;
    use.since_ms = begin;
  }
  return use.used;
}

inline std::int64_t wait_ms(const QuotaWindow& rule, const QuotaUse::Window& use, double now_used,
                            std::int64_t now_ms) {
  const std::int64_t length = std::max<std::int64_t>(rule.window_ms, 1);
  if (rule.limit == 0) return length;
  if (rolls(rule)) {
    // A limit that was lowered leaves more than it in the window.
    return use.times[use.times.size() - rule.limit] + length - now_ms;
  }
  if (rule.kind != QuotaKind::bucket) return use.since_ms + length - now_ms;
  const double over = now_used + 1 - static_cast<double>(rule.limit);
  return static_cast<std::int64_t>(
      std::max(1.0, over * static_cast<double>(length) / static_cast<double>(rule.limit) + 0.999));
}

}  // namespace quota_detail

// What is left in a window for requests at `now_ms`.
inline std::uint32_t remaining(const QuotaWindow& rule, QuotaUse::Window use, std::int64_t now_ms) {
  const double left = static_cast<double>(rule.limit) - quota_detail::used(rule, use, now_ms);
  return left <= 0 ? 0 : static_cast<std::uint32_t>(left);
}

// Counts one request in all windows; or in none, and says which one is full (the longest to wait
// for). The rules may change from one request to the next; `now_ms` may not go back.
inline std::optional<OverQuota> take(const std::vector<QuotaWindow>& rules, QuotaUse& use,
                                     std::int64_t now_ms) {
  use.windows.resize(rules.size());
  std::optional<OverQuota> over;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const double used = quota_detail::used(rules[i], use.windows[i], now_ms);
    if (used + 1 <= static_cast<double>(rules[i].limit) + quota_detail::kRounding) continue;
    const std::int64_t wait = quota_detail::wait_ms(rules[i], use.windows[i], used, now_ms);
    if (!over || wait > over->wait_ms) over = OverQuota{rules[i].name, wait};
  }
  if (over) return over;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (quota_detail::rolls(rules[i])) {
      use.windows[i].times.push_back(now_ms);
    } else {
      use.windows[i].used += 1;
    }
  }
  return std::nullopt;
}

// Whole seconds for Retry-After: never too early.
constexpr std::int64_t retry_after_s(std::int64_t wait_ms) { return (wait_ms + 999) / 1'000; }

}  // namespace tenon::testkit
