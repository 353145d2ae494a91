// Frames: sealing, checking, cutting and joining.
#include "wire/frame.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/codec.hpp"
#include "base/hash.hpp"

namespace tenon::wire {
namespace {

constexpr std::size_t kCrcAt = kFrameHeaderBytes - 4;

template <typename T>
void put(char* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<char>((value >> (8 * i)) & 0xff);
}

Error illegal(std::string what) { return corrupt("illegal frame: " + std::move(what)); }

bool may_arrive(MessageType type, Side receiver) {
  switch (type) {
    case MessageType::open:
    case MessageType::step:
    case MessageType::close: return receiver == Side::worker;
    case MessageType::opened:
    case MessageType::result:
    case MessageType::ready:
    case MessageType::refused:
    case MessageType::gate: return receiver == Side::host;
    case MessageType::none: return false;
  }
  return false;
}

std::string number(std::uint64_t n) { return std::to_string(n); }

}  // namespace

std::size_t max_bytes(MessageType type) {
  switch (type) {
    case MessageType::step: return kMaxCallMessageBytes;
    case MessageType::result: return kMaxResultMessageBytes;
    case MessageType::open:
    case MessageType::opened:
    case MessageType::close:
    case MessageType::ready:
    case MessageType::refused: return kMaxControlMessageBytes;
    case MessageType::gate: return 1;  // its body is empty; 0 would mean an unknown type
    case MessageType::none: return 0;
  }
  return 0;
}

HeaderBytes seal(const FrameHeader& header, std::string_view payload) {
  HeaderBytes out{};
  put(out.data(), kMagic);
  put(out.data() + 4, kVersion);
  put(out.data() + 5, static_cast<std::uint8_t>(header.type));
  put(out.data() + 6, header.flags);
  put(out.data() + 8, header.length);
  put(out.data() + 12, header.sequence);
  put(out.data() + 16, header.handle);
  put(out.data() + 24, header.total);
  put(out.data() + kCrcAt, crc32c(payload, crc32c({out.data(), kCrcAt})));
  return out;
}

Result<Frame> parse_frame(std::string_view packet) {
  if (packet.size() < kFrameHeaderBytes) {
    return illegal("a packet of " + number(packet.size()) + " bytes has no whole header");
  }
  if (packet.size() > kMaxFrameBytes) {
    return illegal("a packet of " + number(packet.size()) + " bytes, at most " +
                   number(kMaxFrameBytes));
  }
  Reader in(packet);
  if (in.u32() != kMagic) return illegal("wrong magic");
  if (const auto version = in.u8(); version != kVersion) {
    return illegal("version " + number(version) + ", wanted " + number(kVersion));
  }
  Frame frame;
  frame.header.type = static_cast<MessageType>(in.u8());
  frame.header.flags = in.u16();
  frame.header.length = in.u32();
  frame.header.sequence = in.u32();
  frame.header.handle = in.u64();
  frame.header.total = in.u32();
  const std::uint32_t crc = in.u32();
  frame.payload = packet.substr(kFrameHeaderBytes);
  if (frame.header.length != frame.payload.size()) {
    return illegal("length says " + number(frame.header.length) + ", the packet holds " +
                   number(frame.payload.size()));
  }
  if (crc32c(frame.payload, crc32c(packet.substr(0, kCrcAt))) != crc) return illegal("wrong CRC");
  const std::size_t most = max_bytes(frame.header.type);
  if (most == 0) {
    return illegal("unknown type " + number(static_cast<std::uint8_t>(frame.header.type)));
  }
  if ((frame.header.flags & ~(kFirst | kLast)) != 0) return illegal("unknown flags");
  if (frame.header.total > most) {
    return illegal("a message of " + number(frame.header.total) + " bytes, at most " +
                   number(most));
  }
  if (frame.header.length > frame.header.total) return illegal("more bytes than declared");
  return frame;
}

Fragments::Fragments(MessageType type, std::uint64_t handle, std::string_view body,
                     std::uint32_t& sequence)
    : type_(type), handle_(handle), body_(body), sequence_(sequence) {
  TENON_ASSERT(body.size() <= max_bytes(type));
}

bool Fragments::next(HeaderBytes& header, std::string_view& payload) {
  if (done_) return false;
  payload = body_.substr(at_, kMaxFramePayload);
  FrameHeader fields;
  fields.type = type_;
  if (at_ == 0) fields.flags |= kFirst;
  at_ += payload.size();
  done_ = at_ == body_.size();
  if (done_) fields.flags |= kLast;
  fields.length = static_cast<std::uint32_t>(payload.size());
  fields.sequence = sequence_++;
  fields.handle = handle_;
  fields.total = static_cast<std::uint32_t>(body_.size());
  header = seal(fields, payload);
  return true;
}

Result<std::optional<Message>> Assembler::add(std::string_view packet) {
  TENON_TRY_AS(const Frame frame, parse_frame(packet));
  const FrameHeader& head = frame.header;
  if (head.sequence != expected_) {
    return illegal("sequence " + number(head.sequence) + ", wanted " + number(expected_));
  }
  ++expected_;
  if (!may_arrive(head.type, receiver_)) return illegal("a message for the other side");
  const bool first = (head.flags & kFirst) != 0;
  if (first == open_)
    return illegal(open_ ? "a message inside a message" : "a part without its start");
  if (first) {
    message_ = Message{head.type, head.handle, {}};
    message_.body.reserve(head.total);  // bounded: parse_frame compared it with max_bytes
    total_ = head.total;
    open_ = true;
  } else if (head.type != message_.type || head.handle != message_.handle || head.total != total_) {
    return illegal("a part that does not fit its message");
  } else if (head.length == 0) {
    return illegal("an empty part");
  }
  if (frame.payload.size() > total_ - message_.body.size())
    return illegal("more bytes than declared");
  message_.body.append(frame.payload);
  const bool last = (head.flags & kLast) != 0;
  const bool whole = message_.body.size() == total_;
  if (last != whole) return illegal(last ? "ended before its declared size" : "no end at its size");
  if (!last) return std::optional<Message>{};
  open_ = false;
  return std::optional<Message>{std::move(message_)};
}

}  // namespace tenon::wire
