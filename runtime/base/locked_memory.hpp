// Locked memory: a bounded piece of pages for secrets, which go neither to swap nor into a core
// file.
#pragma once

#include <cstddef>

namespace tenon {

// So much at most; less where the machine allows less (RLIMIT_MEMLOCK), in halves down to one page.
constexpr std::size_t kMaxLockedBytes = std::size_t{1} << 20;

struct LockedMemory {
  std::size_t bytes = 0, used = 0;  // `used` with what the allocator itself needs
  std::size_t outside = 0;          // bytes of secrets that found no room and are in plain memory
  bool locked = false;              // false: the machine allows none, so the pages may be swapped
};
// How it stands now, for whoever looks after the host. Any thread.
LockedMemory locked_memory();

// Room for `bytes` > 0; in plain memory, and counted, where the piece is full. Any thread.
char* take_locked(std::size_t bytes);
// Wipes.
void give_back_locked(char* place, std::size_t bytes) noexcept;

}  // namespace tenon
