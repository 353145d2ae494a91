// Appending and forgetting.
#include "backends/capture_store/capture_writer.hpp"

#include <sodium.h>

#include <algorithm>

#include "backends/capture_store/sampling.hpp"
#include "base/fail_point.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon {
namespace {

// A file of a sixteenth of the budget and of the time: so much is forgotten at once.
constexpr int kSlices = 16;

CaptureSummary summary_of(const CapturedCall& call, std::size_t bytes) {
  CaptureSummary out;
  out.info.attempt = call.attempt;
  out.info.destination = call.destination;
  out.info.release = call.release;
  out.info.action = call.action;
  out.info.op = op_word(call.op);
  out.info.failure = call.failure;
  out.info.at = call.at;
  out.info.took_ms = call.took_ms;
  out.info.records = static_cast<std::uint32_t>(call.records.size());
  out.info.steps = static_cast<std::uint32_t>(call.steps.size());
  out.info.failed = has_failed(call);
  out.info.bytes = bytes;
  for (const auto& record : call.records) {
    const auto event = parse_event_id(record.id);
    if (!event) continue;
    out.deliveries.push_back(short_of(delivery_id_of(call.destination, *event, call.action)));
  }
  return out;
}

}  // namespace

void CaptureWriter::trouble(std::string_view event, const Error& why) {
  const std::string text = why.text();
  telemetry_.log(LogLevel::warning, event, {{"why", text}});
}

void CaptureWriter::publish() {
  std::uint64_t bytes = 0, locked = 0;
  for (const auto& [number, file] : files_) {
    bytes += file.size;
    locked += file.locked ? 1 : 0;
  }
  shared_.bytes = bytes;
  shared_.files = files_.size();
  shared_.locked = locked;
}

void CaptureWriter::use(CaptureSeal seal, CaptureKeep keep, Time now) {
  const bool same = seal_ && seal_->key_id() == seal.key_id() && seal_->tenant == seal.tenant &&
                    seal_->workspace == seal.workspace;
  keep_ = keep;
  if (!same) {
    close();
    seal_ = std::move(seal);
  }
  if (!same || !loaded_) {
    const auto loaded = load();
    loaded_ = loaded.has_value();
    if (!loaded) trouble("capture.unusable", loaded.error());
  }
  const auto made = make_room(0);
  if (!made) trouble("capture.not_removed", made.error());
  expire(now);
}

void CaptureWriter::remove_all() {
  close();
  seal_.reset();
  loaded_ = false;
  auto names = disk_.list(folder_);
  if (!names) return;  // there never were any
  std::size_t removed = 0;
  for (const auto& name : *names) {
    if (!file_number(name)) continue;
    const auto gone = disk_.remove(folder_ + "/" + name);
    if (!gone) trouble("capture.not_removed", gone.error());
    removed += gone ? 1 : 0;
  }
  files_.clear();
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.index.clear();
  }
  publish();
  if (removed > 0) {
    const std::string count = std::to_string(removed);
    telemetry_.log(LogLevel::info, "capture.removed",
                   {{"files", count}, {"why", "the workspace has no [capture]"}});
  }
}

