// VaultGrants: the grants of OAuth, kept in the vault as oauth/DESTINATION.
#pragma once

#include "oauth/grant_store.hpp"
#include "ports/secret_vault.hpp"
#include "vault/vault_keeper.hpp"

namespace tenon::app {

// Each write is a change of the vault like any other: on disk, and noted in the log by name,
// generation and actor "host".
class VaultGrants final : public oauth::GrantStore {
 public:
  VaultGrants(SecretVault& vault, VaultKeeper& keeper) : vault_(vault), keeper_(keeper) {}
  Result<oauth::StoredGrant> read(const std::string& destination) override;
  Task<Result<std::uint64_t>> write(std::string destination, std::uint64_t revision,
                                    Secret bytes) override;

 private:
  SecretVault& vault_;
  VaultKeeper& keeper_;
};

}  // namespace tenon::app
