// Encoding, sealing and scanning; nothing here touches a disk.
#include "backends/capture_store/capture_file.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "backends/capture_store/squeeze.hpp"
#include "base/assert.hpp"
#include "base/codec.hpp"
#include "base/hash.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon {
namespace {

static_assert(kCaptureKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kCaptureSealBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                       crypto_aead_xchacha20poly1305_ietf_ABYTES);
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::string_view kFileMagic = "TNCAPT1\n", kFrameMagic = "TCAP";
enum class Part : char { summary = 's', call = 'c' };

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void put_crc(std::string& bytes) {
  Writer crc;
  crc.u32(crc32c(bytes));
  bytes += std::move(crc).take();
}

bool crc_fits(std::string_view bytes) {
  Reader reader(bytes.substr(bytes.size() - 4));
  return reader.u32() == crc32c(bytes.substr(0, bytes.size() - 4));
}

// A box opens in its own place only: for this tenant, in this file, there, as this part, of this
// call.
std::string bound_to(const CaptureSeal& seal, const CaptureFileId& file, std::uint64_t offset,
                     Part part, std::string_view attempt) {
  Writer out;
  out.text("tenon capture 1");
  out.text(seal.tenant);
  out.text(seal.workspace);
  out.text({reinterpret_cast<const char*>(file.data()), file.size()});
  out.u64(offset);
  out.u8(static_cast<std::uint8_t>(part));
  out.text(attempt);
  return std::move(out).take();
}

std::string box_of(const Secret& key, std::string_view bound, std::string_view plain) {
  std::string box(kNonce + plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(box.data());
  randombytes_buf(bytes, kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + kNonce, nullptr, raw(plain), plain.size(),
                                             raw(bound), bound.size(), nullptr, bytes,
                                             raw(key.reveal()));
  return box;
}

Result<std::string> plain_of(const Secret& key, std::string_view bound, std::string_view box) {
  const Error wrong = corrupt("a capture does not open in its place: damaged, or moved by hand");
  if (box.size() < kCaptureSealBytes) return wrong;
  std::string plain(box.size() - kCaptureSealBytes, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, raw(box) + kNonce,
      box.size() - kNonce, raw(bound), bound.size(), raw(box), raw(key.reveal()));
  if (failed != 0) return wrong;
  return plain;
}

std::string encode(const CaptureSummary& summary) {
  const auto& info = summary.info;
  Writer out;
  out.u8(1);  // version
  for (const auto* text :
       {&info.attempt, &info.destination, &info.release, &info.action, &info.op, &info.failure}) {
    out.text(*text);
  }
  out.i64(us_of(info.at));
  out.u32(info.took_ms);
  out.u32(info.records);
  out.u32(info.steps);
  out.u8(info.failed ? 1 : 0);
  out.u64(info.bytes);
  out.u32(static_cast<std::uint32_t>(summary.deliveries.size()));
  for (const auto one : summary.deliveries) out.u64(one);
  return std::move(out).take();
}

Result<CaptureSummary> decode(std::string_view bytes) {
  Reader in(bytes);
  CaptureSummary out;
  auto& info = out.info;
  const auto version = in.u8();
  for (auto* text :
       {&info.attempt, &info.destination, &info.release, &info.action, &info.op, &info.failure}) {
    *text = in.text();
  }
  info.at = time_from_us(in.i64());
  info.took_ms = in.u32();
  info.records = in.u32();
  info.steps = in.u32();
  info.failed = in.u8() != 0;
  info.bytes = in.u64();
  const auto count = in.count(8);
  for (std::uint32_t i = 0; i < count; ++i) out.deliveries.push_back(in.u64());
  if (version != 1 || !in.ok()) return corrupt("a capture's summary is of an unknown form");
  return out;
}

// The plain head of a frame at `offset`, if there is one.
std::optional<CaptureFrame> frame_at(std::string_view file, std::uint64_t offset) {
  if (file.size() - offset < kCaptureFrameBytes) return std::nullopt;
  const auto head = file.substr(offset, kCaptureFrameBytes);
  if (!head.starts_with(kFrameMagic) || !crc_fits(head)) return std::nullopt;
  Reader in(head.substr(kFrameMagic.size()));
  CaptureFrame frame;
  if (in.u64() != offset) return std::nullopt;
  frame.offset = offset;
  frame.summary_bytes = in.u32();
  frame.call_bytes = in.u32();
  return frame;
}

}  // namespace

std::uint64_t short_of(const DeliveryId& id) {
  std::uint64_t out = 0;
  std::memcpy(&out, id.bytes.data(), sizeof out);
  return out;
}

std::uint64_t CaptureSeal::key_id() const {
  if (key.empty()) return 0;
  unsigned char id[8];
  constexpr std::string_view kWhat = "tenon capture key id";
  crypto_generichash(id, sizeof id, raw(kWhat), kWhat.size(), raw(key.reveal()),
                     key.reveal().size());
  std::uint64_t out = 0;
  std::memcpy(&out, id, sizeof out);
  return out;
}

std::string encode(const CaptureFileHeader& header) {
  Writer out;
  out.u64(header.key);
  out.i64(us_of(header.made));
  std::string bytes(kFileMagic);
  bytes.append(reinterpret_cast<const char*>(header.id.data()), header.id.size());
  bytes += std::move(out).take();
  bytes.resize(kCaptureHeaderBytes - 4, '\0');
  put_crc(bytes);
  return bytes;
}

Result<CaptureFileHeader> decode_capture_header(std::string_view bytes) {
  if (bytes.size() < kCaptureHeaderBytes || !bytes.starts_with(kFileMagic) ||
      !crc_fits(bytes.substr(0, kCaptureHeaderBytes))) {
    return corrupt("wanted the header of a file of captures, found other bytes");
  }
  CaptureFileHeader header;
  std::memcpy(header.id.data(), bytes.data() + kFileMagic.size(), header.id.size());
  Reader in(bytes.substr(kFileMagic.size() + header.id.size(), 16));
  header.key = in.u64();
  header.made = time_from_us(in.i64());
  return header;
}

CaptureFrame seal_frame(const CaptureSeal& seal, const CaptureFileId& file, std::uint64_t offset,
                        const CaptureSummary& summary, std::string_view json_line,
                        std::string& out) {
  const std::string first =
      box_of(seal.key, bound_to(seal, file, offset, Part::summary, {}), encode(summary));
  const std::string second =
      box_of(seal.key, bound_to(seal, file, offset, Part::call, summary.info.attempt),
             squeezed(json_line));
  CaptureFrame frame;
  frame.offset = offset;
  frame.summary_bytes = static_cast<std::uint32_t>(first.size());
  frame.call_bytes = static_cast<std::uint32_t>(second.size());
  Writer head;
  head.u64(offset);
  head.u32(frame.summary_bytes);
  head.u32(frame.call_bytes);
  out = kFrameMagic;
  out += std::move(head).take();
  put_crc(out);
  TENON_ASSERT(out.size() == kCaptureFrameBytes);
  out += first;
  out += second;
  return frame;
}

Result<CaptureSummary> open_summary(const CaptureSeal& seal, const CaptureFileId& file,
                                    const CaptureFrame& frame, std::string_view bytes) {
  const auto bound = bound_to(seal, file, frame.offset, Part::summary, {});
  TENON_TRY_AS(const std::string plain,
               plain_of(seal.key, bound, bytes.substr(kCaptureFrameBytes, frame.summary_bytes)));
  return decode(plain);
}

Result<std::string> open_call(const CaptureSeal& seal, const CaptureFileId& file,
                              const CaptureFrame& frame, std::string_view attempt,
                              std::string_view bytes) {
  if (bytes.size() != frame.size()) return corrupt("a capture is cut short");
  const auto bound = bound_to(seal, file, frame.offset, Part::call, attempt);
  TENON_TRY_AS(const std::string plain,
               plain_of(seal.key, bound, bytes.substr(kCaptureFrameBytes + frame.summary_bytes)));
  return released(plain, kMaxCapturedCallBytes);
}

CaptureScan scan_frames(std::string_view file) {
  CaptureScan scan;
  std::uint64_t at = kCaptureHeaderBytes;
  scan.good_end = at;
  bool gap = false;
  while (at < file.size()) {
    const auto frame = frame_at(file, at);
    const bool whole = frame && frame->size() <= file.size() - at;
    if (!whole) {
      // Behind damage the next frame tells itself by its mark, its place and its checksum.
      gap = true;
      const auto next = file.find(kFrameMagic, at + 1);
      if (next == std::string_view::npos) break;
      at = next;
      continue;
    }
    if (gap) ++scan.gaps;
    gap = false;
    scan.frames.push_back(*frame);
    at += frame->size();
    scan.good_end = at;
  }
  return scan;
}

}  // namespace tenon
