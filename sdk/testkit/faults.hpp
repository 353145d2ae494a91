// Faults: how a vendor misbehaves today, as a text, as values, and as a decision for one request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/quota.hpp"

namespace tenon::testkit {

// What befalls one request. At most one of these; being slow comes on top.
enum class Fault : std::uint8_t {
  none,
  throttle,       // 429 with Retry-After, nothing done
  throttle_bare,  // 429 without it, nothing done
  error,          // 5xx, nothing done
  lost,           // done, and the connection breaks before the answer
  cut,            // done, and the connection closes in the middle of the answer's body
  hang,           // done, and no answer ever comes
  twice,          // the request comes twice, as from a network that repeats; the second is answered
  noop,           // an answer as if it were done, and nothing is
  error_in_200,   // 200 with the vendor's error document in it, nothing done
};
constexpr std::size_t kFaults = 10;
constexpr std::uint32_t kAllRequests = 10'000;  // shares are in hundredths of a percent
constexpr std::uint32_t kMaxSlowMs = 600'000;
constexpr std::size_t kMaxRates = 8;

struct FaultShare {
  Fault fault = Fault::none;
  std::uint32_t of_10000 = 0;
  std::uint32_t detail = 0;  // throttle: seconds of Retry-After; error: the status

  bool operator==(const FaultShare&) const = default;
};

// Limits of the vendor's production that its model does not have by itself. 0 = none.
struct ProductionLimits {
  std::uint64_t max_body_bytes = 0;  // above: 413
  std::uint32_t max_batch = 0;       // elements of the longest array of the body; above: 400
  std::vector<QuotaWindow> rates;    // above: 429 with Retry-After
  bool operator==(const ProductionLimits&) const = default;
};

struct Faults {
  std::vector<FaultShare> shares;  // each fault once; together at most kAllRequests
  std::uint32_t slow_of_10000 = 0;
  std::uint32_t slow_ms = 0;
  ProductionLimits limits;

  bool operator==(const Faults&) const = default;
  bool none() const { return *this == Faults(); }
};

// Reads "throttle 20%, slow 2s, error 5% 503, rate 100/10s": parts with commas between, each once
// but `rate`; "" and "none" are no faults.
//   throttle SHARE [SECONDS]   429 with Retry-After: 1, or so many seconds
//   throttle-bare SHARE        429 without it
//   error SHARE [STATUS]       500, or another from 500 to 599
//   slow TIME | slow SHARE TIME   all or some answers so much later: 250ms, 2s, 1m; at most 10m
//   lost | cut | hang | twice | noop | error-in-200 SHARE
//   max-body SIZE   max-batch N   rate N/TIME   burst N/TIME
// A SHARE is 20% or 0.5%. rate counts in a rolling window; burst is a bucket of N that fills again
// in TIME. False: `error` names the part, what was wanted and what was found.
bool parse_faults(std::string_view text, Faults& out, std::string& error);

// The same as a text that parse_faults reads, "none" for no faults.
std::string text_of(const Faults& faults);

// What befalls a request, decided by the faults and a random number alone.
struct FaultPlan {
  Fault fault = Fault::none;
  std::uint32_t detail = 0;
  std::uint32_t delay_ms = 0;
};
FaultPlan decide(const Faults& faults, std::uint64_t random);

// The limit that a body breaks: its status and why; status 0: none. The body is read as JSON only
// where max_batch is set.
struct OverLimit {
  std::uint32_t status = 0;
  std::string why;
};
OverLimit over_limit(const ProductionLimits& limits, std::string_view body);

std::string_view name_of(Fault fault);

}  // namespace tenon::testkit
