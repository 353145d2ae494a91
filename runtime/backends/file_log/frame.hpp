// Frame: one record as it lies in a chunk (FORMAT.md, "Frame").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/record.hpp"

namespace tenon {

constexpr std::size_t kFrameHeaderBytes = 160;
constexpr std::size_t kFrameStep = 8;
constexpr std::uint8_t kFrameFormat = 1;

constexpr std::uint64_t frame_bytes(std::uint64_t body_bytes) {
  return (kFrameHeaderBytes + body_bytes + kFrameStep - 1) / kFrameStep * kFrameStep;
}

// Where a frame lies, as it says itself.
struct FramePlace {
  LogId log;
  Offset offset, group;
};

// Appends header, body and padding to `out`.
void append_frame(std::string& out, const FramePlace& place, const RecordHeader& header,
                  std::string_view body);

enum class FrameState : std::uint8_t {
  valid,    // the header checks out (the body is not looked at)
  absent,   // no magic: nothing was written here, or it is not a frame's place
  damaged,  // the magic, but the rest does not fit
  foreign,  // a format that this build does not know
};

struct FrameView {
  FrameState state = FrameState::absent;
  std::uint8_t format = 0;
  bool own_place = false;  // it says that it lies here; of any state but absent and foreign
  std::uint32_t body_bytes = 0;
  Offset group;
  RecordHeader header;
  std::uint32_t header_crc = 0, frame_crc = 0;
};

// `bytes`: at least kFrameHeaderBytes, else absent. Cheap fields only, unless valid.
FrameView view_frame(std::string_view bytes, LogId log, Offset offset);
// Whether the body fits to the header before it.
bool body_fits(const FrameView& frame, std::string_view body);

}  // namespace tenon
