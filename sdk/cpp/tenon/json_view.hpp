// JsonView: reads JSON where it lies, without a library and without allocating.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "tenon/json_scan.hpp"

namespace tenon::sdk {

enum class JsonKind : std::uint8_t { none, null, boolean, number, text, array, object };

// For people: "an array".
inline const char* name_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::none: return "nothing";
    case JsonKind::null: return "null";
    case JsonKind::boolean: return "true or false";
    case JsonKind::number: return "a number";
    case JsonKind::text: return "a text";
    case JsonKind::array: return "an array";
    case JsonKind::object: return "an object";
  }
  return "nothing";
}

// One value of a JSON text, which must outlive the view. A value that is not there is a view too,
// of kind none; reading on from it gives none again, so a chain of lookups needs one check at its
// end.
//
// What the host gives (records, settings, inbound bodies that its rules call JSON) is JSON already.
// Bytes of a vendor are not: read them with `checked`. On bytes that are no JSON a plain view never
// reads past their end and always comes to one, but what it reads there means nothing.
class JsonView {
 public:
  JsonView() = default;
  // The value that `json` begins with, but for space.
  explicit JsonView(std::string_view json) {
    const char* end = json.data() + json.size();
    const char* begin = detail::skip_space(json.data(), end);
    raw_ = detail::between(begin, detail::value_end(begin, end));
  }
  // The same for any bytes: none if they are not exactly one JSON value; see json_valid().
  static JsonView checked(std::string_view bytes) {
    return json_valid(bytes) ? JsonView(bytes) : JsonView();
  }

  JsonKind kind() const {
    if (raw_.empty()) return JsonKind::none;
    switch (raw_.front()) {
      case '{': return JsonKind::object;
      case '[': return JsonKind::array;
      case '"': return JsonKind::text;
      case 't':
      case 'f': return JsonKind::boolean;
      case 'n': return JsonKind::null;
      default: return JsonKind::number;
    }
  }
  explicit operator bool() const { return !raw_.empty(); }
  bool is_object() const { return kind() == JsonKind::object; }
  bool is_array() const { return kind() == JsonKind::array; }
  bool is_text() const { return kind() == JsonKind::text; }
  bool is_number() const { return kind() == JsonKind::number; }
  bool is_null() const { return kind() == JsonKind::null; }

  // The value as it stands in the text.
  std::string_view raw() const { return raw_; }

  // The first member of that name; none if there is none or this is no object.
  JsonView operator[](std::string_view name) const;
  JsonView operator[](std::size_t index) const;
  // By JSON pointer: "" is the value itself, "/a/0/b" goes down; "~1" is "/", "~0" is "~".
  JsonView at(std::string_view pointer) const;

  // The text without its quotes, if no escape stands in it; nothing otherwise. Never allocates.
  std::optional<std::string_view> plain() const {
    if (!is_text() || raw_.size() < 2) return std::nullopt;
    const std::string_view inside = raw_.substr(1, raw_.size() - 2);
    if (inside.find('\\') != std::string_view::npos) return std::nullopt;
    return inside;
  }
  // The text, escapes resolved; empty if this is none.
  std::string text() const {
    std::string out;
    append_text(out);
    return out;
  }
  // Puts it behind `out`; false if this is no text.
  bool append_text(std::string& out) const {
    if (!is_text() || raw_.size() < 2) return false;
    detail::unescape(raw_.substr(1, raw_.size() - 2), out);
    return true;
  }
  // Is it this text? Never allocates.
  bool is(std::string_view text) const {
    return is_text() && raw_.size() >= 2 &&
           detail::same_text(raw_.substr(1, raw_.size() - 2), text);
  }
  std::optional<bool> boolean() const {
    if (raw_ == "true") return true;
    if (raw_ == "false") return false;
    return std::nullopt;
  }
  // A whole number without fraction or exponent that fits.
  std::optional<std::int64_t> integer() const { return number_as<std::int64_t>(); }
  // Any number that a double can hold; one that is too large or too small for it is nothing.
  std::optional<double> number() const {
    const auto value = number_as<double>();
    return value && std::isfinite(*value) ? value : std::nullopt;
  }

  class Members;
  class Items;
  // for (const auto& [name, value] : view.members()); nothing if this is no object.
  Members members() const;
  // for (const JsonView item : view.items()); nothing if this is no array.
  Items items() const;
  std::size_t size() const;

