// SecretStore: turns the reference in a workspace file into the secret itself.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon {

class SecretStore {
 public:
  virtual ~SecretStore() = default;
  // `reference` is "env:NAME" or "file:PATH". Read anew each time, so that a rotated file counts.
  //   not_found: no such variable or file. invalid: not a reference (its text is not repeated).
  virtual Result<Secret> get(std::string_view reference) = 0;
};

}  // namespace tenon
