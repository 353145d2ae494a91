// Sealing: the vault's keys, boxes and MAC, all by libsodium.
#pragma once

#include <string>
#include <string_view>

#include "backends/vault_file/image.hpp"
#include "base/secret.hpp"
#include "ports/random.hpp"

namespace tenon {

// What the key-encryption key is used for: never it itself, but keys derived from it.
class KekKeys {
 public:
  // `kek`: kVaultKeyBytes.
  explicit KekKeys(const Secret& kek);
  const VaultId& id() const { return id_; }

  // Fills nonce and box.
  void wrap(const VaultId& vault, WrappedKey& key, const Secret& data_key, Random& random) const;
  // corrupt: it was not wrapped by this key in this place.
  Result<Secret> unwrap(const VaultId& vault, const WrappedKey& key) const;

  // The whole file.
  std::string seal_file(const VaultImage& image) const;
  // corrupt: its MAC is another one.
  Result<void> check_mac(const VaultBytes& bytes) const;

 private:
  Secret wrap_, mac_;
  VaultId id_{};
};

// Fills nonce and box; all other fields must be final, they are bound to it.
void seal_secret(const VaultId& vault, const WrappedKey& key, const Secret& data_key,
                 std::string_view secret, SealedRecord& record, Random& random);
// corrupt: it was not sealed with these fields.
Result<Secret> open_secret(const VaultId& vault, const WrappedKey& key, const Secret& data_key,
                           const SealedRecord& record);

// Argon2id. invalid: an empty passphrase. limited: not enough memory for the parameters.
Result<Secret> stretch(const Secret& passphrase, const VaultKdfParameters& parameters);

}  // namespace tenon
