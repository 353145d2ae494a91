// Holds: how long a destination waits for its vendor, because a connector hinted so or because the
// circuit breaker opened.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calls/target.hpp"
#include "egress/rate_limiter.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// Of TENON_HINT_*.
enum class HintKind : std::uint8_t { none = 0, throttled = 1, auth_rejected = 2, vendor_down = 3 };
std::string_view name_of(HintKind kind);
// Of two news the one that more hangs on: a refused credential needs a person.
HintKind graver(HintKind a, HintKind b);

// A connector may not stop its destination for longer than this, whatever it says.
constexpr std::chrono::hours kMaxHold{24};
constexpr milliseconds kUnsaidThrottle{10'000};  // THROTTLED without a time
constexpr milliseconds kFirstAuthHold{30'000}, kMaxAuthHold{900'000};
constexpr milliseconds kFirstDownHold{5'000}, kMaxDownHold{300'000};

// What the requests of one call met, the best of them. none: there were none. blocked: our own
// rules or a missing credential stopped them. failing: answers of 500 and above, or no answer at
// all. refused: 401. served: any other answer.
enum class Contact : std::uint8_t { none = 0, blocked = 1, failing = 2, refused = 3, served = 4 };
Contact contact_of(Contact before, const HttpReply& reply);
// So many failing calls in a row open the circuit breaker: the destination is held as if its
// connector had hinted VENDOR_DOWN, and a served call closes it. So many refused ones in a row hold
// it as if it had hinted AUTH_REJECTED.
constexpr std::uint32_t kBreakerAfter = 5;

// Why a destination sends nothing for now, and when it tries again.
struct Hold {
  HintKind kind = HintKind::none;
  std::string what;         // slot or endpoint, if the manifest knows it; or what the breaker saw
  Time until{};             // one call may try then
  std::uint32_t times = 0;  // tries in a row that met it again
  Time since{};             // the first of them

  // "auth_rejected (slot token): the vendor refuses the credential"
  std::string text() const;
  bool operator==(const Hold&) const = default;
};

// The hold after one more hint of its kind. Hints of calls that were under way together count as
// one. A time in `until_ms` is obeyed within kMaxHold; without one the wait doubles from try to
// try.
Hold next_hold(const std::optional<Hold>& before, HintKind kind, std::string what,
               std::int64_t until_ms, Time now);
// Until when a bucket is held.
Time throttled_until(std::int64_t until_ms, Time now);

// One thread. Kept in memory only: a new start tries once and is told again.
class Holds {
 public:
  Holds(RateLimiter& limiter, Clock& clock, Telemetry& telemetry)
      : limiter_(limiter), clock_(clock), telemetry_(telemetry) {}

  // Acts on the hints of one step: THROTTLED holds the bucket, the other two the destination. Gives
  // the gravest of them, none if there was none.
  HintKind take(const CallTarget& target, const std::vector<Hint>& hints);
  // The circuit breaker's part: the end of a call without a hint. `whole`: the connector ended it
  // well, so that a served one lifts what held. `text` says why a blocked one was. Gives
  // vendor_down while the breaker is open, auth_rejected while the vendor answers 401.
  HintKind met(const Destination& destination, Contact contact, bool whole,
               const std::string& text = {});
  // Calls in a row that were blocked before anything was sent, and why the last one was.
  struct Blocked {
    std::uint32_t calls = 0;
    std::string text;
  };
  Blocked blocked(const std::string& destination) const;
  // The vendor took a call, or its credential or address was changed.
  void lift(const std::string& destination);
  void lift_all();
  // Wakes whoever waits for a hold of the destination to end; set before anything is held.
  void on_lift(std::function<void(const std::string& destination)> wake) {
    on_lift_ = std::move(wake);
  }
  // What holds the destination longest; also after `until`, as long as no call was taken since.
  std::optional<Hold> of(const std::string& destination) const;
  // Nothing may be sent to it before this; nothing = now.
  std::optional<Time> held_until(const std::string& destination) const;

 private:
  void hold(const std::string& destination, HintKind kind, std::string what, std::int64_t until_ms);

  RateLimiter& limiter_;
  Clock& clock_;
  Telemetry& telemetry_;
  std::function<void(const std::string&)> on_lift_;
  // Each kind grows and ends by itself: a short one must not cut a long one short.
  std::map<std::string, std::map<HintKind, Hold>, std::less<>> holds_;
  struct Row {  // calls in a row
    std::uint32_t failing = 0, refused = 0;
    Blocked blocked;
  };
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace tenon
