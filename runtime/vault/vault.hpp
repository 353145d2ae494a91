// Vault: finds the credential of a destination's slot; keeps nothing beyond the call.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/secret_store.hpp"

namespace tenon {

class Vault {
 public:
  explicit Vault(SecretStore& store) : store_(store) {}

  // Read anew at each call, so that a rotated secret counts from the next request on.
  //   unauthorized: the destination sets no such slot, or its reference gives an empty text.
  //   Else the store's error. Slot and destination are named; no value ever is.
  Result<Secret> credential(const Destination& destination, std::string_view slot);

  // As `credential`, with all versions that are valid now, a line each, the newest first: for slots
  // that sign, and for those that judge signatures.
  Result<Secret> credentials(const Destination& destination, std::string_view slot);

  // Everything wrong with a destination's credentials, for `tenon doctor` and the check of a
  // configuration: required slots without one, names that are no slots, references that cannot be
  // read. Empty = all is well.
  std::vector<Error> problems(const Destination& destination, const Manifest& manifest);

 private:
  Result<std::string> reference_of(const Destination& destination, std::string_view slot) const;
  SecretStore& store_;
};

}  // namespace tenon
