// Names of streams.
#include "event/record.hpp"

namespace tenon {

std::string_view name_of(Stream stream) {
  switch (stream) {
    case Stream::none: return "none";
    case Stream::raw: return "raw";
    case Stream::decision: return "decision";
    case Stream::attempt: return "attempt";
    case Stream::outcome: return "outcome";
    case Stream::control: return "control";
    case Stream::lease: return "lease";
    case Stream::audit: return "audit";
    case Stream::rejected: return "rejected";
    case Stream::inbound: return "inbound";
    case Stream::pulled: return "pulled";
  }
  return "unknown";
}

}  // namespace tenon
