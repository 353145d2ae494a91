// SecretVault: a SecretStore of the host's own, whose secrets people put, list, rotate and destroy.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "ports/secret_store.hpp"

namespace tenon {

// The host's own secrets: people may remove them, but not put them.
constexpr std::string_view kGrantSecrets = "oauth/";  // of a destination
constexpr std::string_view kHostSecrets = "host/";
constexpr std::string_view kChainKeySecret = "host/audit";
constexpr std::string_view kCaptureKeySecret = "host/capture";
inline bool is_host_secret(std::string_view name) {
  return name.starts_with(kGrantSecrets) || name.starts_with(kHostSecrets);
}

using VaultId = std::array<std::uint8_t, 16>;

// Whose secrets are read and written.
struct VaultScope {
  std::string tenant, workspace;
};

// The generation that the log knows of; 0 = none.
struct VaultKnown {
  VaultId vault{};
  std::uint64_t generation = 0;
};

struct VaultSecretInfo {
  struct Version {
    std::uint32_t version = 0, key = 0;  // key: id of the data key that seals it
    Time made{}, until{};                // until: zero = the current one
    std::string actor;
  };
  std::string name;
  std::vector<Version> versions;  // the newest first; only those that are valid
};

struct VaultStatus {
  std::optional<Error> problem;  // why no secret can be read
  VaultId vault{}, kek{};        // kek: tells keys apart, says nothing about them
  std::uint64_t generation = 0;  // 0 = nothing was ever put
  Time written{};
  std::size_t data_keys = 0;
  std::string key_source;
};

enum class VaultDeed : std::uint8_t { none, put, remove, rotate, rekey, shred, accept };
// Stable lower-case words.
std::string_view name_of(VaultDeed deed);

struct VaultAct {
  VaultDeed deed = VaultDeed::none;
  std::string name;             // put, remove
  std::optional<Secret> value;  // put: the secret; rekey: the new key or passphrase, see README.md
  seconds overlap{0};           // put: how long the version before stays valid; 0 = not at all
  std::string actor;
};

struct VaultChange {
  VaultId vault{};
  std::uint64_t generation = 0;
  std::uint32_t version = 0;  // put
  std::size_t records = 0;    // sealed anew (rotate), or destroyed (remove, shred)
  std::size_t keys = 0;       // wrapped anew (rekey), or destroyed (rotate, shred)
  std::optional<Time> until;  // put: the version before is valid until then
};

struct VaultCounts {
  std::uint64_t generation = 0, bytes = 0;
  std::size_t keys = 0, records = 0;
  std::optional<std::uint64_t> previous;  // generation of the one kept, if it is whole
};

// One thread. Nothing here but `get` and `valid` gives a secret.
class SecretVault : public SecretStore {
 public:
  // Until it succeeds, or is accepted, all below answer its error.
  //   conflict: it is older than the log knows, another one, or gone; VaultDeed::accept makes it
  //   count. unauthorized: the key is another one. corrupt: it is damaged.
  virtual Result<void> open(VaultScope scope, VaultKnown known) = 0;
  virtual VaultStatus status() const = 0;
  virtual std::vector<VaultSecretInfo> list() const = 0;
  // On disk when it returns.
  virtual Result<VaultChange> change(const VaultAct& act) = 0;
  // Reads all of it anew and opens every secret.
  virtual Result<VaultCounts> verify() = 0;
  // When the next version ceases to be valid.
  virtual std::optional<Time> next_end() const = 0;
};

}  // namespace tenon
