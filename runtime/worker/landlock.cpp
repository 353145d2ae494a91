// Landlock, by its system calls: libc knows none, and the headers here may be older than the
// kernel.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "worker/lockdown.hpp"

namespace tenon::worker {
namespace {

constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;
constexpr std::uint32_t kNewestKnown = 6;

struct Ruleset {
  std::uint64_t handled_fs = 0;
  std::uint64_t handled_net = 0;  // version 4
  std::uint64_t scoped = 0;       // version 6
};
struct __attribute__((packed)) PathRule {
  std::uint64_t allowed = 0;
  std::int32_t parent_fd = -1;
};

std::size_t ruleset_bytes(std::uint32_t abi) { return abi < 4 ? 8 : abi < 6 ? 16 : 24; }

Ruleset all_rights(std::uint32_t abi) {
  Ruleset rules;
  int bits = 13;            // version 1: execute ... make_sym
  if (abi >= 2) bits = 14;  // refer
  if (abi >= 3) bits = 15;  // truncate
  if (abi >= 5) bits = 16;  // ioctl on devices
  rules.handled_fs = (std::uint64_t{1} << bits) - 1;
  if (abi >= 4) rules.handled_net = 3;  // bind and connect of TCP
  if (abi >= 6) rules.scoped = 3;       // abstract sockets and signals stay inside
  return rules;
}

Error failed(std::string what) {
  return unsupported("Landlock: " + std::move(what) + ": " + std::strerror(errno));
}

Result<int> create(std::uint32_t abi) {
  const Ruleset rules = all_rights(abi);
  const long fd = ::syscall(kCreateRuleset, &rules, ruleset_bytes(abi), 0);
  if (fd < 0) return failed("ruleset");
  return static_cast<int>(fd);
}

Result<void> restrict_self(int ruleset) {
  const long done = ::syscall(kRestrictSelf, ruleset, 0);
  const int why = errno;
  ::close(ruleset);
  errno = why;
  if (done != 0) return failed("restrict");
  return {};
}

Result<void> allow(int ruleset, const FileRight& right) {
  const int fd = ::open(right.path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return {};
  PathRule rule;
  rule.allowed = right.allowed;
  rule.parent_fd = fd;
  const long done = ::syscall(kAddRule, ruleset, kPathBeneath, &rule, 0);
  const int why = errno;
  ::close(fd);
  errno = why;
  if (done != 0) return failed("rule for " + right.path);
  return {};
}

}  // namespace

Result<std::uint32_t> confine_files(const std::vector<FileRight>& rights, std::uint32_t at_most) {
  const long found = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  if (found < 1) return unsupported("this kernel has no Landlock, or it is switched off");
  const std::uint32_t abi = std::min({static_cast<std::uint32_t>(found), at_most, kNewestKnown});
  if (abi == 0) return unsupported("Landlock is masked");
  TENON_TRY_AS(const int ruleset, create(abi));
  for (const auto& right : rights) TENON_TRY(allow(ruleset, right));
  TENON_TRY(restrict_self(ruleset));
  return abi;
}

Result<void> confine_all_files(std::uint32_t landlock_abi) {
  TENON_TRY_AS(const int ruleset, create(landlock_abi));
  return restrict_self(ruleset);
}

}  // namespace tenon::worker