void CaptureWriter::append(const CapturedCall& call) {
  if (!seal_ || !loaded_) {
    ++shared_.no_disk;
    telemetry_.count("capture_dropped", {{"why", "disk"}});
    return;
  }
  const std::string line = to_json_line(call);
  if (line.size() > kMaxCapturedCallBytes) {
    ++shared_.too_large;
    telemetry_.count("capture_dropped", {{"why", "too_large"}});
    return;
  }
  const auto written = write(summary_of(call, line.size()), line);
  publish();
  if (written) {
    ++shared_.kept;
    telemetry_.count("capture_kept");
    return;
  }
  // The first of a row is told; the counter tells of all.
  if (shared_.no_disk++ % 1'000 == 0) trouble("capture.not_written", written.error());
  telemetry_.count("capture_dropped", {{"why", "disk"}});
}

Result<void> CaptureWriter::write(const CaptureSummary& summary, const std::string& line) {
  // Sealing adds little, and squeezing at worst a thousandth.
  const std::uint64_t most = line.size() + line.size() / 512 + 32 * 1024;
  TENON_TRY(make_room(most));
  const std::uint64_t cut = std::clamp(keep_.budget / kSlices, kLeastCaptureFile, kMostCaptureFile);
  if (current_) {
    const File& newest = files_.rbegin()->second;
    const bool large = newest.size + most > cut && newest.size > kCaptureHeaderBytes;
    const bool old = summary.info.at - newest.header.made > keep_.age / kSlices;
    if (large || old) close();
  }
  if (!current_) TENON_TRY(begin_file(summary.info.at));
  File& file = files_.rbegin()->second;
  std::string bytes;
  const auto frame = seal_frame(*seal_, file.header.id, file.size, summary, line, bytes);
  TENON_FAIL_POINT("capture.append");
  const auto written = [&] {
    TENON_FAIL_IO("capture.write");
    return write_all(*current_, file.size, bytes);
  }();
  if (!written) {
    // What is half written is cut off, now or, as a torn tail, at the next start.
    static_cast<void>(current_->truncate(file.size).has_value());
    close();
    return written;
  }
  TENON_FAIL_POINT("capture.appended");
  file.size += frame.size();
  file.oldest = std::min(file.oldest, summary.info.at);
  const std::lock_guard lock(shared_.mutex);
  shared_.index.add(file.number, frame, summary);
  return {};
}

Result<void> CaptureWriter::begin_file(Time at) {
  TENON_TRY(disk_.make_directory(folder_));
  File file;
  file.number = next_;
  file.header.key = seal_->key_id();
  file.header.made = at;
  file.oldest = at;
  randombytes_buf(file.header.id.data(), file.header.id.size());
  file.size = kCaptureHeaderBytes;
  TENON_TRY_AS(auto opened, disk_.open(path_of(file), DiskOpen::replace));
  ++next_;
  const auto written = write_all(*opened, 0, encode(file.header));
  if (!written) {
    opened.reset();
    static_cast<void>(disk_.remove(path_of(file)).has_value());
    return written;
  }
  current_ = std::move(opened);
  files_.emplace(file.number, file);
  return {};
}

Result<void> CaptureWriter::remove_oldest() {
  const File oldest = files_.begin()->second;
  if (files_.size() == 1) close();
  {
    const std::lock_guard lock(shared_.mutex);  // nobody finds a call in a file that is going
    shared_.index.drop_file(oldest.number);
  }
  const auto removed = disk_.remove(path_of(oldest));
  if (!removed && removed.error().kind != ErrorKind::not_found) return removed;
  files_.erase(oldest.number);
  return {};
}

Result<void> CaptureWriter::make_room(std::uint64_t bytes) {
  if (bytes > keep_.budget) {
    return limited("wanted room for a call of " + std::to_string(bytes) + " bytes, found " +
                       std::to_string(keep_.budget) + " of [capture] budget_mib",
                   milliseconds{0});
  }
  while (!files_.empty()) {
    std::uint64_t used = 0;
    for (const auto& [number, file] : files_) used += file.size;
    bool full = false;
    {
      const std::lock_guard lock(shared_.mutex);
      full = shared_.index.full();
    }
    if (used + bytes <= keep_.budget && files_.size() < kMaxCaptureFiles && !full) break;
    TENON_TRY(remove_oldest());
  }
  publish();
  return {};
}

void CaptureWriter::expire(Time now) {
  const Time limit = now - keep_.age;
  while (seal_ && !files_.empty() && files_.begin()->second.oldest < limit) {
    const auto removed = remove_oldest();
    if (!removed) {
      trouble("capture.not_removed", removed.error());
      break;
    }
  }
  publish();
}

}  // namespace tenon
