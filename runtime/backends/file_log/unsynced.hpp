// Unsynced: what a power cut would take back; noted only where fail points are built in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fail_point.hpp"

namespace tenon {

// Any thread. Until a fail point with the action `cut` is armed it notes nothing.
class Unsynced {
 public:
#ifdef TENON_FAIL_POINTS
  // Lives while the bytes are being written: keeps those that were there before.
  class Write {
   public:
    Write(int fd, std::uint64_t at, std::size_t bytes);
    ~Write();

   private:
    bool noted_;
  };
  // Lives while the file is being synced: forgets what was written before that.
  class Sync {
   public:
    explicit Sync(int fd);
    ~Sync();

   private:
    int fd_;
    std::uint64_t before_;
  };
#else
  struct Write {
    Write(int, std::uint64_t, std::size_t) {}
  };
  struct Sync {
    explicit Sync(int) {}
  };
#endif
};

}  // namespace tenon
