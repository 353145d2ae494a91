// Settings: reads a connector's settings; each mistake is a refusal that names the setting.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tenon/json_view.hpp"
#include "tenon/refusal.hpp"

namespace tenon::sdk {

// A view of the settings' text, which must outlive it.
class Settings {
 public:
  explicit Settings(std::string_view json) : object_(JsonView::checked(json)) {
    if (!object_.is_object()) {
      throw bad_config(std::string("settings: wanted a JSON object, found ") +
                       name_of(object_.kind()));
    }
  }

  // Refuses settings of any other name: a misspelt one would be silently without effect.
  const Settings& only(std::initializer_list<std::string_view> names) const {
    std::string known;
    for (const std::string_view name : names) {
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    for (const auto& [own, value] : object_.members()) {
      bool found = false;
      for (const std::string_view name : names) found = found || own.is(name);
      if (!found) {
        throw bad_config(own.text() + ": no such setting; " +
                         (known.empty() ? "there are none" : "wanted " + known));
      }
    }
    return *this;
  }

  bool has(std::string_view name) const { return bool(object_[name]); }
  JsonView operator[](std::string_view name) const { return object_[name]; }
  std::string text(std::string_view name) const {
    const JsonView value = object_[name];
    if (!value.is_text()) refuse(name, "text", value);
    return value.text();
  }
  std::string text_or(std::string_view name, std::string_view otherwise) const {
    return has(name) ? text(name) : std::string(otherwise);
  }
  std::int64_t integer_or(std::string_view name, std::int64_t otherwise, std::int64_t least,
                          std::int64_t greatest) const {
    const JsonView value = object_[name];
    if (!value) return otherwise;
    const auto number = value.integer();
    if (!number || *number < least || *number > greatest) {
      refuse(name,
             "a whole number from " + std::to_string(least) + " to " + std::to_string(greatest),
             value);
    }
    return *number;
  }
  bool flag_or(std::string_view name, bool otherwise) const {
    const JsonView value = object_[name];
    if (!value) return otherwise;
    if (!value.boolean()) refuse(name, "true or false", value);
    return *value.boolean();
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, const std::string& wanted,
                                  const JsonView& found) {
    const bool short_number = found.is_number() && found.raw().size() <= 20;
    throw bad_config(std::string(name) + ": wanted " + wanted + ", found " +
                     (short_number ? std::string(found.raw()) : name_of(found.kind())));
  }

  JsonView object_;
};

}  // namespace tenon::sdk
