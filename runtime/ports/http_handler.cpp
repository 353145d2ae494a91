// Looking up headers.
#include "ports/http_handler.hpp"

namespace tenon {

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace tenon
