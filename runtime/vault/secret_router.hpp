// SecretRouter: one SecretStore out of two: the vault for "vault:", another for everything else.
#pragma once

#include "ports/secret_store.hpp"

namespace tenon {

// Both outlive it.
class SecretRouter final : public SecretStore {
 public:
  SecretRouter(SecretStore& vault, SecretStore& others) : vault_(vault), others_(others) {}
  Result<Secret> get(std::string_view reference) override { return of(reference).get(reference); }
  Result<std::vector<Secret>> valid(std::string_view reference) override {
    return of(reference).valid(reference);
  }

 private:
  SecretStore& of(std::string_view reference) {
    return reference.starts_with("vault:") ? vault_ : others_;
  }
  SecretStore& vault_;
  SecretStore& others_;
};

}  // namespace tenon
