// Trouble for the worker itself: dying, hanging, and cutting the branch that it sits on.
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "hostile.hpp"

namespace hostile {
namespace {

const char kConstant[] = "constant";
std::atomic<int> thread_found{0};  // 1, or the negative errno

// Not a tail call, and with a frame that the compiler must keep.
__attribute__((noinline)) int dig(int depth) {
  char frame[4096];
  frame[0] = static_cast<char>(depth);
  __asm__ volatile("" : : "r"(frame) : "memory");
  return dig(depth + 1) + frame[0];
}

Deed open_a_file() { return result(open_self()); }

constexpr Case kCases[] = {
    {"spin",
     [] {
       for (;;) __asm__ volatile("");
       return Deed{};
     }},
    {"hang",
     [] {
       for (;;) usleep(100'000);
       return Deed{};
     }},
    {"stop_itself",
     [] {
       for (;;) {
         raise(SIGSTOP);
         usleep(1'000);
       }
       return Deed{};
     }},
    {"null_write",
     [] {
       volatile int* volatile nowhere = nullptr;
       *nowhere = 1;
       return Deed{true, 0};
     }},
    {"write_constant",
     [] {
       volatile char* at = const_cast<char*>(kConstant);
       *at = 'x';
       return Deed{true, 0};
     }},
    {"stack_overflow",
     [] {
       return Deed{dig(0) != 0, 0};
     }},
    {"abort",
     [] {
       abort();
       return Deed{true, 0};
     }},
    {"trap",
     [] {
       __builtin_trap();
       return Deed{true, 0};
     }},
    {"exit",
     [] {
       exit(0);
       return Deed{true, 0};
     }},
    {"exit_at_once",
     [] {
       _exit(7);
       return Deed{true, 0};
     }},
    {"end_thread",
     [] {
       syscall(SYS_exit, 0);
       return Deed{true, 0};
     }},
    {"throw", []() -> Deed { throw std::runtime_error("thrown on purpose"); }},
    {"throw_number", []() -> Deed { throw 7; }},
    {"close_all",
     [] {
       for (int fd = 0; fd < 16; ++fd) close(fd);
       return Deed{true, 0};
     }},
    {"skip_by_patch", &open_a_file},
    {"skip_by_filter", &open_a_file},
    {"thread_from_load",
     [] {
       for (int i = 0; i < 50 && thread_found == 0; ++i) usleep(1'000);
       return Deed{thread_found > 0, thread_found > 0 ? 0 : -thread_found.load()};
     }},
};

// ---- while loading

int nothing_done() { return 0; }

// Makes the program's calls of `name` end in a function that does nothing, and says that it did.
void patch_program(const char* name) {
  const auto visit = [](dl_phdr_info* info, std::size_t, void* wanted) -> int {
    const auto base = info->dlpi_addr;
    const ElfW(Dyn)* entry = nullptr;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) {
        entry = reinterpret_cast<const ElfW(Dyn)*>(base + info->dlpi_phdr[i].p_vaddr);
      }
    }
    std::uintptr_t symbols = 0, strings = 0;
    struct {
      std::uintptr_t at;
      std::size_t bytes;
    } tables[2] = {};
    for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_SYMTAB) symbols = entry->d_un.d_ptr;
      if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
      if (entry->d_tag == DT_JMPREL) tables[0].at = entry->d_un.d_ptr;
      if (entry->d_tag == DT_PLTRELSZ) tables[0].bytes = entry->d_un.d_val;
      if (entry->d_tag == DT_RELA) tables[1].at = entry->d_un.d_ptr;
      if (entry->d_tag == DT_RELASZ) tables[1].bytes = entry->d_un.d_val;
    }
    for (const auto& table : tables) {
      const auto* relocation = reinterpret_cast<const ElfW(Rela)*>(table.at);
      for (std::size_t i = 0; i < table.bytes / sizeof(*relocation); ++i) {
        const auto symbol =
            reinterpret_cast<const ElfW(Sym)*>(symbols)[ELF64_R_SYM(relocation[i].r_info)];
        if (std::strcmp(reinterpret_cast<const char*>(strings + symbol.st_name),
                        static_cast<const char*>(wanted)) != 0) {
          continue;
        }
        auto* slot = reinterpret_cast<void**>(base + relocation[i].r_offset);
        auto* page = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(slot) & ~4095ul);
        if (mprotect(page, 8192, PROT_READ | PROT_WRITE) != 0) {
          if (mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0) continue;
        }
        *slot = reinterpret_cast<void*>(&nothing_done);
      }
    }
    return 1;  // the program comes first; no other object is looked at
  };
  dl_iterate_phdr(visit, const_cast<char*>(name));
}

// Every later filter and ruleset "succeeds" without being made.
void swallow_locks() {
  const auto call = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, call),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 446 /* landlock_restrict_self */, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
  };
  const sock_fprog filter{sizeof program / sizeof *program, program};
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

void* keep_opening(void*) {
  // Long enough for the host to have closed the gate and for the step to have begun.
  for (int i = 0; i < 20; ++i) usleep(1'000);
  thread_found = open_self() >= 0 ? 1 : -errno;
  for (;;) usleep(100'000);
}

}  // namespace

Cases trouble_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

void sabotage(std::string_view name) {
  if (name == "skip_by_patch") {
    patch_program("seccomp_load");
    patch_program("syscall");  // by which the worker makes its second Landlock ruleset
  } else if (name == "skip_by_filter") {
    swallow_locks();
  } else if (name == "thread_from_load") {
    pthread_t thread{};
    pthread_create(&thread, nullptr, &keep_opening, nullptr);
    pthread_detach(thread);
  }
}

}  // namespace hostile
