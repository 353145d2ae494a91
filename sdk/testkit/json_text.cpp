// JSON as text: one line while it fits.
#include "testkit/json_text.hpp"

namespace tenon::testkit {
namespace {

constexpr std::size_t kColumns = 100;

std::string scalar(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// `used`: columns that stand before and behind the value on its line.
std::string lines(const Json& value, std::size_t indent, std::size_t used) {
  std::string flat = one_line(value);
  if (!value.is_structured() || value.empty() || used + flat.size() <= kColumns) return flat;
  const std::string inner(indent + 2, ' ');
  std::string text(1, value.is_array() ? '[' : '{');
  bool first = true;
  const auto item = [&](const std::string& name, const Json& part) {
    text += first ? "\n" : ",\n";
    first = false;
    text += inner + name + lines(part, indent + 2, indent + 2 + name.size() + 1);
  };
  if (value.is_array()) {
    for (const Json& part : value) item("", part);
  } else {
    for (const auto& [name, part] : value.items()) item(scalar(name) + ": ", part);
  }
  return text + '\n' + std::string(indent, ' ') + (value.is_array() ? ']' : '}');
}

}  // namespace

std::string one_line(const Json& value) {
  if (value.is_array()) {
    std::string text;
    for (const Json& part : value) text += (text.empty() ? "" : ", ") + one_line(part);
    return '[' + text + ']';
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [name, part] : value.items()) {
      text += (text.empty() ? "" : ", ") + scalar(name) + ": " + one_line(part);
    }
    return '{' + text + '}';
  }
  return scalar(value);
}

std::string pretty(const Json& value, std::size_t indent) { return lines(value, indent, indent); }

}  // namespace tenon::testkit
