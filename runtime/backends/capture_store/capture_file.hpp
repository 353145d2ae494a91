// The bytes of a file of captures: its header, and one sealed frame for each call. README.md tells
// the format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "ports/captures.hpp"

namespace tenon {

constexpr std::size_t kCaptureKeyBytes = 32;
constexpr std::size_t kCaptureHeaderBytes = 64, kCaptureFrameBytes = 24;
constexpr std::size_t kCaptureSealBytes = 24 + 16;     // nonce and tag of a box
constexpr std::uint32_t kMaxCaptureSummary = 1 << 15;  // sealed

using CaptureFileId = std::array<std::uint8_t, 16>;

struct CaptureFileHeader {
  CaptureFileId id{};
  std::uint64_t key = 0;  // id of the key
  Time made{};
};
std::string encode(const CaptureFileHeader& header);
// corrupt: no such header, or of another version.
Result<CaptureFileHeader> decode_capture_header(std::string_view bytes);

// Whose captures these are, and under which key: what every box is bound to.
struct CaptureSeal {
  std::string tenant, workspace;
  Secret key;

  CaptureSeal copy() const { return CaptureSeal{tenant, workspace, key.copy()}; }
  std::uint64_t key_id() const;
};

// What the index keeps: the summary and, for look-ups, the deliveries of a call.
struct CaptureSummary {
  CaptureInfo info;                       // without the place
  std::vector<std::uint64_t> deliveries;  // the first eight bytes of each id
};
std::uint64_t short_of(const DeliveryId& id);

// Where a frame lies, from its plain head.
struct CaptureFrame {
  std::uint64_t offset = 0;
  std::uint32_t summary_bytes = 0, call_bytes = 0;  // sealed
  std::uint64_t size() const { return kCaptureFrameBytes + summary_bytes + call_bytes; }
};

// A call as it is written at `offset` of the file; `out`: its bytes.
CaptureFrame seal_frame(const CaptureSeal& seal, const CaptureFileId& file, std::uint64_t offset,
                        const CaptureSummary& summary, std::string_view json_line,
                        std::string& out);
// corrupt: it does not open here, under this key.
Result<CaptureSummary> open_summary(const CaptureSeal& seal, const CaptureFileId& file,
                                    const CaptureFrame& frame, std::string_view bytes);
// The call as a line of JSON; `bytes`: of the whole frame.
Result<std::string> open_call(const CaptureSeal& seal, const CaptureFileId& file,
                              const CaptureFrame& frame, std::string_view attempt,
                              std::string_view bytes);

// The frames of a file. Damage is stepped over to the next frame.
struct CaptureScan {
  std::vector<CaptureFrame> frames;
  std::uint64_t good_end = 0;  // behind the last whole frame: what follows is a torn write
  std::uint64_t gaps = 0;      // places in between at which no frame could be read
};
CaptureScan scan_frames(std::string_view file);

}  // namespace tenon
