// ci/layers.toml as values: who may include whom, and what may occur where.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layers/source.hpp"

namespace tenon::layers {

// Third-party headers by prefix, and the only places that may include them.
struct HeaderRule {
  std::vector<std::string> prefixes;
  std::vector<std::string> only;  // folders or files, each with all below it
  std::string instead;
};

// Calls and types by token pattern, forbidden below `in` except below `except`.
struct CallRule {
  std::vector<std::vector<Token>> patterns;
  std::vector<std::string> in;
  std::vector<std::string> except;
  std::string instead;
};

struct Config {
  std::vector<std::string> roots;  // where an #include is looked up, in order
  std::map<std::string, std::vector<std::string>> folders;  // folder -> folders it may include
  std::vector<HeaderRule> headers;
  std::vector<CallRule> calls;
  std::set<std::string> safe_types;        // harmless in an expression with co_await
  std::vector<std::string> vendors;        // names that must not occur in the runtime
  std::vector<std::string> vendor_tables;  // but in these files, which are data
};

// Reads layers.toml. Throws std::runtime_error with the place and the reason.
Config read_config(std::string_view toml);

// Is `path` the place itself or below it?
bool is_below(std::string_view path, std::string_view place);
bool is_below_any(std::string_view path, const std::vector<std::string>& places);

// The longest row of `config.folders` that holds `path`; empty if none.
std::string folder_of(const Config& config, std::string_view path);

}  // namespace tenon::layers
