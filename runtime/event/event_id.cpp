// Ids as text and back.
#include "event/event_id.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::string_view kEventPrefix = "evt_";
constexpr std::string_view kDeliveryPrefix = "dlv_";
constexpr std::string_view kRerunPrefix = "rpl_";

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

std::uint64_t take_big_endian(std::string_view& in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (const char c : in.substr(0, bytes)) value = (value << 8) | static_cast<unsigned char>(c);
  in.remove_prefix(bytes);
  return value;
}

std::string packed(const EventId& id) {
  std::string out;
  put_big_endian(out, id.log.value, 4);
  put_big_endian(out, id.partition.value, 1);
  put_big_endian(out, id.offset.value, 6);
  put_big_endian(out, id.index, 2);
  return out;
}

}  // namespace

void write(Writer& out, const EventId& id) {
  out.u32(id.log.value);
  out.u16(id.partition.value);
  out.u64(id.offset.value);
  out.u16(id.index);
}

EventId read_event_id(Reader& in) {
  EventId id;
  id.log = LogId{in.u32()};
  id.partition = PartitionId{in.u16()};
  id.offset = Offset{in.u64()};
  id.index = in.u16();
  return id;
}

std::string to_text(const EventId& id) { return std::string(kEventPrefix) + to_base32(packed(id)); }

Result<EventId> parse_event_id(std::string_view text) {
  std::string bytes;
  if (!text.starts_with(kEventPrefix) || !from_base32(text.substr(kEventPrefix.size()), bytes) ||
      bytes.size() != 13) {
    return invalid("wanted an event id (evt_ and 21 characters), found \"" +
                   std::string(text.substr(0, 64)) + "\"");
  }
  std::string_view in = bytes;
  EventId id;
  id.log = LogId{static_cast<std::uint32_t>(take_big_endian(in, 4))};
  id.partition = PartitionId{static_cast<std::uint16_t>(take_big_endian(in, 1))};
  id.offset = Offset{take_big_endian(in, 6)};
  id.index = static_cast<std::uint16_t>(take_big_endian(in, 2));
  return id;
}

std::string to_text(RerunId id) {
  std::string bytes;
  put_big_endian(bytes, id.value, 8);
  return std::string(kRerunPrefix) + to_base32(bytes);
}

Result<RerunId> parse_rerun_id(std::string_view text) {
  std::string bytes;
  if (!text.starts_with(kRerunPrefix) || !from_base32(text.substr(kRerunPrefix.size()), bytes) ||
      bytes.size() != 8) {
    return invalid("wanted the id of a replay (rpl_ and 13 characters), found \"" +
                   std::string(text.substr(0, 64)) + "\"");
  }
  std::string_view in = bytes;
  return RerunId{take_big_endian(in, 8)};
}

DeliveryId delivery_id_of(std::string_view destination, const EventId& event,
                          std::string_view action) {
  std::string name;
  name.reserve(destination.size() + action.size() + 15);
  name.append(destination).push_back('\0');
  name.append(packed(event)).append(action);
  return DeliveryId{digest128(name)};
}

std::string to_text(const DeliveryId& id) {
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  return std::string(kDeliveryPrefix) + to_base32(bytes);
}

Result<DeliveryId> parse_delivery_id(std::string_view text) {
  std::string bytes;
  if (!text.starts_with(kDeliveryPrefix) ||
      !from_base32(text.substr(kDeliveryPrefix.size()), bytes) || bytes.size() != 16) {
    return invalid("wanted a delivery id (dlv_ and 26 characters), found \"" +
                   std::string(text.substr(0, 64)) + "\"");
  }
  DeliveryId id;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(id.bytes.data()));
  return id;
}

}  // namespace tenon
