// libsodium's crypto_sign, detached.
#include "packages/signature.hpp"

#include <sodium.h>

#include "base/hash.hpp"
#include "manifest/words.hpp"

namespace tenon::packages {
namespace {

constexpr std::string_view kKeyFileHead = "tenon private key 1\n";
constexpr std::string_view kPublicLine = "public ", kSecretLine = "secret ";

// Exactly `size` bytes, or nothing. Lower case only, so that a value has one spelling.
std::string from_hex(std::string_view text, std::size_t size) {
  if (text.size() != 2 * size ||
      text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return {};
  }
  std::string out(size, '\0');
  std::size_t got = 0;
  const int status = ::sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                      text.data(), text.size(), nullptr, &got, nullptr);
  return status == 0 && got == size ? out : std::string();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error no_key_file() {
  return invalid("wanted a private key as tenon connector keygen writes it, found another text");
}

// The text up to the line's end, off the front of `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return {};
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string PublicKey::hex() const { return text.substr(manifest::kKeyScheme.size()); }

Result<PublicKey> parse_public_key(std::string_view text) {
  if (!manifest::is_public_key(text)) {
    return invalid(
        "wanted a public key, \"ed25519:\" and 64 digits of 0-9 and a-f (tenon connector keygen "
        "prints it), found another text");
  }
  return PublicKey{std::string(text)};
}

Result<PrivateKey> PrivateKey::from_seed(Secret seed) {
  if (seed.reveal().size() != kSeedBytes) return no_key_file();
  std::string both(crypto_sign_SECRETKEYBYTES, '\0');
  std::string open(crypto_sign_PUBLICKEYBYTES, '\0');
  static_assert(kSeedBytes == crypto_sign_SEEDBYTES);
  ::crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(open.data()),
                             reinterpret_cast<unsigned char*>(both.data()),
                             bytes_of(seed.reveal()));
  return PrivateKey(std::move(seed), Secret(std::move(both)),
                    PublicKey{std::string(manifest::kKeyScheme) + to_hex(open)});
}

Result<PrivateKey> PrivateKey::parse(const Secret& text) {
  auto rest = text.reveal();
  if (!rest.starts_with(kKeyFileHead)) return no_key_file();
  rest.remove_prefix(kKeyFileHead.size());
  const auto open = take_line(rest), hidden = take_line(rest);
  if (!open.starts_with(kPublicLine) || !hidden.starts_with(kSecretLine) || !rest.empty()) {
    return no_key_file();
  }
  Secret seed(from_hex(hidden.substr(kSecretLine.size()), kSeedBytes));
  TENON_TRY_AS(PrivateKey key, from_seed(std::move(seed)));
  if (key.public_key().text != open.substr(kPublicLine.size())) {
    return invalid("wanted the two halves of one key, found a file that was changed");
  }
  return key;
}

Secret PrivateKey::text() const {
  std::string hex = to_hex(seed_.reveal());
  std::string out;
  out.reserve(kMaxKeyFileBytes);  // so that no copy of the secret stays behind
  out.append(kKeyFileHead).append(kPublicLine).append(public_key_.text).append("\n");
  out.append(kSecretLine).append(hex).append("\n");
  wipe(hex);
  return Secret(std::move(out));
}

std::string PrivateKey::sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  ::crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         bytes_of(message), message.size(), bytes_of(both_.reveal()));
  return to_hex(signature);
}

bool is_signed(const PublicKey& key, std::string_view message, std::string_view signature) {
  const auto bytes = from_hex(signature, crypto_sign_BYTES);
  const auto open = from_hex(key.hex(), crypto_sign_PUBLICKEYBYTES);
  if (bytes.empty() || open.empty()) return false;
  return ::crypto_sign_verify_detached(bytes_of(bytes), bytes_of(message), message.size(),
                                       bytes_of(open)) == 0;
}

}  // namespace tenon::packages
