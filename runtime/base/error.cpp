// Names and texts of errors.
#include "base/error.hpp"

namespace tenon {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::unauthorized: return "unauthorized";
    case ErrorKind::limited: return "limited";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::cancelled: return "cancelled";
  }
  return "invalid";
}

Error&& Error::in(std::string_view place) && {
  context = context.empty() ? std::string(place) : std::string(place) + ": " + context;
  return std::move(*this);
}

std::string Error::text() const { return context.empty() ? message : context + ": " + message; }

}  // namespace tenon
