// Filter: rules for system calls, put in force through libseccomp. Private to the lock-down.
#pragma once

#include <seccomp.h>
#include <sys/mman.h>

#include <cstdint>
#include <initializer_list>
#include <memory>

#include "worker/lockdown.hpp"

namespace tenon::worker {

constexpr int kIpcFd = 3;
constexpr int kLastFdAtSpawn = 4;

// Collects rules; the first failure is kept and told by load(). Calls of another architecture and
// x32 kill in every filter.
class Filter {
 public:
  // `otherwise`: what happens to calls without a rule.
  explicit Filter(std::uint32_t otherwise);
  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ALLOW, call, {});
  }
  void allow(int call, std::initializer_list<scmp_arg_cmp> when) {
    add(SCMP_ACT_ALLOW, call, when);
  }
  void fail(int error, std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, {});
  }
  void fail(int error, int call, std::initializer_list<scmp_arg_cmp> when) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, when);
  }
  void ask_host(std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_NOTIFY, call, {});
  }
  void ask_host(int call, std::initializer_list<scmp_arg_cmp> when) {
    add(SCMP_ACT_NOTIFY, call, when);
  }
  // In force on all threads from here on, or unsupported.
  Result<void> load(const char* name);
  // After load() with a rule that asks: the descriptor of who answers, owned by the caller.
  Result<int> listener();

 private:
  void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> when);
  void note(int result) {
    if (error_ == 0 && result < 0) error_ = result;
  }
  std::unique_ptr<void, decltype(&seccomp_release)> context_;
  int error_ = 0;
};

inline scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);
}
inline scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_EQ, value);
}

// mmap of `kind` (MAP_* to be set, of MAP_TYPE and MAP_ANONYMOUS) with or without a file as `mask`
// asks. Never a mapping that grows by itself or of huge pages: RLIMIT_DATA does not count them.
inline scmp_arg_cmp mapping(int mask, int kind) {
  return masked(3, static_cast<std::uint64_t>(mask | MAP_GROWSDOWN | MAP_HUGETLB),
                static_cast<std::uint64_t>(kind));
}

// What running needs at either stage: memory without execution, locks, time, randomness, the end.
void allow_running(Filter& filter, Profile profile);

}  // namespace tenon::worker
