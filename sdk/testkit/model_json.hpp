// JSON for models that use nlohmann_json: bodies, replies, and options that can be set by a
// document.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "testkit/model.hpp"

namespace tenon::testkit {

// Bytes that are no UTF-8 become replacement characters: a vendor's answer is always JSON.
inline std::string dumped(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
inline ModelReply reply_with(std::uint32_t status, const nlohmann::json& body) {
  return json_reply(status, dumped(body));
}

// The member's text; "" if it is none.
inline std::string text_member(const nlohmann::json& object, const std::string& name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// What a document may set, by key. A setter gives what is wrong with its value, or "".
using Option = std::function<std::string(const nlohmann::json&)>;
using Options = std::map<std::string, Option>;

template <typename T>
Option option(T& value) {
  return [&value](const nlohmann::json& given) {
    given.get_to(value);
    return std::string();
  };
}
// One of some words.
template <typename T>
Option option(T& value, std::map<std::string, T> words) {
  return [&value, words = std::move(words)](const nlohmann::json& given) {
    const auto found = words.find(given.get<std::string>());
    if (found != words.end()) {
      value = found->second;
      return std::string();
    }
    std::string all;
    for (const auto& [word, meaning] : words) all += (all.empty() ? "" : ", ") + word;
    return "wanted one of " + all + ", found " + dumped(given);
  };
}

// Sets what the document names; "" or what is wrong, with the key. Keys before it are set then.
inline std::string set_options(const Options& options, const std::string& text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return "wanted a JSON object of options";
  for (const auto& [key, value] : document.items()) {
    const auto found = options.find(key);
    if (found == options.end()) {
      std::string all;
      for (const auto& [name, set] : options) all += (all.empty() ? "" : ", ") + name;
      return key + ": no such option; wanted " + (all.empty() ? "none" : "one of " + all);
    }
    try {
      if (const auto wrong = found->second(value); !wrong.empty()) return key + ": " + wrong;
    } catch (const nlohmann::json::exception&) {
      return key + ": wanted another kind of value, found " + value.type_name();
    }
  }
  return {};
}

}  // namespace tenon::testkit
