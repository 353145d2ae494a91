// Derivation, boxes and MAC.
#include "backends/vault_file/sealing.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/assert.hpp"

namespace tenon {
namespace {

static_assert(kVaultKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
              kVaultKeyBytes == crypto_kdf_KEYBYTES);
static_assert(kVaultNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kVaultTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "TenonVlt";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Secret derive(const Secret& kek, std::uint64_t number) {
  TENON_ASSERT(kek.reveal().size() == kVaultKeyBytes);
  std::string out(kVaultKeyBytes, '\0');
  crypto_kdf_derive_from_key(bytes_of(out), out.size(), number, kContext, bytes_of(kek.reveal()));
  Secret kept(out);
  wipe(out);
  return kept;
}

std::string box_of(const Secret& key, std::string_view nonce, std::string_view bound,
                   std::string_view plain) {
  std::string box(plain.size() + kVaultTagBytes, '\0');
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(box), &size, bytes_of(plain), plain.size(),
                                             bytes_of(bound), bound.size(), nullptr,
                                             bytes_of(nonce), bytes_of(key.reveal()));
  return box;
}

Result<Secret> plain_of(const Secret& key, std::string_view nonce, std::string_view bound,
                        std::string_view box) {
  const Error wrong =
      corrupt("it does not open in its place: changed or moved by hand, or damaged");
  if (box.size() < kVaultTagBytes || nonce.size() != kVaultNonceBytes) return wrong;
  std::string plain(box.size() - kVaultTagBytes, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, bytes_of(box), box.size(), bytes_of(bound), bound.size(),
      bytes_of(nonce), bytes_of(key.reveal()));
  Secret kept(plain);
  wipe(plain);
  if (failed != 0) return wrong;
  return kept;
}

std::string mac_of(const Secret& key, std::string_view header, std::string_view body) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_of(key.reveal()), key.reveal().size(), kVaultMacBytes);
  crypto_generichash_update(&state, bytes_of(header), header.size());
  crypto_generichash_update(&state, bytes_of(body), body.size());
  std::string mac(kVaultMacBytes, '\0');
  crypto_generichash_final(&state, bytes_of(mac), mac.size());
  sodium_memzero(&state, sizeof state);
  return mac;
}

}  // namespace

KekKeys::KekKeys(const Secret& kek) {
  TENON_ASSERT(sodium_init() >= 0);  // picks the fastest code for this machine, once
  wrap_ = derive(kek, 1);
  mac_ = derive(kek, 2);
  const Secret id = derive(kek, 3);
  std::copy_n(bytes_of(id.reveal()), id_.size(), id_.begin());
}

void KekKeys::wrap(const VaultId& vault, WrappedKey& key, const Secret& data_key,
                   Random& random) const {
  key.nonce = random.bytes(kVaultNonceBytes);
  key.box = box_of(wrap_, key.nonce, bound_to(vault, key), data_key.reveal());
}

Result<Secret> KekKeys::unwrap(const VaultId& vault, const WrappedKey& key) const {
  auto plain = plain_of(wrap_, key.nonce, bound_to(vault, key), key.box);
  if (!plain) return std::move(plain.error()).in("data key " + std::to_string(key.id));
  return plain;
}

std::string KekKeys::seal_file(const VaultImage& image) const {
  auto parts = parts_of(image);
  return parts.header + mac_of(mac_, parts.header, parts.body) + parts.body;
}

Result<void> KekKeys::check_mac(const VaultBytes& bytes) const {
  const std::string mac = mac_of(mac_, bytes.header, bytes.body);
  if (sodium_memcmp(mac.data(), bytes.mac.data(), mac.size()) == 0) return {};
  return corrupt("the vault file is damaged, or was changed by hand: its MAC is another one",
                 "byte 100");
}

void seal_secret(const VaultId& vault, const WrappedKey& key, const Secret& data_key,
                 std::string_view secret, SealedRecord& record, Random& random) {
  record.nonce = random.bytes(kVaultNonceBytes);
  record.box = box_of(data_key, record.nonce, bound_to(vault, key, record), secret);
}

Result<Secret> open_secret(const VaultId& vault, const WrappedKey& key, const Secret& data_key,
                           const SealedRecord& record) {
  auto plain = plain_of(data_key, record.nonce, bound_to(vault, key, record), record.box);
  if (!plain) {
    return std::move(plain.error())
        .in("secret " + record.name + ", version " + std::to_string(record.version));
  }
  return plain;
}

Result<Secret> stretch(const Secret& passphrase, const VaultKdfParameters& parameters) {
  if (passphrase.empty()) return invalid("wanted a passphrase, found an empty text");
  std::string key(kVaultKeyBytes, '\0');
  const auto text = passphrase.reveal();
  const int failed = crypto_pwhash(
      bytes_of(key), key.size(), text.data(), text.size(), parameters.salt.data(),
      parameters.passes, std::size_t{parameters.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
  Secret kept(key);
  wipe(key);
  if (failed != 0) {
    return limited("wanted " + std::to_string(parameters.memory_kib >> 10) +
                       " MiB of memory to stretch the passphrase, found less",
                   milliseconds{0});
  }
  return kept;
}

}  // namespace tenon
