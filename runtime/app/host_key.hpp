// Keys that the host makes for itself and keeps in the vault.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "ports/random.hpp"
#include "vault/vault_keeper.hpp"

namespace tenon::app {

struct HostKeyDoors {
  SecretVault& vault;
  VaultKeeper& keeper;
  Random& random;
};

// The secret of this name, made of so many random bytes where the vault has none. Errors as of the
// vault. Of two that ask at the same time both may make one: the caller asks one at a time.
Task<Result<Secret>> host_key(HostKeyDoors doors, std::string name, std::size_t bytes);

}  // namespace tenon::app
