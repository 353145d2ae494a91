// Names of what an exchange got.
#include "ports/http_client.hpp"

namespace tenon {

std::string_view name_of(Got got) {
  switch (got) {
    case Got::none: return "none";
    case Got::http: return "http";
    case Got::timeout: return "timeout";
    case Got::no_connection: return "no_connection";
    case Got::blocked: return "blocked";
    case Got::lost: return "lost";
  }
  return "none";
}

}  // namespace tenon
