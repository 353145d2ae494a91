// Rows as bytes, and their keys.
#include "delivery/row.hpp"

#include "base/codec.hpp"

namespace tenon::delivery {
namespace {

constexpr std::uint8_t kRowVersion = 3;
constexpr std::size_t kTail = 8 + 16;  // event offset and delivery id, at the end of each key

std::string tail_of(const DeliveryRef& ref) {
  std::string out = key_u64(ref.event.value);
  out.append(reinterpret_cast<const char*>(ref.id.bytes.data()), ref.id.bytes.size());
  return out;
}

}  // namespace

std::string_view name_of(RowState state) {
  switch (state) {
    case RowState::none: return "none";
    case RowState::retry: return "retry";
    case RowState::held: return "held";
    case RowState::parked: return "parked";
    case RowState::dead: return "dead";
    case RowState::ambiguous: return "ambiguous";
  }
  return "none";
}

bool is_given_up(RowState state) {
  return state == RowState::parked || state == RowState::dead || state == RowState::ambiguous;
}

std::string encode(const Row& row) {
  Writer out;
  out.u8(kRowVersion);
  out.u16(row.partition.value);
  put(out, row.ref);
  out.text(row.action);
  out.u8(static_cast<std::uint8_t>(row.state));
  out.u8(row.maybe_applied ? 2 : 0);
  out.u16(row.at_most);
  out.u32(row.number);
  out.u8(row.deaths);
  out.i64(us_of(row.since));
  out.i64(us_of(row.next_at));
  out.i64(us_of(row.age_from));
  out.u64(row.decided.value);
  out.u64(row.rerun.value);
  out.u32(row.http_status);
  for (const auto* text :
       {&row.release, &row.reason, &row.vendor_code, &row.vendor_ref, &row.detail}) {
    out.text(*text);
  }
  return std::move(out).take();
}

Result<Row> decode_row(std::string_view bytes) {
  Reader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kRowVersion) {
    return unsupported("wanted delivery row format 3, found " + std::to_string(version));
  }
  Row row;
  row.partition = PartitionId{in.u16()};
  row.ref = take_delivery_ref(in, true);
  row.action = in.text();
  row.state = static_cast<RowState>(in.u8());
  const std::uint8_t flags = in.u8();
  row.maybe_applied = (flags & 2) != 0;
  row.at_most = in.u16();
  row.number = in.u32();
  row.deaths = in.u8();
  row.since = time_from_us(in.i64());
  row.next_at = time_from_us(in.i64());
  row.age_from = time_from_us(in.i64());
  row.decided = Offset{in.u64()};
  row.rerun = RerunId{in.u64()};
  row.http_status = in.u32();
  for (auto* text : {&row.release, &row.reason, &row.vendor_code, &row.vendor_ref, &row.detail}) {
    *text = in.text();
  }
  if (!in.done()) return corrupt("delivery row: its fields do not fit its length");
  return row;
}

std::string row_key(PartitionId partition, const DeliveryRef& ref) {
  return "x" + key_u16(partition.value) + tail_of(ref);
}

std::string id_key(const DeliveryId& id) {
  return "i" + std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

std::string due_key(const Row& row) {
  return (row.rerun.value == 0 ? "q" : "d") +
         key_u64(static_cast<std::uint64_t>(us_of(row.next_at))) + key_u16(row.partition.value) +
         tail_of(row.ref);
}

std::string rerun_prefix(RerunId id, PartitionId partition) {
  return "r" + key_u64(id.value) + key_u16(partition.value);
}

std::string rerun_key(const Row& row) {
  return rerun_prefix(row.rerun, row.partition) + tail_of(row.ref);
}

std::string row_key_of_rerun(std::string_view rerun_key) {
  return "x" + std::string(rerun_key.substr(9, 2 + kTail));
}

std::string lane_prefix(PartitionId partition, KeyHash key) {
  return "k" + key_u16(partition.value) + key_u64(key.value);
}

std::string lane_key(const Row& row) {
  return lane_prefix(row.partition, row.ref.key) + tail_of(row.ref);
}

std::string letter_prefix(RowState state) { return {'t', static_cast<char>(state)}; }

std::string letter_key(const Row& row) {
  return letter_prefix(row.state) + key_u64(static_cast<std::uint64_t>(us_of(row.since))) +
         key_u16(row.partition.value) + tail_of(row.ref);
}

std::string row_key_of_due(std::string_view due_key) {
  return "x" + std::string(due_key.substr(9, 2 + kTail));
}

std::string row_key_of_lane(std::string_view lane_key) {
  return "x" + std::string(lane_key.substr(1, 2)) + std::string(lane_key.substr(11, kTail));
}

std::string row_key_of_letter(std::string_view letter_key) {
  return "x" + std::string(letter_key.substr(10, 2 + kTail));
}

}  // namespace tenon::delivery
