// Node: one value of a golden's file, read with its place, so that a mistake is told with it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/transcript.hpp"

namespace tenon::testkit {

// Thrown by Node: place, wanted, found.
struct Wrong {
  std::string what;
};

class Node {
 public:
  Node(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {}
  const Json& json() const { return *json_; }
  const std::string& path() const { return path_; }

  // Wants an object with members of these names only.
  void only(std::initializer_list<std::string_view> names) const;
  bool has(const char* name) const { return json_->contains(name); }
  // The member, or Wrong.
  Node at(const char* name) const;
  Node at(const char* name, Json::value_t type) const;
  // The items of a list.
  std::vector<Node> items() const;

  std::string text(const char* name) const { return at(name, Json::value_t::string).as_text(); }
  std::string text_or(const char* name, const std::string& otherwise) const;
  std::int64_t number_or(const char* name, std::int64_t otherwise, std::int64_t least,
                         std::int64_t greatest) const;
  bool flag(const char* name) const;
  std::string as_text() const;
  // An object of texts, or a list of [name, value].
  Pairs pairs() const;
  // The member `json` as minified JSON, or the text `body`; nothing is empty.
  std::string body() const;
  [[noreturn]] void wrong(const std::string& wanted, const std::string& found) const;

 private:
  const Json* json_;
  std::string path_;
};

// Reads a file of one value of JSON by `read`, which may throw Wrong. False: `error` says why not.
bool read_json_file(const std::string& file, std::string& error,
                    const std::function<void(const Json& json)>& read);

}  // namespace tenon::testkit
