// SecretStore: turns the reference in a workspace file into the secret itself.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon {

class SecretStore {
 public:
  virtual ~SecretStore() = default;
  // `reference` is "env:NAME", "file:PATH" or "vault:NAME". Read anew each time, so that a rotated
  // secret counts.
  //   not_found: no such variable, file or secret. invalid: not a reference (its text is not
  //   repeated).
  virtual Result<Secret> get(std::string_view reference) = 0;
  // All versions that may be used now, the newest first; where there is no more than one, that one.
  virtual Result<std::vector<Secret>> valid(std::string_view reference) {
    TENON_TRY_AS(Secret secret, get(reference));
    std::vector<Secret> all;
    all.push_back(std::move(secret));
    return all;
  }
};

}  // namespace tenon
