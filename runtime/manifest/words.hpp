// Words: the forms of names, versions, pointers, units and patterns in manifests and workspaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::manifest {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxPointerBytes = 512;
constexpr std::size_t kMaxPointerTokens = 16;

// [a-z0-9] first, then [a-z0-9_-], at most 64: names of things.
bool is_name(std::string_view text);
inline constexpr const char* kNameForm =
    "a name of a-z, 0-9, - and _ that begins with a letter or digit, of at most 64 characters";

// The word of `known` that was probably meant (small edit distance), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& known);
// "; did you mean \"x\"?" or "; known here: a, b" (bounded).
std::string hint_for(std::string_view word, const std::vector<std::string>& known);

// Semantic version 2.0.0 without build metadata.
struct Version {
  std::uint32_t major = 0, minor = 0, patch = 0;
  std::string pre;  // "rc.1"; "" = a release
};
std::optional<Version> parse_version(std::string_view text);
bool operator<(const Version& a, const Version& b);

// "500ms", "10s", "5m", "2h", "7d" in milliseconds; "512B", "64KiB", "4MiB", "1GiB" in bytes.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::optional<std::int64_t> parse_size(std::string_view text);
// The other way round, with the largest unit that leaves a whole number.
std::string duration_text(std::int64_t ms);
std::string size_text(std::int64_t bytes);

// The pointer (RFC 6901) to the member of this name.
std::string pointer_to(std::string_view name);
// A pointer, or a plain name, which means the member of that name of the record.
// invalid: says what is wrong with it.
Result<std::string> parse_target(std::string_view text);
// A pointer only; "" is the whole value.
Result<void> check_pointer(std::string_view text);

// The public half of a key that signs packages: "ed25519:" and 64 digits of 0-9 and a-f.
inline constexpr std::string_view kKeyScheme = "ed25519:";
bool is_public_key(std::string_view text);

// "env:NAME" or "file:PATH". The error never repeats the text, which may be a secret.
Result<void> check_reference(std::string_view text);

// The one form of pattern: "[a-z0-9-]{1,63}": a set of characters and how many of them.
struct CharPattern {
  std::string set;  // each allowed character once
  std::size_t least = 0, most = 0;
  bool matches(std::string_view text) const;
};
std::optional<CharPattern> parse_pattern(std::string_view text);

// One label of a DNS name in lower case.
bool is_host_label(std::string_view text);
// A DNS name in lower case with at least two labels.
bool is_host(std::string_view text);

}  // namespace tenon::manifest
