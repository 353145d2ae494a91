// The host's side: what is taken, what is asked for, and the queue between.
#include "backends/capture_store/capture_store.hpp"

#include "backends/capture_store/sampling.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon {

CaptureStore::CaptureStore(Disk& disk, Telemetry& telemetry, std::string folder, Options options)
    : disk_(disk),
      telemetry_(telemetry),
      folder_(std::move(folder)),
      writer_(disk, telemetry, folder_, shared_) {
  if (options.threaded) thread_ = std::thread([this] { loop(); });
}

CaptureStore::~CaptureStore() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// `bytes` not 0: it is a call, and waits only where there is room.
void CaptureStore::post(Job job, std::size_t bytes) {
  if (!thread_.joinable()) return job();
  {
    const std::lock_guard lock(mutex_);
    if (bytes > 0 &&
        (queued_calls_ >= kMaxQueuedCalls || queued_bytes_ + bytes > kMaxQueuedBytes)) {
      ++shared_.too_many;
      telemetry_.count("capture_dropped", {{"why", "too_many"}});
      return;
    }
    queued_calls_ += bytes > 0 ? 1 : 0;
    queued_bytes_ += bytes;
    jobs_.emplace_back(std::move(job), bytes);
  }
  wake_.notify_one();
}

void CaptureStore::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;  // stopping, and all is written
    auto [job, bytes] = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    job();
    job = nullptr;  // the call's memory goes before the next one counts
    lock.lock();
    busy_ = false;
    queued_bytes_ -= bytes;
    queued_calls_ -= bytes > 0 ? 1 : 0;
    if (jobs_.empty()) done_.notify_all();
  }
}

void CaptureStore::flush() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return jobs_.empty() && !busy_; });
}

void CaptureStore::use(CaptureSettings settings, Time now) {
  // Shared since a job must be copyable; it alone has it once it runs.
  auto seal = std::make_shared<CaptureSeal>(settings.seal.copy());
  const CaptureKeep keep = settings.keep;
  settings_ = std::move(settings);
  off_because_.clear();
  post([this, seal, keep, now] { writer_.use(std::move(*seal), keep, now); }, 0);
}

void CaptureStore::pause(std::string why) {
  settings_.reset();
  off_because_ = std::move(why);
}

void CaptureStore::remove_all() {
  settings_.reset();
  off_because_.clear();
  post([this] { writer_.remove_all(); }, 0);
}

void CaptureStore::expire(Time now) {
  if (!settings_) return;
  post([this, now] { writer_.expire(now); }, 0);
}

bool CaptureStore::wants(const std::string&, const std::string&) const {
  return settings_.has_value();  // how it ends is not known yet, and a failure is always kept
}

void CaptureStore::take(CapturedCall call) {
  if (!settings_ || !has_run(call)) return;
  if (!is_sampled(call.attempt, settings_->sample) && !has_failed(call)) return;
  const std::size_t bytes = least_bytes(call);
  if (bytes > kMaxCapturedCallBytes) {
    ++shared_.too_large;
    telemetry_.count("capture_dropped", {{"why", "too_large"}});
    return;
  }
  auto kept = std::make_shared<const CapturedCall>(std::move(call));  // a job must be copyable
  post([this, kept] { writer_.append(*kept); }, bytes + 1);
}

std::vector<CaptureInfo> CaptureStore::list(const CaptureQuery& query) const {
  const std::lock_guard lock(shared_.mutex);
  return shared_.index.list(query);
}

Result<std::string> CaptureStore::read(const std::string& attempt) const {
  const auto gone = [&] {
    return not_found("no call of attempt " + attempt +
                     " is kept; tenon captures list shows what is");
  };
  if (!settings_) return gone();
  std::uint64_t number = 0;
  CaptureFrame frame;
  {
    const std::lock_guard lock(shared_.mutex);
    const auto* row = shared_.index.find(attempt, number);
    if (row == nullptr) return gone();
    frame = row->frame;
  }
  const std::string path = folder_ + "/" + CaptureWriter::file_name(number);
  auto file = disk_.open(path, DiskOpen::existing);
  if (!file && file.error().kind == ErrorKind::not_found) return gone();  // forgotten just now
  if (!file) return Error(file.error());
  const auto read_part = [&](std::uint64_t at, std::size_t size) -> Result<std::string> {
    std::string bytes(size, '\0');
    TENON_TRY_AS(const auto got, (*file)->read(at, bytes.data(), bytes.size()));
    bytes.resize(got);
    return bytes;
  };
  TENON_TRY_AS(const auto head, read_part(0, kCaptureHeaderBytes));
  TENON_TRY_AS(const auto header, decode_capture_header(head));
  TENON_TRY_AS(const auto bytes, read_part(frame.offset, frame.size()));
  auto line = open_call(settings_->seal, header.id, frame, attempt, bytes);
  if (line) return line;
  ++shared_.damaged;
  return std::move(line).error().in(path);
}

CaptureStatus CaptureStore::status() const {
  CaptureStatus out;
  out.on = settings_.has_value();
  out.off_because = off_because_;
  out.budget = settings_ ? settings_->keep.budget : 0;
  out.bytes = shared_.bytes;
  out.files = shared_.files;
  out.locked = shared_.locked;
  out.damaged = shared_.damaged;
  out.kept = shared_.kept;
  out.too_large = shared_.too_large;
  out.too_many = shared_.too_many;
  out.no_disk = shared_.no_disk;
  const std::lock_guard lock(shared_.mutex);
  out.calls = shared_.index.calls();
  out.oldest = shared_.index.oldest();
  return out;
}

}  // namespace tenon
