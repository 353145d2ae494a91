// VaultFile: secrets sealed in one file of the host's own; the backend of references vault:NAME.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/vault_file/folder.hpp"
#include "backends/vault_file/image.hpp"
#include "backends/vault_file/key_source.hpp"
#include "backends/vault_file/sealing.hpp"
#include "ports/clock.hpp"
#include "ports/secret_vault.hpp"

namespace tenon {

// Argon2id of a new vault that a passphrase locks: about half a second, once per start.
constexpr std::uint32_t kVaultPasses = 3;
constexpr std::uint32_t kVaultMemoryKib = 256 * 1024;
constexpr std::chrono::hours kMaxVaultOverlap{24 * 90};

struct VaultDoors {
  Disk& disk;
  Clock& clock;
  Random& random;
  SecretStore& secrets;  // reads a passphrase
};

struct VaultFileOptions {
  std::string folder;
  KeySource key;
  std::uint32_t passes = kVaultPasses, memory_kib = kVaultMemoryKib;  // of a new vault
  std::size_t most_bytes = kMaxVaultBytes;
};

// One thread. The file is read when opened and written at each change; reading a secret opens one
// box in memory. Changes are synced when they return, which takes as long as two fsyncs do.
class VaultFile final : public SecretVault {
 public:
  VaultFile(VaultDoors doors, VaultFileOptions options);

  // Finds the newest whole generation, mends what a crash left, and checks all of it. No file is no
  // error.
  Result<void> open(VaultScope scope, VaultKnown known) override;
  VaultStatus status() const override;
  // What is there counts, although the log knows of a newer one. conflict: nothing to accept.
  Result<VaultChange> accept();

  // "vault:NAME": the current version. not_found: no such secret, with the command that mends it.
  Result<Secret> get(std::string_view reference) override;
  // The newest first; those that a newer one has replaced only until their overlap ends.
  Result<std::vector<Secret>> valid(std::string_view reference) override;

  // The version before stays valid for `overlap`; with none it is gone. conflict: too many versions
  // are valid. limited: the vault is full.
  Result<VaultChange> put(std::string_view name, const Secret& secret, seconds overlap,
                          std::string actor);
  Result<VaultChange> remove(std::string_view name);
  // A new data key for the workspace; its secrets are sealed by it, older data keys are gone.
  Result<VaultChange> rotate();
  // A new key-encryption key; only data keys are wrapped anew. `text`: see KeyReader::prepare.
  Result<VaultChange> rekey(const std::optional<Secret>& text);
  // Destroys the data keys of the workspace and what they sealed.
  Result<VaultChange> shred();
  Result<VaultChange> change(const VaultAct& act) override;
  Result<VaultCounts> verify() override;
  std::vector<VaultSecretInfo> list() const override;
  std::optional<Time> next_end() const override;

 private:
  struct Loaded {
    VaultImage image;
    std::optional<KekKeys> kek;
    std::map<std::uint32_t, Secret> data_keys;
  };
  using Versions = std::vector<const SealedRecord*>;

  Result<Loaded> load(VaultGeneration which, std::string_view bytes);
  struct FoundKek {
    KekKeys keys;
    bool prepared;  // it is the replacement that a crash left beside the key
  };
  Result<FoundKek> kek_for(const VaultHeader& header);
  Result<std::optional<Loaded>> find();
  Result<void> check_known() const;
  Result<void> begin();
  void add_data_key(VaultImage& image);
  Result<Secret> open_record(const SealedRecord& record) const;
  void seal_record(const VaultImage& image, SealedRecord& record, std::string_view secret);
  std::uint64_t next_generation() const;
  // Writes the image as the next generation; then it is in force.
  Result<std::uint64_t> commit(VaultImage image, const KekKeys& kek);
  bool is_ours(const SealedRecord& record) const;
  bool is_valid(const SealedRecord& record) const;
  // Valid versions of a name, the newest first.
  Versions versions_of(std::string_view name) const;
  Result<Versions> find_secret(std::string_view reference) const;
  void index();

  VaultDoors doors_;
  VaultFileOptions options_;
  VaultScope scope_;
  VaultFolder folder_;
  KeyReader key_;
  std::optional<Error> problem_;
  bool can_accept_ = false;
  bool rekey_failed_ = false;  // the file may be locked by a key that is only prepared
  VaultKnown known_;
  Loaded now_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> names_;  // ours: indexes of records
};

}  // namespace tenon
