// Bundles: captured calls as files for a connector's author. sdk/testkit/README.md has the form.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/captured_call.hpp"

namespace tenon::cli {

struct CallBundle {
  CapturedCall call;
  std::string digest;                 // digest_hex of the .so; empty: not known
  std::string manifest;               // TOML of the release; empty: not known
  std::vector<std::string> redacted;  // pointers that were applied
};

std::string to_json_text(const CallBundle& bundle);
// Also one line of `tenon captures export`. invalid: its place, what was wanted and found.
Result<CallBundle> bundle_of(std::string_view text);
constexpr std::size_t kMaxBundleBytes = 16u << 20;

}  // namespace tenon::cli
