// Lock: which bytes each release must have; a text file that is kept with the workspace file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::packages {

constexpr std::size_t kMaxLockBytes = 1u << 20;

struct LockedRelease {
  std::string release;     // "acme@1.0.0"
  bool as_package = true;  // else it is a .so in a folder
  std::string digest;      // of the package, or of the .so: 64 lower-case hex digits
  bool operator==(const LockedRelease&) const = default;
};

struct Lock {
  std::vector<LockedRelease> releases;  // by release, each once

  // Why this release must not run; "" = the lock names these very bytes. `package_digest` "": it
  // came as a .so.
  std::string objection(const std::string& release, const std::string& so_digest,
                        const std::string& package_digest) const;
};

// The text, sorted:
//   tenon lock 1
//   acme@1.0.0 package DIGEST
//   shop@2.1.0 so DIGEST
std::string text_of(Lock lock);
// Lines that are empty or begin with "#" are for people. invalid: what is wrong, with place:line.
Result<Lock> parse_lock(std::string_view text, const std::string& place);

}  // namespace tenon::packages
