// The pages are libsodium's, with guard pages around them; Boost divides them.
#include "base/locked_memory.hpp"

#include <sodium.h>

#include <boost/interprocess/managed_external_buffer.hpp>
#include <functional>
#include <mutex>
#include <new>
#include <optional>

#include "base/assert.hpp"

namespace tenon {
namespace {

namespace ipc = boost::interprocess;

constexpr std::size_t kLeastBytes = 4'096;

// Never destroyed: secrets of static objects may outlive all else.
class Piece {
 public:
  Piece() {
    TENON_ASSERT(sodium_init() >= 0);
    for (std::size_t size = kMaxLockedBytes; size >= kLeastBytes && !locked_; size /= 2) {
      obtain(size);
    }
    if (!locked_) obtain(kMaxLockedBytes);
    if (begin_ != nullptr) division_.emplace(ipc::create_only, begin_, bytes_);
  }
  char* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    void* place = division_ ? division_->allocate(bytes, std::nothrow) : nullptr;
    if (place == nullptr) {
      place = ::operator new(bytes);
      outside_ += bytes;
    }
    return static_cast<char*>(place);
  }
  void give_back(char* place, std::size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    if (is_inside(place)) {
      division_->deallocate(place);
    } else {
      outside_ -= bytes;
      ::operator delete(place);
    }
  }
  LockedMemory status() {
    const std::lock_guard lock(mutex_);
    LockedMemory out;
    out.bytes = bytes_;
    out.used = division_ ? bytes_ - division_->get_free_memory() : 0;
    out.outside = outside_;
    out.locked = locked_;
    return out;
  }

 private:
  // sodium_malloc keeps pages out of core files and does not say whether they could be locked.
  void obtain(std::size_t bytes) {
    auto* pages = static_cast<char*>(sodium_malloc(bytes));
    const bool locked = pages != nullptr && sodium_mlock(pages, bytes) == 0;
    if (begin_ != nullptr) sodium_free(begin_);
    begin_ = pages;
    bytes_ = pages == nullptr ? 0 : bytes;
    locked_ = locked;
  }
  bool is_inside(const char* place) const {
    const std::less<> before;
    return begin_ != nullptr && !before(place, begin_) && before(place, begin_ + bytes_);
  }

  std::mutex mutex_;
  char* begin_ = nullptr;
  std::size_t bytes_ = 0, outside_ = 0;
  bool locked_ = false;
  std::optional<ipc::managed_external_buffer> division_;
};

Piece& piece() {
  static auto* const one = new Piece;
  return *one;
}

}  // namespace

LockedMemory locked_memory() { return piece().status(); }

char* take_locked(std::size_t bytes) { return piece().take(bytes); }

void give_back_locked(char* place, std::size_t bytes) noexcept {
  sodium_memzero(place, bytes);
  piece().give_back(place, bytes);
}

}  // namespace tenon
