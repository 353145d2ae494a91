// next_step: use the token, get a new one, wait, or ask for a person? A plain function of values.
#pragma once

#include "oauth/grant.hpp"

namespace tenon::oauth {

constexpr seconds kMaxExchangeTime{30};  // one request to a token endpoint
// An exchange that another host has begun this long ago is not going on any more.
constexpr seconds kExchangeLease{90};
constexpr milliseconds kFirstRetry{1'000}, kLongestRetry{300'000}, kLongestAskedRetry{3'600'000};
// A token is not used in the last moments of its life: the request must arrive before its end.
constexpr seconds kLastMoments{10};

// Beside the grant, what the decision hangs on.
struct Situation {
  Time now{};
  std::uint64_t self = 0;         // this host, as it stands in Grant::owner
  bool alone = true;              // no other host shares the store: another's exchange is a crash's
  bool refused = false;           // the vendor answered this token by 401
  bool can_renew = false;         // by itself, without a person
  bool once_more = false;         // somebody says that what needed a person is mended
  Time retry_at{};                // not before, after a try that failed
  std::uint32_t refresh_at = 80;  // hundredths of the token's life
  std::uint64_t jitter = 0;       // a hash: takes off up to a tenth of the life
};

enum class StepKind : std::uint8_t {
  reconnect = 0,  // a person must connect it; `why`
  use,
  renew_ahead,  // use it, and get a new one beside
  renew,        // get one, then ask again
  wait,         // the last try failed: not before `until`
  follow,       // another host is getting one: look again
};

struct Step {
  StepKind kind = StepKind::reconnect;
  Time until{};
  std::string why;
};

Step next_step(const Grant& grant, const Situation& at);

// When the token is renewed ahead of its end.
Time renew_at(const Grant& grant, std::uint32_t refresh_at, std::uint64_t jitter);
// Until when it is used.
Time usable_until(const Grant& grant);
// How long to wait after so many failed tries in a row, the vendor's wish heard within its bound.
milliseconds retry_delay(std::uint32_t failed, milliseconds asked);

}  // namespace tenon::oauth
