// The state machine of a connection.
#include "oauth/step.hpp"

#include <algorithm>

namespace tenon::oauth {
namespace {

Step step(StepKind kind, Time until = {}, std::string why = {}) {
  Step out;
  out.kind = kind;
  out.until = until;
  out.why = std::move(why);
  return out;
}

std::string why_no_way(const Grant& grant) {
  return grant.access_token.empty()
             ? "nobody has connected it yet"
             : "its token has ended, and the vendor gave none to renew it with";
}

}  // namespace

Time usable_until(const Grant& grant) {
  const auto life = grant.expires - grant.obtained;
  return grant.expires - std::min<microseconds>(kLastMoments, life / 10);
}

Time renew_at(const Grant& grant, std::uint32_t refresh_at, std::uint64_t jitter) {
  const auto life = (grant.expires - grant.obtained).count();
  const auto parts = static_cast<std::int64_t>(refresh_at) * 10 -
                     static_cast<std::int64_t>(jitter % 101);  // thousandths
  // Divided first: a life of centuries must not overflow.
  return grant.obtained + microseconds(life / 1'000 * std::max<std::int64_t>(parts, 0));
}

milliseconds retry_delay(std::uint32_t failed, milliseconds asked) {
  milliseconds wait = kFirstRetry;
  for (std::uint32_t i = 1; i < failed && wait < kLongestRetry; ++i) wait *= 2;
  return std::max(std::min(wait, kLongestRetry),
                  std::clamp(asked, milliseconds{0}, kLongestAskedRetry));
}

Step next_step(const Grant& grant, const Situation& at) {
  const bool usable = grant.generation > 0 && !at.refused && at.now < usable_until(grant);
  const auto unless_usable = [&](Step otherwise) {
    return usable ? step(StepKind::use) : std::move(otherwise);
  };
  if (!grant.reconnect.empty() && !at.once_more) {
    return unless_usable(step(StepKind::reconnect, grant.since, grant.reconnect));
  }
  if (usable && at.now < renew_at(grant, at.refresh_at, at.jitter)) return step(StepKind::use);
  if (!at.can_renew) return unless_usable(step(StepKind::reconnect, at.now, why_no_way(grant)));
  const bool others = grant.owner != 0 && grant.owner != at.self && !at.alone;
  const Time over = grant.begun_at + kExchangeLease;
  if (others && at.now < over) return unless_usable(step(StepKind::follow, over));
  if (at.now < at.retry_at) return unless_usable(step(StepKind::wait, at.retry_at));
  return step(usable ? StepKind::renew_ahead : StepKind::renew);
}

}  // namespace tenon::oauth
