// Ranges by prefix.
#include "ports/state_store.hpp"

namespace tenon {

std::string end_of_prefix(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty()) {
    if (static_cast<unsigned char>(out.back()) != 0xff) {
      ++out.back();
      return out;
    }
    out.pop_back();
  }
  return out;
}

}  // namespace tenon
