// JSON on hot paths: a reusable parser with borrowed views, and an append-only writer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

// One value inside a document parsed by a JsonParser; valid until that parser parses again or dies.
// Trivially copyable. Two words, no allocation.
class JsonView {
 public:
  JsonView() = default;  // a null
  JsonKind kind() const;
  bool is(JsonKind kind) const { return this->kind() == kind; }

  std::optional<bool> as_bool() const;
  std::optional<std::string_view> as_string() const;  // unescaped
  std::optional<std::int64_t> as_int() const;         // integral and within int64
  std::optional<double> as_double() const;            // any number

  // Member of an object (first one if repeated), or nothing.
  std::optional<JsonView> member(std::string_view name) const;
  // RFC 6901 pointer ("" is the value itself), or nothing where it leads nowhere.
  std::optional<JsonView> at(std::string_view pointer) const;
  std::size_t size() const;  // of an array or object, else 0

  // Visit in document order; `visit` returns false to stop.
  template <typename F>
  void each_member(F&& visit) const;  // visit(std::string_view name, JsonView value)
  template <typename F>
  void each_item(F&& visit) const;  // visit(JsonView value)

  // Appends the value as minified JSON.
  void write_to(std::string& out) const;
  std::string to_json() const;

 private:
  friend class JsonParser;
  // Filled in by the implementation: a tape position.
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  // Strict: valid UTF-8, nothing after the value, at most `max_depth` levels. Copies the text once.
  // invalid: names the byte offset and what is wrong there.
  Result<JsonView> parse(std::string_view text, int max_depth);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `text` as a JSON string with quotes. `text` must be UTF-8; invalid bytes become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Builds minified JSON into a string; commas are its business, balance is the caller's.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& json(std::string_view already_json);
  std::string take() &&;
  const std::string& view() const { return out_; }

 private:
  void comma();
  std::string out_;
  bool need_comma_ = false;
};

}  // namespace tenon
