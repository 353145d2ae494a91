// RawEvent as bytes.
#include "event/raw_event.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {
constexpr std::uint8_t kRawVersion = 1;
constexpr std::uint8_t kForOneDelivery = 2;  // the same, and for which one
}  // namespace

std::string encode(const RawEvent& raw) {
  Writer out;
  out.reserve(raw.payload.size() + raw.envelope.size() + raw.message_id.size() + 96);
  const bool for_one = !raw.only_destination.empty();
  out.u8(for_one ? kForOneDelivery : kRawVersion);
  out.u8(static_cast<std::uint8_t>(raw.format));
  out.u8(raw.message_id_assigned ? 1 : 0);
  out.text(raw.type);
  out.text(raw.message_id);
  out.text(raw.order_key);
  out.text(raw.envelope);
  out.text(raw.payload);
  out.text(raw.reason);
  out.text(raw.reason_code);
  if (for_one) {
    out.text(raw.only_destination);
    out.text(raw.only_action);
  }
  return std::move(out).take();
}

Result<RawEvent> decode_raw_event(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kRawVersion && version != kForOneDelivery) {
    return unsupported("wanted raw event format 1 or 2, found " + std::to_string(version));
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
  if (version == kForOneDelivery) {
    raw.only_destination = in.text();
    raw.only_action = in.text();
  }
  if (!in.done()) return corrupt("raw event: its length does not fit its fields");
  return raw;
}

}  // namespace tenon
