// Fixed places, filled by hand because this is the hottest code of the log.
#include "backends/file_log/frame.hpp"

#include <bit>
#include <cstring>

#include "base/hash.hpp"

namespace tenon {
namespace {

static_assert(std::endian::native == std::endian::little,
              "frames are copied as they lie in memory");
constexpr std::uint32_t kFrameMagicWord = 0x43524e54;  // "TNRC"
constexpr std::size_t kHeaderCrcFrom = 12;

template <typename T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <typename T>
T get(const char* at) {
  T value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

void append_frame(std::string& out, const FramePlace& place, const RecordHeader& header,
                  std::string_view body) {
  char h[kFrameHeaderBytes] = {};
  put(h, kFrameMagicWord);
  put(h + 12, static_cast<std::uint32_t>(body.size()));
  put(h + 16, kFrameFormat);
  put(h + 17, static_cast<std::uint8_t>(header.stream));
  put(h + 18, header.type);
  put(h + 20, header.index);
  put(h + 24, header.flags);
  put(h + 28, header.key_id);
  put(h + 32, header.tenant.value);
  put(h + 40, header.workspace.value);
  put(h + 48, header.source.value);
  put(h + 56, header.key.value);
  put(h + 64, us_of(header.occurred));
  put(h + 72, us_of(header.sent));
  put(h + 80, us_of(header.received));
  put(h + 88, us_of(header.appended));
  put(h + 96, header.schema);
  put(h + 104, header.config.value);
  put(h + 112, header.parent.offset.value);
  put(h + 120, header.parent.log.value);
  put(h + 124, header.parent.partition.value);
  put(h + 126, header.parent.index);
  put(h + 128, header.trace);
  put(h + 136, place.offset.value);
  put(h + 144, place.group.value);
  put(h + 152, place.log.value);
  const std::uint32_t header_crc =
      crc32c(std::string_view(h + kHeaderCrcFrom, kFrameHeaderBytes - kHeaderCrcFrom));
  put(h + 4, header_crc);
  put(h + 8, crc32c(body, header_crc));
  out.append(h, kFrameHeaderBytes);
  out.append(body);
  out.append(frame_bytes(body.size()) - kFrameHeaderBytes - body.size(), '\0');
}

FrameView view_frame(std::string_view bytes, LogId log, Offset offset) {
  FrameView view;
  if (bytes.size() < kFrameHeaderBytes || get<std::uint32_t>(bytes.data()) != kFrameMagicWord)
    return view;
  const char* h = bytes.data();
  view.format = get<std::uint8_t>(h + 16);
  view.header_crc = get<std::uint32_t>(h + 4);
  view.frame_crc = get<std::uint32_t>(h + 8);
  view.body_bytes = get<std::uint32_t>(h + 12);
  // A zero is a header of which a part was never written.
  if (view.format != kFrameFormat && view.format != 0) {
    view.state = FrameState::foreign;
    return view;
  }
  view.own_place =
      get<std::uint64_t>(h + 136) == offset.value && get<std::uint32_t>(h + 152) == log.value;
  const auto crc = crc32c(bytes.substr(kHeaderCrcFrom, kFrameHeaderBytes - kHeaderCrcFrom));
  if (view.format == 0 || !view.own_place || view.header_crc != crc) {
    view.state = FrameState::damaged;
    return view;
  }
  view.state = FrameState::valid;
  view.group = Offset{get<std::uint64_t>(h + 144)};
  auto& r = view.header;
  r.stream = static_cast<Stream>(get<std::uint8_t>(h + 17));
  r.type = get<std::uint16_t>(h + 18);
  r.index = get<std::uint16_t>(h + 20);
  r.flags = get<std::uint32_t>(h + 24);
  r.key_id = get<std::uint32_t>(h + 28);
  r.tenant = NameHash{get<std::uint64_t>(h + 32)};
  r.workspace = NameHash{get<std::uint64_t>(h + 40)};
  r.source = NameHash{get<std::uint64_t>(h + 48)};
  r.key = KeyHash{get<std::uint64_t>(h + 56)};
  r.occurred = time_from_us(get<std::int64_t>(h + 64));
  r.sent = time_from_us(get<std::int64_t>(h + 72));
  r.received = time_from_us(get<std::int64_t>(h + 80));
  r.appended = time_from_us(get<std::int64_t>(h + 88));
  r.schema = get<std::uint64_t>(h + 96);
  r.config = ConfigVersion{get<std::uint64_t>(h + 104)};
  r.parent.offset = Offset{get<std::uint64_t>(h + 112)};
  r.parent.log = LogId{get<std::uint32_t>(h + 120)};
  r.parent.partition = PartitionId{get<std::uint16_t>(h + 124)};
  r.parent.index = get<std::uint16_t>(h + 126);
  r.trace = get<std::uint64_t>(h + 128);
  return view;
}

bool body_fits(const FrameView& frame, std::string_view body) {
  return body.size() == frame.body_bytes && crc32c(body, frame.header_crc) == frame.frame_crc;
}

}  // namespace tenon
