// Wiping, through libsodium.
#include "base/secret.hpp"

#include <sodium.h>

namespace tenon {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());  // the short buffer and slack, too
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

// A short string is copied by a move, so the source is wiped by hand.
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

Secret::~Secret() { wipe(bytes_); }

}  // namespace tenon