 private:
  template <typename Number>
  std::optional<Number> number_as() const {
    Number value{};
    const char* end = raw_.data() + raw_.size();
    if (!is_number()) return std::nullopt;
    const auto [stop, error] = std::from_chars(raw_.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
  }
  static JsonView of(std::string_view raw) {
    JsonView view;
    view.raw_ = raw;
    return view;
  }

  std::string_view raw_;
};

// A name and its value. The name is a view too, since escapes may stand in it.
struct JsonMember {
  JsonView name, value;
};

// Walks one object; its iterator is for one pass.
class JsonView::Members {
 public:
  explicit Members(std::string_view object)
      : at_(object.data()), end_(object.data() + object.size()) {
    if (!object.empty() && object.front() == '{') {
      ++at_;
      next();
    }
  }
  class Iterator {
   public:
    explicit Iterator(Members* members) : members_(members) {}
    const JsonMember& operator*() const { return members_->member_; }
    Iterator& operator++() {
      members_->next();
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return bool(members_->member_.name); }

   private:
    Members* members_;
  };
  Iterator begin() { return Iterator(this); }
  std::nullptr_t end() const { return nullptr; }

 private:
  // Reads the member at at_; leaves none if there is none.
  void next() {
    member_ = JsonMember();
    const char* name = detail::skip_space(at_, end_);
    if (name == end_ || *name != '"') return;
    const char* name_end = detail::value_end(name, end_);
    const char* colon = detail::skip_space(name_end, end_);
    if (colon == end_ || *colon != ':') return;
    const char* value = detail::skip_space(colon + 1, end_);
    const char* value_end = detail::value_end(value, end_);
    if (value == value_end) return;
    member_.name = JsonView::of(detail::between(name, name_end));
    member_.value = JsonView::of(detail::between(value, value_end));
    at_ = detail::skip_space(value_end, end_);
    at_ = at_ != end_ && *at_ == ',' ? at_ + 1 : end_;
  }

  const char* at_;
  const char* end_;
  JsonMember member_;
};

// Walks one array; its iterator is for one pass.
class JsonView::Items {
 public:
  explicit Items(std::string_view array) : at_(array.data()), end_(array.data() + array.size()) {
    if (!array.empty() && array.front() == '[') {
      ++at_;
      next();
    }
  }
  class Iterator {
   public:
    explicit Iterator(Items* items) : items_(items) {}
    JsonView operator*() const { return items_->item_; }
    Iterator& operator++() {
      items_->next();
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return bool(items_->item_); }

   private:
    Items* items_;
  };
  Iterator begin() { return Iterator(this); }
  std::nullptr_t end() const { return nullptr; }

 private:
  void next() {
    item_ = JsonView();
    const char* value = detail::skip_space(at_, end_);
    const char* value_end = detail::value_end(value, end_);
    if (value == value_end || *value == ']') return;
    item_ = JsonView::of(detail::between(value, value_end));
    at_ = detail::skip_space(value_end, end_);
    at_ = at_ != end_ && *at_ == ',' ? at_ + 1 : end_;
  }

  const char* at_;
  const char* end_;
  JsonView item_;
};

inline JsonView::Members JsonView::members() const {
  return Members(is_object() ? raw_ : std::string_view());
}
inline JsonView::Items JsonView::items() const {
  return Items(is_array() ? raw_ : std::string_view());
}

inline std::size_t JsonView::size() const {
  std::size_t count = 0;
  if (is_object()) {
    for ([[maybe_unused]] const auto& member : members()) ++count;
  } else {
    for ([[maybe_unused]] const JsonView item : items()) ++count;
  }
  return count;
}

inline JsonView JsonView::operator[](std::string_view name) const {
  for (const auto& [own, value] : members()) {
    if (own.is(name)) return value;
  }
  return {};
}

inline JsonView JsonView::operator[](std::size_t index) const {
  for (const JsonView item : items()) {
    if (index-- == 0) return item;
  }
  return {};
}

inline JsonView JsonView::at(std::string_view pointer) const {
  JsonView here = *this;
  while (!pointer.empty() && here) {
    if (pointer.front() != '/') return {};
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    if (here.is_array()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
      const bool plain = part.size() == 1 || (!part.empty() && part.front() != '0');
      if (error != std::errc() || end != part.data() + part.size() || !plain) return {};
      here = here[index];
    } else if (part.find('~') == std::string_view::npos) {
      here = here[part];
    } else {
      here = here[detail::pointer_part(part)];
    }
  }
  return here;
}

}  // namespace tenon::sdk
