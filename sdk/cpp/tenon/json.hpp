// Optional help for connectors that use nlohmann::json: reading that never throws on vendors'
// bytes.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tenon/json_scan.hpp"
#include "tenon/refusal.hpp"

namespace tenon::sdk {

// Members keep the order in which they stand, so that a body goes out as it came in.
using OrderedJson = nlohmann::ordered_json;
using Json = nlohmann::json;

namespace detail {
// Is the nesting of brackets at most kMaxJsonDepth? Strings are skipped; says nothing about
// validity.
inline bool shallow(std::string_view bytes) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}
}  // namespace detail

// The value in `bytes`; nothing if they are not exactly one JSON value of bearable depth.
template <typename T = Json>
std::optional<T> read_json(std::string_view bytes) {
  if (!detail::shallow(bytes)) return std::nullopt;
  T value = T::parse(bytes, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

// Minified; bytes that are not UTF-8 become U+FFFD.
template <typename T>
std::string write_json(const T& value) {
  return value.dump(-1, ' ', false, T::error_handler_t::replace);
}

// The member `name` of an object, or null if there is none or `value` is no object.
template <typename T>
const T* member(const T& value, std::string_view name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

// The text of the member `name`; empty if there is none or it is no text.
template <typename T>
std::string text_of(const T& value, std::string_view name) {
  const T* found = member(value, name);
  return found != nullptr && found->is_string() ? found->template get<std::string>()
                                                : std::string();
}

// The settings as an object, or a refusal that says what was found.
inline Json read_settings(std::string_view settings) {
  const auto value = read_json(settings);
  if (!value) throw bad_config("settings: wanted a JSON object, found unreadable text");
  if (!value->is_object()) {
    throw bad_config(std::string("settings: wanted a JSON object, found ") + value->type_name());
  }
  return *value;
}

}  // namespace tenon::sdk
