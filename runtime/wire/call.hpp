// Call as bytes, and the small messages around it: opening an instance, being ready or refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ports/connector_runtime.hpp"
#include "wire/limits.hpp"

namespace tenon::wire {

// Is the call within what one step may carry? invalid otherwise, naming count, wanted and found.
Result<void> check_call(const Call& call);
std::string encode_call(const Call& call);
// corrupt: truncated, left-over bytes, or counts over the limits.
Result<Call> decode_call(std::string_view bytes);

// The connector's answer to its settings: status 0, or TENON_E_* with its words.
struct Opened {
  std::int32_t status = 0;
  std::string explain;
  bool operator==(const Opened&) const = default;
};
std::string encode_opened(const Opened& opened);
Result<Opened> decode_opened(std::string_view bytes);
// invalid: the settings were refused, in the connector's words. unavailable: it failed otherwise.
Result<void> check_opened(const Opened& opened);
// "TENON_E_CONFIG" and so on; unknown ones are TENON_E_INTERNAL.
std::string_view name_of_status(std::int32_t status);

// What the worker says when it is locked down and loaded.
struct Ready {
  std::uint32_t abi_minor = 0;
  std::uint32_t ops = 0;           // mask of TENON_OP_*, as the code says
  std::uint32_t landlock_abi = 0;  // the version in force
  bool operator==(const Ready&) const = default;
};
std::string encode_ready(const Ready& ready);
Result<Ready> decode_ready(std::string_view bytes);

// Why a worker could not start. Numbers are stable within one build only: host and worker ship
// together.
enum class RefusedBy : std::uint8_t {
  other = 0,
  machine = 1,  // a lock of the sandbox could not be put in force
  file = 2,     // the .so is missing, unreadable or cannot be loaded
  abi = 3,      // symbol, size, minor or table do not fit
};
struct Refused {
  RefusedBy by = RefusedBy::other;
  std::string text;
  bool operator==(const Refused&) const = default;
};
std::string encode_refused(const Refused& refused);
Result<Refused> decode_refused(std::string_view bytes);

}  // namespace tenon::wire
