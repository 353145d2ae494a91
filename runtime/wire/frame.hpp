// Frames: the packets between host and worker, and messages put together from them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/limits.hpp"

namespace tenon::wire {

// Layout, little-endian, 32 bytes: u32 magic, u8 version, u8 type, u16 flags, u32 length (payload
// of this frame), u32 sequence (per direction, from 0), u64 handle (instance; 0 for the worker
// itself), u32 total (payload of the whole message, the same in each of its frames), u32 CRC-32C of
// the 28 bytes before it and the payload. The CRC finds bugs; it protects against nobody.
constexpr std::uint32_t kMagic = 0x574e4e54;  // "TNNW"
constexpr std::uint8_t kVersion = 1;
constexpr std::uint16_t kFirst = 1, kLast = 2;

enum class MessageType : std::uint8_t {
  none = 0,
  open = 1,     // host: settings of a new instance
  opened = 2,   // worker: the connector's answer to them
  step = 3,     // host: a Call
  result = 4,   // worker: a StepResult
  close = 5,    // host: drop an instance; no answer
  ready = 6,    // worker, once, first: locked down and loaded
  refused = 7,  // worker, instead of ready: why it cannot start
  gate = 8,     // worker, once, before all else: the descriptor of its gate lies in the packet
};
// The largest payload a message of this type may declare; 0 for an unknown type.
std::size_t max_bytes(MessageType type);

struct FrameHeader {
  MessageType type = MessageType::none;
  std::uint16_t flags = 0;
  std::uint32_t length = 0, sequence = 0;
  std::uint64_t handle = 0;
  std::uint32_t total = 0;

  bool operator==(const FrameHeader&) const = default;
};

using HeaderBytes = std::array<char, kFrameHeaderBytes>;
// The header's bytes, with the CRC over it and `payload`.
HeaderBytes seal(const FrameHeader& header, std::string_view payload);

struct Frame {
  FrameHeader header;
  std::string_view payload;  // borrowed from the packet
};
// Checks all that one packet can tell by itself; `packet` must be a private copy. corrupt
// otherwise.
Result<Frame> parse_frame(std::string_view packet);

// Cuts one message into frames. `body` is borrowed and must live as long; `sequence` is the
// sender's counter and moves on with each frame. The body must be within max_bytes(type).
class Fragments {
 public:
  Fragments(MessageType type, std::uint64_t handle, std::string_view body, std::uint32_t& sequence);
  // The next frame's parts, to be sent as one packet; false when all were given.
  bool next(HeaderBytes& header, std::string_view& payload);

 private:
  MessageType type_;
  std::uint64_t handle_;
  std::string_view body_;
  std::size_t at_ = 0;
  bool done_ = false;
  std::uint32_t& sequence_;
};

struct Message {
  MessageType type = MessageType::none;
  std::uint64_t handle = 0;
  std::string body;
};

enum class Side : std::uint8_t { host, worker };

// Puts frames together, one message at a time. After an error it must not be used again: whoever
// sent that frame is not to be talked to.
class Assembler {
 public:
  // `receiver`: which messages may arrive here.
  explicit Assembler(Side receiver) : receiver_(receiver) {}
  // The message that this packet completes, or nothing yet. corrupt: an illegal frame.
  Result<std::optional<Message>> add(std::string_view packet);

 private:
  Side receiver_;
  std::uint32_t expected_ = 0;
  std::uint32_t total_ = 0;
  bool open_ = false;
  Message message_;
};

}  // namespace tenon::wire
