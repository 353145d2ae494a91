// Write keys: which source may a request write to?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "base/secret.hpp"

namespace tenon {

struct IngestSource {
  SourceName name;
  NameHash hash;
  Secret write_key;
  std::uint64_t max_body = kMaxBodyBytes;  // decoded
  bool strict_limits = false;              // Segment's 500 KB per batch
  bool synthetic = false;                  // its events are made up
};

// Finds sources by write key. Keeps digests only; looking up takes the same work for any key.
class WriteKeys {
 public:
  WriteKeys() = default;
  explicit WriteKeys(const std::vector<IngestSource>& sources);
  // Index of the source, or nothing. An empty key is never right.
  std::optional<std::size_t> find(std::string_view key) const;

 private:
  struct Entry {
    Digest128 digest;
    bool usable;
  };
  std::vector<Entry> entries_;
};

// The user name of "Basic ..." credentials, with or without the colon that should end it; nothing
// if the header is of another kind or not base64.
std::optional<std::string> basic_user(std::string_view authorization);

}  // namespace tenon
