// Reading keys from files, systemd credentials and passphrases.
#include "backends/vault_file/key_source.hpp"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "backends/vault_file/folder.hpp"
#include "backends/vault_file/sealing.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 4096;

// A key that is read although others could, would be believed to be secret.
Result<void> check_private(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};  // of a disk of a test
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return unauthorized("wanted a key file that only its owner may read; mend it with chmod 600",
                        path);
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return unauthorized("wanted a key file of the user that runs tenond, found another owner",
                        path);
  }
  return {};
}

Result<Secret> key_of_text(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  const auto hex = last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
  std::string key(kVaultKeyBytes, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const bool is_hex = hex.size() == 2 * kVaultKeyBytes &&
                      sodium_hex2bin(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                     hex.data(), hex.size(), nullptr, &size, &end) == 0 &&
                      size == kVaultKeyBytes;
  if (!is_hex && text.size() == kVaultKeyBytes) key.assign(text);
  Secret kept(key);
  wipe(key);
  if (is_hex || text.size() == kVaultKeyBytes) return kept;
  return invalid(
      "wanted a key of 64 hex digits or 32 bytes (openssl rand -hex 32 makes one), found "
      "something else");
}

}  // namespace

std::string KeySource::text() const {
  switch (kind) {
    case KeySourceKind::credential: return "credential:" + where;
    case KeySourceKind::passphrase: return "passphrase:" + where;
    case KeySourceKind::file: break;
  }
  return "file:" + where;
}

Result<KeySource> parse_key_source(std::string_view text) {
  const auto wanted = [] {
    return invalid(
        "wanted file:PATH, credential:NAME, passphrase:env:NAME or passphrase:file:PATH, found "
        "another text");
  };
  const auto after = [&](std::string_view prefix) {
    return std::string(text.substr(prefix.size()));
  };
  KeySource source;
  if (text.starts_with("file:")) {
    source.where = after("file:");
  } else if (text.starts_with("credential:")) {
    source.kind = KeySourceKind::credential;
    source.where = after("credential:");
    if (source.where.find('/') != std::string::npos) return wanted();
  } else if (text.starts_with("passphrase:env:") || text.starts_with("passphrase:file:")) {
    source.kind = KeySourceKind::passphrase;
    source.where = after("passphrase:");
    if (source.where.ends_with(':')) return wanted();
  } else {
    return wanted();
  }
  if (source.where.empty()) return wanted();
  return source;
}

Result<Secret> KeyReader::read_key(const std::string& path) {
  TENON_TRY_AS(auto bytes, read_if_there(disk_, path, kMaxKeyFileBytes));
  if (!bytes) return not_found("wanted the vault's key, found no file", path);
  auto key = key_of_text(*bytes);
  wipe(*bytes);
  if (!key) return std::move(key.error()).in(path);
  return key;
}

Result<Secret> KeyReader::read(const VaultKdfParameters& kdf) {
  if (kdf.kdf != source_.kdf()) {
    return invalid(kdf.kdf == VaultKdf::none
                       ? "the vault is locked by a key, not by a passphrase; name the key's source"
                       : "the vault is locked by a passphrase; name passphrase:env:NAME or "
                         "passphrase:file:PATH",
                   "--vault-key " + source_.text());
  }
  switch (source_.kind) {
    case KeySourceKind::file:
      TENON_TRY(check_private(source_.where));
      return read_key(source_.where);
    case KeySourceKind::credential: {
      const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
      if (folder == nullptr) {
        return not_found(
            "wanted a systemd credential, found no CREDENTIALS_DIRECTORY: start tenond by a unit "
            "with LoadCredential= or LoadCredentialEncrypted=",
            source_.text());
      }
      return read_key(std::string(folder) + "/" + source_.where);
    }
    case KeySourceKind::passphrase: break;
  }
  auto passphrase = secrets_.get(source_.where);
  if (!passphrase) return std::move(passphrase.error()).in("--vault-key " + source_.text());
  return stretch(*passphrase, kdf);
}

Result<Secret> KeyReader::read_or_make(const VaultKdfParameters& kdf) {
  auto key = read(kdf);
  const bool absent = !key && key.error().kind == ErrorKind::not_found;
  if (!absent || source_.kind != KeySourceKind::file) return key;
  Secret made(random_.bytes(kVaultKeyBytes));
  TENON_TRY(write_key(source_.where, made));
  return made;
}

// Under another name first, so that what has the name of the key is always a whole one.
Result<void> KeyReader::write_key(const std::string& path, const Secret& key) {
  const std::string temporary = path + ".tmp";
  {
    TENON_TRY_AS(auto file, disk_.open(temporary, DiskOpen::replace));
    std::string text = to_hex(key.reveal()) + "\n";
    const auto written = write_all(*file, 0, text);
    wipe(text);
    TENON_TRY(written);
    TENON_TRY(file->sync());
  }
  TENON_TRY(disk_.rename(temporary, path));
  return disk_.sync_directory(folder_of(path));
}

Result<Secret> KeyReader::prepare(const VaultKdfParameters& kdf,
                                  const std::optional<Secret>& text) {
  if (source_.kind == KeySourceKind::passphrase && text) return stretch(*text, kdf);
  if (source_.kind != KeySourceKind::file && !text) {
    return unsupported(
        "the key of this vault is not in a file that tenond may write: give the new " +
            std::string(source_.kind == KeySourceKind::credential ? "key" : "passphrase") +
            " with --from-file, --from-env or on stdin, and put it where " + source_.text() +
            " is read from",
        "rekey");
  }
  Secret key;
  if (text) {
    TENON_TRY_AS(key, key_of_text(text->reveal()));
  } else {
    key = Secret(random_.bytes(kVaultKeyBytes));
  }
  if (source_.kind == KeySourceKind::file) TENON_TRY(write_key(next_path(), key));
  return key;
}

Result<std::optional<Secret>> KeyReader::prepared() {
  if (source_.kind != KeySourceKind::file) return std::optional<Secret>();
  auto key = read_key(next_path());
  if (!key && key.error().kind == ErrorKind::not_found) return std::optional<Secret>();
  if (!key) return Error(key.error());
  return std::optional<Secret>(std::move(*key));
}

Result<void> KeyReader::replace() {
  if (source_.kind != KeySourceKind::file) return {};
  TENON_TRY(disk_.rename(next_path(), source_.where));
  return disk_.sync_directory(folder_of(source_.where));
}

Result<void> KeyReader::forget_prepared() {
  if (source_.kind != KeySourceKind::file) return {};
  const auto removed = disk_.remove(next_path());
  if (!removed && removed.error().kind != ErrorKind::not_found) return Error(removed.error());
  return {};
}

}  // namespace tenon
