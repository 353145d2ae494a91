// Where secrets are kept, and wiping, through libsodium.
#include "base/secret.hpp"

#include <sodium.h>

#include <cstring>
#include <utility>

#include "base/locked_memory.hpp"

namespace tenon {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());  // the short buffer and slack, too
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

Secret::Secret(std::string_view bytes, Plain) {
  if (bytes.empty()) return;
  place_ = take_locked(bytes.size());
  size_ = bytes.size();
  std::memcpy(place_, bytes.data(), size_);
}

Secret::Secret(std::string bytes) : Secret(std::string_view(bytes), Plain{}) { wipe(bytes); }

Secret::Secret(Secret&& other) noexcept
    : place_(std::exchange(other.place_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    place_ = std::exchange(other.place_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() { clear(); }

void Secret::clear() noexcept {
  if (place_ != nullptr) give_back_locked(place_, size_);
  place_ = nullptr;
  size_ = 0;
}

}  // namespace tenon
