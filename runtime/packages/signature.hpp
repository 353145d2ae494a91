// Keys and signatures: Ed25519, as libsodium does it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon::packages {

// "ed25519:" and 64 hexadecimal digits, as it stands in a workspace file.
struct PublicKey {
  std::string text;

  std::string hex() const;  // the digits alone
  bool operator==(const PublicKey&) const = default;
  auto operator<=>(const PublicKey&) const = default;
};
// invalid: the wanted form.
Result<PublicKey> parse_public_key(std::string_view text);

// The half that signs. Move only; wiped when it goes.
class PrivateKey {
 public:
  // From 32 random bytes, which are wiped. invalid: another number of them.
  static Result<PrivateKey> from_seed(Secret seed);
  // From the text of a key file. invalid: it is none. The error never repeats it.
  static Result<PrivateKey> parse(const Secret& text);

  // The text of a key file: to be written with mode 0600.
  Secret text() const;
  const PublicKey& public_key() const { return public_key_; }
  // 128 hexadecimal digits.
  std::string sign(std::string_view message) const;

 private:
  PrivateKey(Secret seed, Secret both, PublicKey key)
      : seed_(std::move(seed)), both_(std::move(both)), public_key_(std::move(key)) {}
  Secret seed_, both_;  // both_: as crypto_sign wants it
  PublicKey public_key_;
};

constexpr std::size_t kMaxKeyFileBytes = 4'096;
constexpr std::size_t kSeedBytes = 32;

// Is `signature` (128 hexadecimal digits) that of `key` over `message`?
bool is_signed(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace tenon::packages
