// RawEvent as bytes.
#include "event/raw_event.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {
constexpr std::uint8_t kVersion = 1;
}

std::string encode(const RawEvent& raw) {
  Writer out;
  out.reserve(raw.payload.size() + raw.envelope.size() + raw.message_id.size() + 96);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(raw.format));
  out.u8(raw.message_id_assigned ? 1 : 0);
  out.text(raw.type);
  out.text(raw.message_id);
  out.text(raw.order_key);
  out.text(raw.envelope);
  out.text(raw.payload);
  out.text(raw.reason);
  out.text(raw.reason_code);
  return std::move(out).take();
}

Result<RawEvent> decode_raw_event(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kVersion) {
    return unsupported("wanted raw event format 1, found " + std::to_string(version));
  }
  RawEvent raw;
  raw.format = static_cast<RawFormat>(in.u8());
  raw.message_id_assigned = in.u8() != 0;
  raw.type = in.text();
  raw.message_id = in.text();
  raw.order_key = in.text();
  raw.envelope = in.text();
  raw.payload = in.text();
  raw.reason = in.text();
  raw.reason_code = in.text();
  if (!in.done()) return corrupt("raw event: its length does not fit its fields");
  return raw;
}

}  // namespace tenon
