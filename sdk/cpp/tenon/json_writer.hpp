// JsonWriter: writes minified JSON at the end of a string.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tenon/json_view.hpp"

namespace tenon::sdk {

// Commas come by themselves; that brackets match is up to the caller.
//
//   std::string body;
//   JsonWriter json(body);
//   json.object().key("email").text(email).key("n").number(3).end_object();
class JsonWriter {
 public:
  // `out` must outlive the writer. What stands in it stays.
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

  JsonWriter& object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // Of the next value; the name of a member.
  JsonWriter& key(std::string_view name) {
    text(name);
    return close(':');
  }
  // The same name as another member has.
  JsonWriter& key(const JsonView& name) {
    raw(name.raw());
    return close(':');
  }
  // Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& text(std::string_view value) {
    separate();
    out_ += '"';
    append_escaped(value);
    return close('"');
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& number(std::integral auto value) { return put_number(value); }
  // The shortest text that means the same number; null if it is not finite.
  JsonWriter& number(std::floating_point auto value) {
    return std::isfinite(value) ? put_number(value) : null();
  }
  // JSON as it stands: another writer's, or a view's.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  JsonWriter& value(const JsonView& view) { return view ? raw(view.raw()) : null(); }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }
  JsonWriter& close(char c) {
    out_ += c;
    return *this;
  }
  // A comma, unless the value is the first behind an open bracket, or belongs to a key.
  void separate() {
    if (out_.size() == begin_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }
  template <typename Number>
  JsonWriter& put_number(Number value) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    return raw(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  void append_escaped(std::string_view value) {
    const char* at = value.data();
    const char* end = at + value.size();
    const char* kept = at;  // from here on nothing was written yet
    while (at != end) {
      const auto c = static_cast<unsigned char>(*at);
      if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
        ++at;
        continue;
      }
      const std::size_t length = c < 0x80 ? 0 : detail::utf8_length(at, end);
      if (length > 0) {
        at += length;
        continue;
      }
      out_.append(kept, static_cast<std::size_t>(at - kept));
      append_special(c);
      kept = ++at;
    }
    out_.append(kept, static_cast<std::size_t>(at - kept));
  }
  void append_special(unsigned char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
      case '"': out_ += "\\\""; return;
      case '\\': out_ += "\\\\"; return;
      case '\n': out_ += "\\n"; return;
      case '\t': out_ += "\\t"; return;
      case '\r': out_ += "\\r"; return;
      case '\b': out_ += "\\b"; return;
      case '\f': out_ += "\\f"; return;
      default: break;
    }
    if (c >= 0x80) {
      out_ += "\xEF\xBF\xBD";
      return;
    }
    out_ += "\\u00";
    out_ += kHex[c >> 4];
    out_ += kHex[c & 15];
  }

  std::string& out_;
  const std::size_t begin_;
};

}  // namespace tenon::sdk
