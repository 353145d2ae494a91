// VaultImage: the vault file as plain values, and its bytes; read as hostile. README.md has the
// format.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "ports/secret_vault.hpp"

namespace tenon {

constexpr std::size_t kMaxVaultBytes = 16u << 20;
constexpr std::size_t kMaxVaultKeys = 64;
constexpr std::size_t kMaxVaultRecords = 10'000;
constexpr std::size_t kMaxVaultNameBytes = 128;
constexpr std::size_t kMaxVaultSecretBytes = 64 * 1024;
constexpr std::size_t kMaxVaultVersions = 4;  // of one name

constexpr std::size_t kVaultKeyBytes = 32;
constexpr std::size_t kVaultNonceBytes = 24;
constexpr std::size_t kVaultTagBytes = 16;  // a box is so much longer than what is in it
constexpr std::size_t kVaultMacBytes = 32;
constexpr std::size_t kVaultHeaderBytes = 100;  // without the MAC

enum class VaultKdf : std::uint16_t { none = 0, argon2id = 1 };

// How the key-encryption key is made out of what a person or machine keeps.
struct VaultKdfParameters {
  VaultKdf kdf = VaultKdf::none;
  std::uint32_t passes = 0, memory_kib = 0;
  std::array<std::uint8_t, 16> salt{};
  bool operator==(const VaultKdfParameters&) const = default;
};

constexpr std::size_t kVaultIdBytes = VaultId().size();

struct VaultHeader {
  VaultKdfParameters kdf;
  VaultId kek{}, vault{};
  std::uint64_t generation = 0;
  Time written{};
  bool operator==(const VaultHeader&) const = default;
};

struct WrappedKey {
  std::uint32_t id = 0;
  std::string tenant, workspace;
  Time made{};
  std::string nonce, box;
  bool operator==(const WrappedKey&) const = default;
};

struct SealedRecord {
  std::uint32_t key = 0;  // id of the data key
  std::string name;
  std::uint32_t version = 0;
  Time made{}, until{};  // until: zero = the current one
  std::string actor;
  std::uint64_t generation = 0;  // that sealed it
  std::string nonce, box;
  bool operator==(const SealedRecord&) const = default;
};

struct VaultImage {
  VaultHeader header;
  std::vector<WrappedKey> keys;       // by id
  std::vector<SealedRecord> records;  // by tenant, workspace, name, version
  bool operator==(const VaultImage&) const = default;

  const WrappedKey* key(std::uint32_t id) const;
  // The current one; null = this workspace has none.
  const WrappedKey* key_of(std::string_view tenant, std::string_view workspace) const;
  void sort();
};

// A file taken apart: what the MAC covers is known, whether it is right is not.
struct VaultBytes {
  VaultImage image;
  std::string_view header, body;  // of the given bytes: what is authenticated
  std::string_view mac;
};

// corrupt: not a vault file, or damaged; says where. unsupported: a newer format.
Result<VaultBytes> read_vault(std::string_view bytes);

// Header and body, and where the MAC goes between them; see seal_file.
struct VaultParts {
  std::string header, body;
};
VaultParts parts_of(const VaultImage& image);

// Parts of a-z, 0-9, _ and -, parted by "/", at most kMaxVaultNameBytes. invalid: says what a name
// is.
Result<void> check_vault_name(std::string_view name);

// What a box is bound to; README.md says why.
std::string bound_to(const VaultId& vault, const WrappedKey& key);
std::string bound_to(const VaultId& vault, const WrappedKey& key, const SealedRecord& record);

}  // namespace tenon
