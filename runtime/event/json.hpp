// JSON on hot paths: a reusable parser with borrowed views, and an append-only writer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"

namespace tenon {

// The deepest nesting any parse can allow.
constexpr int kMaxParserDepth = 1'000;

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

  // The value's own bytes in the parsed text, white space within them included.
  std::string_view source() const;
  // Levels of arrays and objects: 0 for a scalar, 1 for [] and {}.
  int depth() const;

  // Appends the value as minified JSON. Numbers and strings keep the spelling of the parsed text.
  void write_to(std::string& out) const;
  std::string to_json() const;

 private:
  friend class JsonParser;
  using VisitMember = bool (*)(void* visit, std::string_view name, JsonView value);
  using VisitItem = bool (*)(void* visit, JsonView value);
  JsonView(const void* document, std::size_t index) : document_(document), index_(index) {}
  void visit_members(VisitMember call, void* visit) const;
  void visit_items(VisitItem call, void* visit) const;

  const void* document_ = nullptr;  // the parser's document; null: a null of no document
  std::size_t index_ = 0;           // place on its tape
};

template <typename F>
void JsonView::each_member(F&& visit) const {
  using Visit = std::remove_reference_t<F>;
  visit_members(
      [](void* f, std::string_view name, JsonView value) {
        return static_cast<bool>((*static_cast<Visit*>(f))(name, value));
      },
      const_cast<std::remove_const_t<Visit>*>(&visit));
}

template <typename F>
void JsonView::each_item(F&& visit) const {
  using Visit = std::remove_reference_t<F>;
  visit_items(
      [](void* f, JsonView value) { return static_cast<bool>((*static_cast<Visit*>(f))(value)); },
      const_cast<std::remove_const_t<Visit>*>(&visit));
}

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  // Strict: valid UTF-8, nothing after the value, at most `max_depth` levels (kMaxParserDepth is
  // the largest that can be asked for). Copies the text once. Whole numbers may be of any length.
  // invalid: names the byte offset and what is wrong there.
  Result<JsonView> parse(std::string_view text, int max_depth);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

bool is_utf8(std::string_view bytes);

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
