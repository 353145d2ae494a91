// What a start finds: files are read whole, one after the other, and their calls come into the
// index.
#include "backends/capture_store/capture_writer.hpp"

namespace tenon {
namespace {

constexpr std::string_view kExtension = ".captures";
constexpr std::size_t kDigits = 10;  // 2^38 files
// A file ends with the call that makes it larger than its share.
constexpr std::uint64_t kMaxFileRead = 64u << 20;

}  // namespace

std::string CaptureWriter::file_name(std::uint64_t number) {
  std::string digits(kDigits, '0');
  for (std::size_t i = kDigits; i-- > 0; number /= 16) digits[i] = "0123456789abcdef"[number % 16];
  return digits + std::string(kExtension);
}

std::optional<std::uint64_t> CaptureWriter::file_number(const std::string& name) {
  if (name.size() != kDigits + kExtension.size() || !name.ends_with(kExtension)) {
    return std::nullopt;
  }
  std::uint64_t out = 0;
  for (const char c : name.substr(0, kDigits)) {
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    out = out * 16 + digit;
  }
  return out;
}

Result<void> CaptureWriter::load() {
  files_.clear();
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.index.clear();
  }
  TENON_TRY(disk_.make_directory(folder_));
  TENON_TRY_AS(const auto names, disk_.list(folder_));
  for (const auto& name : names) {
    const auto number = file_number(name);
    if (!number) continue;
    File file;
    file.number = *number;
    next_ = std::max(next_, file.number + 1);
    auto usable = load_file(file);
    if (!usable) trouble("capture.damaged", usable.error());
    if (usable && *usable) {
      files_.emplace(file.number, std::move(file));
    } else {
      // Without a header nobody can read it; without a call there is nothing to be read.
      const auto removed = disk_.remove(folder_ + "/" + name);
      if (!removed) trouble("capture.not_removed", removed.error());
    }
  }
  publish();
  return {};
}

// False: it holds nothing.
Result<bool> CaptureWriter::load_file(File& file) {
  const std::string path = path_of(file);
  TENON_TRY_AS(const auto opened, disk_.open(path, DiskOpen::existing));
  TENON_TRY_AS(const std::string bytes, read_whole(*opened, kMaxFileRead));
  if (bytes.size() <= kCaptureHeaderBytes) return false;
  // Nothing is synced, so a power cut may leave the length of a file and none of its bytes: lost,
  // as is allowed, and not damaged.
  if (bytes.find_first_not_of('\0') >= kCaptureHeaderBytes) {
    telemetry_.log(LogLevel::warning, "capture.lost",
                   {{"file", path}, {"why", "its bytes were not on disk at a power cut"}});
    return false;
  }
  auto header = decode_capture_header(bytes);
  if (!header) {
    ++shared_.damaged;
    return std::move(header).error().in(path);
  }
  file.header = *header;
  file.oldest = header->made;
  file.size = bytes.size();
  if (header->key != seal_->key_id()) {
    file.locked = true;  // its budget and its age count all the same
    return true;
  }
  const auto scan = scan_frames(bytes);
  std::uint64_t damaged = scan.gaps;
  for (const auto& frame : scan.frames) {
    auto summary = open_summary(*seal_, header->id, frame,
                                std::string_view(bytes).substr(frame.offset, frame.size()));
    if (!summary) {
      ++damaged;
      continue;
    }
    file.oldest = std::min(file.oldest, summary->info.at);
    const std::lock_guard lock(shared_.mutex);
    shared_.index.add(file.number, frame, std::move(*summary));
  }
  if (damaged > 0) {
    shared_.damaged += damaged;
    const std::string count = std::to_string(damaged);
    telemetry_.log(LogLevel::warning, "capture.damaged", {{"file", path}, {"calls", count}});
  }
  if (scan.good_end < bytes.size()) TENON_TRY(cut_tail(file, scan.good_end));
  return file.size > kCaptureHeaderBytes;
}

Result<void> CaptureWriter::cut_tail(File& file, std::uint64_t good_end) {
  const std::string path = path_of(file), lost = std::to_string(file.size - good_end);
  TENON_TRY_AS(const auto opened, disk_.open(path, DiskOpen::existing));
  TENON_TRY(opened->truncate(good_end));
  file.size = good_end;
  telemetry_.log(LogLevel::warning, "capture.tail_cut",
                 {{"file", path}, {"bytes", lost}, {"why", "a write was left unfinished"}});
  return {};
}

}  // namespace tenon
