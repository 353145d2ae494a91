// The worker's end of the socket: one message in, at most one out, until the host hangs up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "wire/frame.hpp"
#include "worker/loaded_connector.hpp"

namespace tenon::worker {

// Blocking frames over a SOCK_SEQPACKET socket, by read and writev alone (all the filter allows).
class Channel {
 public:
  explicit Channel(int fd);
  // cancelled: the host hung up. corrupt: it sent an illegal frame.
  Result<wire::Message> receive();
  // unavailable: the host is gone, or the message is over its limit.
  Result<void> send(wire::MessageType type, std::uint64_t handle, std::string_view body);
  std::uint32_t& sequence() { return sequence_; }  // of what was sent by other means

 private:
  int fd_;
  std::uint32_t sequence_ = 0;
  wire::Assembler assembler_{wire::Side::worker};
  std::vector<char> buffer_;
};

// Serves opens, steps and closes; returns when the host hangs up (cancelled) or breaks the rules.
Error serve(Channel& channel, LoadedConnector& connector);

}  // namespace tenon::worker
