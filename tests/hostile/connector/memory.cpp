// Memory: too much of it, shared, and executable.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "hostile.hpp"

namespace hostile {
namespace {

constexpr std::size_t kMiB = 1u << 20;
constexpr std::size_t kTooMuch = 320 * kMiB;      // over RLIMIT_DATA
constexpr std::size_t kFarTooMuch = 1200 * kMiB;  // over RLIMIT_AS

Deed take(std::size_t wanted, int protection, int flags) {
  for (std::size_t got = 0; got < wanted; got += 16 * kMiB) {
    void* at = mmap(nullptr, 16 * kMiB, protection, flags, -1, 0);
    if (at == MAP_FAILED) return result(false);
    if ((protection & PROT_WRITE) != 0) *static_cast<volatile char*>(at) = 1;
  }
  return result(true);
}

// So deep that the main thread's stack takes `left` bytes and more.
__attribute__((noinline)) int dig(std::size_t left) {
  char frame[16384];
  frame[0] = 1;
  __asm__ volatile("" : : "r"(frame) : "memory");
  return (left < sizeof frame ? 0 : dig(left - sizeof frame)) + frame[0];
}

int answer() { return 41; }

Deed map(int protection, int flags) {
  return result(mmap(nullptr, 4096, protection, flags, -1, 0) != MAP_FAILED);
}

// The page (and its neighbour) on which the code of answer() lies.
void* code_page() {
  const auto at = reinterpret_cast<std::uintptr_t>(&answer);
  return reinterpret_cast<void*>(at & ~std::uintptr_t{4095});
}

constexpr Case kCases[] = {
    {"heap_bomb",
     [] { return take(kTooMuch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS); }},
    {"shared_bomb",
     [] { return take(kTooMuch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS); }},
    {"address_bomb", [] { return take(kFarTooMuch, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS); }},
    {"break_bomb",
     [] {
       return result(sbrk(static_cast<std::intptr_t>(kTooMuch)) != reinterpret_cast<void*>(-1));
     }},
    {"memory_file",
     [] {
       const int file = needed([] { return syscall(SYS_memfd_create, "x", 0); });
       return result(ftruncate(file, static_cast<off_t>(kTooMuch)));
     }},
    {"make_memory_file", [] { return result(syscall(SYS_memfd_create, "x", 0)); }},
    {"secret_memory", [] { return result(syscall(SYS_memfd_secret, 0)); }},
    {"lock_memory", [] { return result(mlockall(MCL_CURRENT)); }},
    {"huge_pages",
     [] {
       return result(mmap(nullptr, 2 * kMiB, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) != MAP_FAILED);
     }},
    {"growsdown_bomb",
     [] {
       return take(kTooMuch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN);
     }},
    {"stack_bomb",
     [] {
       return Deed{dig(kTooMuch) != 0, 0};
     }},
    {"write_execute_map",
     [] { return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }},
    {"execute_map", [] { return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }},
    {"execute_heap",
     [] {
       void* at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       return result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
     }},
    {"write_code",
     [] {
       if (mprotect(code_page(), 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
         return result(false);
       }
       return Deed{answer() == 41, 0};
     }},
    {"keyed_memory", [] { return result(syscall(SYS_pkey_alloc, 0, 0)); }},
    {"move_host_pages",
     [] {
       return result(syscall(SYS_move_pages, target().host, 0, nullptr, nullptr, nullptr, 0));
     }},
    {"advise_host",
     [] {
       alignas(4096) static char page[4096];
       iovec part{page, sizeof page};
       const int process = needed([] { return syscall(SYS_pidfd_open, getpid(), 0); });
       return result(syscall(SYS_process_madvise, process, &part, 1, MADV_COLD, 0));
     }},
};

}  // namespace

Cases memory_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

}  // namespace hostile
