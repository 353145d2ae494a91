// Blocking frames and the loop of a worker.
#include "worker/serve.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "wire/call.hpp"
#include "wire/step_result.hpp"

namespace tenon::worker {

Channel::Channel(int fd) : fd_(fd), buffer_(wire::kMaxFrameBytes + 1) {}

Result<wire::Message> Channel::receive() {
  for (;;) {
    // A longer packet fills the extra byte and is refused by its size.
    const ssize_t n = ::read(fd_, buffer_.data(), buffer_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return cancelled("the host hung up");
    const std::string_view packet(buffer_.data(), static_cast<std::size_t>(n));
    TENON_TRY_AS(std::optional<wire::Message> message, assembler_.add(packet));
    if (message) return std::move(*message);
  }
}

Result<void> Channel::send(wire::MessageType type, std::uint64_t handle, std::string_view body) {
  if (body.size() > wire::max_bytes(type)) return unavailable("a message over its limit");
  wire::Fragments fragments(type, handle, body, sequence_);
  wire::HeaderBytes header;
  std::string_view payload;
  while (fragments.next(header, payload)) {
    const iovec parts[2] = {{header.data(), header.size()},
                            {const_cast<char*>(payload.data()), payload.size()}};
    ssize_t n = -1;
    do {
      n = ::writev(fd_, parts, 2);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return unavailable(std::string("the host is gone: ") + std::strerror(errno));
  }
  return {};
}

Error serve(Channel& channel, LoadedConnector& connector) {
  for (;;) {
    auto message = channel.receive();
    if (!message) return std::move(message).error();
    const std::uint64_t handle = message->handle;
    Result<void> sent;
    switch (message->type) {
      case wire::MessageType::open:
        if (connector.has(handle)) return corrupt("open of an instance that is open");
        sent = channel.send(wire::MessageType::opened, handle,
                            wire::encode_opened(connector.create(handle, message->body)));
        break;
      case wire::MessageType::step: {
        auto call = wire::decode_call(message->body);
        if (!call) return std::move(call).error();
        if (!connector.has(handle)) return corrupt("step of an instance that is not open");
        message->body = {};
        const StepResult result = connector.step(handle, *call);
        sent = channel.send(wire::MessageType::result, handle, wire::encode_result(result));
        break;
      }
      case wire::MessageType::close: connector.destroy(handle); break;
      default: return corrupt("a message that no host sends");
    }
    if (!sent) return std::move(sent).error();
    std::fflush(stdout);
  }
}

}  // namespace tenon::worker
