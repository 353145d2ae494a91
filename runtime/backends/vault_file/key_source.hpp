// KeySource: where the key-encryption key comes from, and how it is read, made and replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/file_log/disk.hpp"
#include "backends/vault_file/image.hpp"
#include "base/secret.hpp"
#include "ports/random.hpp"
#include "ports/secret_store.hpp"

namespace tenon {

enum class KeySourceKind : std::uint8_t { file, credential, passphrase };

struct KeySource {
  KeySourceKind kind = KeySourceKind::file;
  std::string where;  // a path, a credential's name, or a reference (env:NAME, file:PATH)

  // As it is written: "file:PATH", "credential:NAME", "passphrase:env:NAME".
  std::string text() const;
  VaultKdf kdf() const {
    return kind == KeySourceKind::passphrase ? VaultKdf::argon2id : VaultKdf::none;
  }
};

Result<KeySource> parse_key_source(std::string_view text);

// Reads and writes keys of one source. A key is 64 hex digits, or 32 bytes.
class KeyReader {
 public:
  // `secrets` reads passphrases.
  KeyReader(Disk& disk, SecretStore& secrets, Random& random, KeySource source)
      : disk_(disk), secrets_(secrets), random_(random), source_(std::move(source)) {}

  const KeySource& source() const { return source_; }
  // not_found: there is none. unauthorized: others may read the key file. invalid: it is no key.
  Result<Secret> read(const VaultKdfParameters& kdf);
  // For a new vault: the key of the source; a key file that does not exist is made.
  Result<Secret> read_or_make(const VaultKdfParameters& kdf);

  // A replacement, from random bytes (only where the source is a file) or from `text`, which is
  // what the source will hold (a key, or a passphrase). A file is on disk beside the old one
  // afterwards.
  //   unsupported: no text, and the source is not a file.
  Result<Secret> prepare(const VaultKdfParameters& kdf, const std::optional<Secret>& text);
  // The prepared key, if one is there; null if not.
  Result<std::optional<Secret>> prepared();
  // It takes the place of the old one; for a file only.
  Result<void> replace();
  Result<void> forget_prepared();

 private:
  Result<Secret> read_key(const std::string& path);
  Result<void> write_key(const std::string& path, const Secret& key);
  std::string next_path() const { return source_.where + ".next"; }

  Disk& disk_;
  SecretStore& secrets_;
  Random& random_;
  KeySource source_;
};

}  // namespace tenon
