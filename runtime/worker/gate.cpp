// The gate: calls that only loading needs ask the host, until it closes the gate for good.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "wire/frame.hpp"
#include "worker/filter.hpp"

namespace tenon::worker {
namespace {

// One packet with the listener on it: the first that the host gets, and the only one from which it
// takes a descriptor.
Result<void> hand_over(int listener, std::uint32_t& sequence) {
  wire::Fragments fragments(wire::MessageType::gate, 0, {}, sequence);
  wire::HeaderBytes header;
  std::string_view payload;
  fragments.next(header, payload);
  iovec part{header.data(), header.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(head), &listener, sizeof listener);
  if (::sendmsg(kIpcFd, &message, 0) < 0) {
    return unsupported(std::string("handing over the gate: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<void> raise_gate(std::uint32_t& sequence) {
  Filter filter(SCMP_ACT_ALLOW);
  filter.ask_host({SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(stat),
                   SCMP_SYS(pread64), SCMP_SYS(getcwd), SCMP_SYS(landlock_create_ruleset),
                   SCMP_SYS(landlock_restrict_self), SCMP_SYS(seccomp)});
  // The code of a library; memory without a file cannot be mapped executable at all.
  filter.ask_host(SCMP_SYS(mmap), {masked(2, PROT_EXEC, PROT_EXEC)});
  TENON_TRY(filter.load("gate"));
  TENON_TRY_AS(const int listener, filter.listener());
  auto handed = hand_over(listener, sequence);
  // Whoever holds it may answer: nothing of it stays here.
  if (::close_range(kLastFdAtSpawn + 1, ~0u, 0) != 0) {
    return unsupported(std::string("closing our copy of the gate: ") + std::strerror(errno));
  }
  return handed;
}

}  // namespace tenon::worker
