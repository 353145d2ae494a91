// Back-off, breaker and quarantine.
#include "hosting/strikes.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace tenon {
namespace {

milliseconds until(Instant at, Instant now) {
  const auto left = std::chrono::ceil<milliseconds>(at - now);
  return std::max(left, milliseconds(1));
}

}  // namespace

std::string_view name_of(HostedState state) {
  switch (state) {
    case HostedState::ready: return "ready";
    case HostedState::backing_off: return "backing_off";
    case HostedState::broken: return "broken";
    case HostedState::probing: return "probing";
    case HostedState::quarantined: return "quarantined";
  }
  return "ready";
}

milliseconds back_off(std::string_view release, std::uint32_t deaths_in_a_row) {
  if (deaths_in_a_row == 0) return milliseconds(0);
  const std::uint32_t doublings = std::min(deaths_in_a_row - 1, 20u);
  const milliseconds whole = std::min(kFirstBackOff * (1 << doublings), kBackOffCeiling);
  const auto permille = static_cast<std::int64_t>(hash64(release, deaths_in_a_row) % 201);
  return whole - whole * permille / 1000;
}

StepAdmission admit(const Strikes& strikes, Instant now) {
  switch (strikes.state) {
    case HostedState::ready: return {true, false, {}};
    case HostedState::backing_off:
      if (now >= strikes.not_before) return {true, false, {}};
      return {false, false, until(strikes.not_before, now)};
    case HostedState::broken:
      if (now >= strikes.not_before) return {true, true, {}};
      return {false, false, until(strikes.not_before, now)};
    case HostedState::probing: return {false, false, kFirstBackOff};
    case HostedState::quarantined: return {false, false, {}};
  }
  return {};
}

Strikes after_admission(Strikes strikes, const StepAdmission& admission) {
  if (!admission.allowed) return strikes;
  strikes.state = admission.probe ? HostedState::probing : HostedState::ready;
  return strikes;
}

Strikes after_death(Strikes strikes, std::string_view release, std::string reason, Instant now) {
  if (strikes.state == HostedState::quarantined) return strikes;
  const bool probed = strikes.state == HostedState::probing;
  if (strikes.in_a_row > 0 && now - strikes.last_death >= kCleanAfter) {
    strikes.in_a_row = 0;
    strikes.recent.clear();
  }
  std::erase_if(strikes.recent, [&](Instant at) { return now - at >= kBreakerWindow; });
  if (strikes.recent.size() >= kBreakerDeaths) strikes.recent.erase(strikes.recent.begin());
  strikes.recent.push_back(now);
  ++strikes.in_a_row;
  strikes.last_death = now;
  strikes.reason = std::move(reason);
  if (probed || strikes.recent.size() >= kBreakerDeaths) {
    strikes.state = HostedState::broken;
    strikes.not_before = now + kBreakerHold;
  } else {
    strikes.state = HostedState::backing_off;
    strikes.not_before = now + back_off(release, strikes.in_a_row);
  }
  return strikes;
}

Strikes after_violation(Strikes strikes, std::string reason, Instant now) {
  strikes.state = HostedState::quarantined;
  ++strikes.in_a_row;
  strikes.last_death = now;
  strikes.reason = std::move(reason);
  return strikes;
}

Strikes after_success(Strikes strikes, Instant now) {
  if (strikes.state == HostedState::quarantined) return strikes;
  if (strikes.state == HostedState::probing) {
    strikes.state = HostedState::ready;
    strikes.recent.clear();
  }
  if (strikes.in_a_row > 0 && now - strikes.last_death >= kCleanAfter) strikes = {};
  return strikes;
}

Strikes after_lost_probe(Strikes strikes) {
  if (strikes.state == HostedState::probing) strikes.state = HostedState::broken;
  return strikes;
}

}  // namespace tenon
