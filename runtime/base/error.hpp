// Error: why an operation failed, sorted by what the caller should do about it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tenon {

// The kinds name the caller's reaction, not the module that failed.
enum class ErrorKind : std::uint8_t {
  invalid,       // the input is wrong; repeating it cannot help
  not_found,     // the named thing does not exist
  conflict,      // the state forbids it now; look again before repeating
  unauthorized,  // no or wrong credential
  limited,       // a stated limit is reached; repeat after `retry_after`
  unavailable,   // the other side is away; repeat later
  timeout,       // the deadline passed; it may or may not have happened
  corrupt,       // bytes do not check out; never repeat blindly
  unsupported,   // known, but not by this build or machine
  cancelled,     // we were asked to stop
};

// Stable lower-case name of a kind, as used in logs, metrics and JSON.
std::string_view name_of(ErrorKind kind);

// `message` says what was wanted and what was found, and how to mend it where that is known.
// `context` names the place (file:line, pointer, endpoint), outermost first.
struct Error {
  ErrorKind kind = ErrorKind::invalid;
  std::string message;
  std::string context;
  std::chrono::milliseconds retry_after{0};

  bool operator==(const Error&) const = default;

  // Puts `place` in front of the context: called on the way up, so the outermost place comes first.
  Error&& in(std::string_view place) &&;
  // "context: message", the form that people read.
  std::string text() const;
};

inline Error invalid(std::string message, std::string context = {}) {
  return Error{ErrorKind::invalid, std::move(message), std::move(context), {}};
}
inline Error not_found(std::string message, std::string context = {}) {
  return Error{ErrorKind::not_found, std::move(message), std::move(context), {}};
}
inline Error conflict(std::string message, std::string context = {}) {
  return Error{ErrorKind::conflict, std::move(message), std::move(context), {}};
}
inline Error unauthorized(std::string message, std::string context = {}) {
  return Error{ErrorKind::unauthorized, std::move(message), std::move(context), {}};
}
inline Error limited(std::string message, std::chrono::milliseconds retry_after) {
  return Error{ErrorKind::limited, std::move(message), {}, retry_after};
}
inline Error unavailable(std::string message, std::string context = {}) {
  return Error{ErrorKind::unavailable, std::move(message), std::move(context), {}};
}
inline Error timed_out(std::string message, std::string context = {}) {
  return Error{ErrorKind::timeout, std::move(message), std::move(context), {}};
}
inline Error corrupt(std::string message, std::string context = {}) {
  return Error{ErrorKind::corrupt, std::move(message), std::move(context), {}};
}
inline Error unsupported(std::string message, std::string context = {}) {
  return Error{ErrorKind::unsupported, std::move(message), std::move(context), {}};
}
inline Error cancelled(std::string message = "stopping") {
  return Error{ErrorKind::cancelled, std::move(message), {}, {}};
}

}  // namespace tenon
