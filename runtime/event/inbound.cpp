// Records of the stream inbound as bytes.
#include "event/inbound.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kInboundVersion = 1;
constexpr std::size_t kIdBytes = 16;

Result<void> check_version(Reader& in) {
  const std::uint8_t version = in.u8();
  if (version == kInboundVersion) return {};
  return unsupported("wanted inbound format 1, found " + std::to_string(version));
}

Error broken() { return corrupt("inbound record: its length does not fit its fields"); }

}  // namespace

std::string encode(const InboundReceived& received) {
  Writer out;
  out.reserve(received.body.size() + received.path.size() + 256);
  out.u8(kInboundVersion);
  out.text(received.connector);
  out.text(received.method);
  out.text(received.path);
  out.u32(static_cast<std::uint32_t>(received.headers.size()));
  for (const auto& [name, value] : received.headers) {
    out.text(name);
    out.text(value);
  }
  out.text(received.body);
  return std::move(out).take();
}

Result<InboundReceived> decode_inbound_received(std::string_view body) {
  Reader in(body);
  TENON_TRY(check_version(in));
  InboundReceived received;
  received.connector = in.text();
  received.method = in.text();
  received.path = in.text();
  const std::uint32_t headers = in.count(8);
  received.headers.resize(headers);
  for (auto& [name, value] : received.headers) {
    name = in.text();
    value = in.text();
  }
  received.body = in.text();
  if (!in.done()) return broken();
  return received;
}

std::string encode(const InboundEnded& ended) {
  Writer out;
  out.u8(kInboundVersion);
  out.u64(ended.received.value);
  out.u8(static_cast<std::uint8_t>(ended.fate));
  out.u32(ended.tries);
  out.u32(ended.rejected);
  out.text(ended.release);
  out.text(ended.reason);
  out.u32(static_cast<std::uint32_t>(ended.events.size()));
  for (const auto& id : ended.events) write(out, id);
  return std::move(out).take();
}

std::string encode(const InboundReopened& reopened) {
  Writer out;
  out.u8(kInboundVersion);
  out.u64(reopened.received.value);
  write(out, reopened.rejected);
  out.text(reopened.actor);
  return std::move(out).take();
}

Result<InboundEnded> decode_inbound_ended(std::string_view body) {
  Reader in(body);
  TENON_TRY(check_version(in));
  InboundEnded ended;
  ended.received = Offset{in.u64()};
  ended.fate = static_cast<InboundFate>(in.u8());
  ended.tries = in.u32();
  ended.rejected = in.u32();
  ended.release = in.text();
  ended.reason = in.text();
  const std::uint32_t count = in.count(kIdBytes);
  ended.events.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) ended.events.push_back(read_event_id(in));
  if (!in.done()) return broken();
  return ended;
}

Result<InboundReopened> decode_inbound_reopened(std::string_view body) {
  Reader in(body);
  TENON_TRY(check_version(in));
  InboundReopened reopened;
  reopened.received = Offset{in.u64()};
  reopened.rejected = read_event_id(in);
  reopened.actor = in.text();
  if (!in.done()) return broken();
  return reopened;
}

}  // namespace tenon
