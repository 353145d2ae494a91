// The key of the audit chain: kept in the vault, made when there is a vault and no key.
#pragma once

#include "async/task.hpp"
#include "chain/chain_keeper.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"
#include "vault/vault_keeper.hpp"

namespace tenon::app {

struct ChainKeyDoors {
  SecretVault& vault;
  VaultKeeper& keeper;
  ChainKeeper& chain;
  Random& random;
  Telemetry& telemetry;
};

// Gives the chain its key where the vault is open and holds secrets. Where it holds none, a key
// would lie beside the log that it should protect, so there is none; where it is closed, all stays
// as it is.
Task<void> give_chain_key(ChainKeyDoors doors);

}  // namespace tenon::app
