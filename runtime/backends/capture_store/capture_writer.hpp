// CaptureWriter: the files of captures: appends, forgets the oldest, reads what a start finds.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/capture_store/capture_index.hpp"
#include "backends/file_log/disk.hpp"
#include "ports/captured_call.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// How much is kept, how long. The zero values keep nothing.
struct CaptureKeep {
  std::uint64_t budget = 0;  // bytes of all files
  std::chrono::hours age{0};
};

constexpr std::uint64_t kLeastCaptureFile = 1u << 20, kMostCaptureFile = 32u << 20;
constexpr std::size_t kMaxCaptureFiles = 1'000;

// Shared between the writing thread and the host's; `mutex` guards what is not atomic.
struct CaptureShared {
  std::mutex mutex;
  CaptureIndex index;
  std::atomic<std::uint64_t> bytes{0}, files{0}, locked{0}, damaged{0}, kept{0}, too_large{0},
      too_many{0}, no_disk{0};
};

// On one thread, which may block for the disk. All that it is given outlives it.
class CaptureWriter {
 public:
  CaptureWriter(Disk& disk, Telemetry& telemetry, std::string folder, CaptureShared& shared)
      : disk_(disk), telemetry_(telemetry), folder_(std::move(folder)), shared_(shared) {}

  // From now on under this key and these rules. Reads what lies in the folder the first time, and
  // with another key.
  void use(CaptureSeal seal, CaptureKeep keep, Time now);
  // Nobody wants captures: there are none, from now on.
  void remove_all();
  // Writes one call, if there is room for it. Not synced: a power cut may cost the newest calls.
  void append(const CapturedCall& call);
  // Removes each file that holds anything older than the rules allow.
  void expire(Time now);

  static std::string file_name(std::uint64_t number);
  // The number in "00000000ab.captures"; nothing: it is no file of ours.
  static std::optional<std::uint64_t> file_number(const std::string& name);

 private:
  struct File {
    std::uint64_t number = 0, size = 0;
    CaptureFileHeader header;
    Time oldest{};  // of its calls; before there are any, when it was made
    bool locked = false;
  };
  std::string path_of(const File& file) const { return folder_ + "/" + file_name(file.number); }
  Result<void> load();
  Result<bool> load_file(File& file);
  Result<void> cut_tail(File& file, std::uint64_t good_end);
  Result<void> write(const CaptureSummary& summary, const std::string& line);
  // Forgets the oldest files until so many bytes more fit. limited: they never do.
  Result<void> make_room(std::uint64_t bytes);
  Result<void> begin_file(Time at);
  Result<void> remove_oldest();
  void close() { current_.reset(); }
  void publish();
  void trouble(std::string_view event, const Error& why);

  Disk& disk_;
  Telemetry& telemetry_;
  std::string folder_;
  CaptureShared& shared_;
  std::optional<CaptureSeal> seal_;
  CaptureKeep keep_;
  bool loaded_ = false;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, File> files_;
  std::unique_ptr<DiskFile> current_;  // of the newest file; null: the next call begins one
};

}  // namespace tenon
