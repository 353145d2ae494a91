// CaptureStore: calls of connectors as they were, sealed on disk, within a budget.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "backends/capture_store/capture_writer.hpp"
#include "ports/captured_call.hpp"
#include "ports/captures.hpp"

namespace tenon {

// What waits to be written. A call beyond either is dropped and counted.
constexpr std::size_t kMaxQueuedCalls = 512, kMaxQueuedBytes = 32u << 20;

struct CaptureSettings {
  CaptureSeal seal;
  double sample = 1.0;  // of the calls in which nothing failed
  CaptureKeep keep;
};

// Its methods are for the host's thread. Calls are encoded, squeezed, sealed and written on one of
// its own, so that `take` costs a move. Off until it is given settings. Disk and telemetry, which
// both are used from that thread, outlive it.
class CaptureStore final : public CaptureSink {
 public:
  struct Options {
    bool threaded = true;  // false: for tests, everything happens within the calls
  };
  CaptureStore(Disk& disk, Telemetry& telemetry, std::string folder, Options options);
  // Writes what waits.
  ~CaptureStore() override;

  void use(CaptureSettings settings, Time now);
  // No more calls are taken; those that are kept stay, and cannot be read until it is used again.
  void pause(std::string why);
  // Nobody wants captures any more: those that are kept are removed.
  void remove_all();
  // Forgets what is older than it may be; to be called now and then.
  void expire(Time now);
  // Returns when all that was asked for before is done.
  void flush();

  bool wants(const std::string& destination, const std::string& attempt) const override;
  void take(CapturedCall call) override;

  std::vector<CaptureInfo> list(const CaptureQuery& query) const;
  // The newest call of this attempt, as one line of JSON. Blocks for the disk: some milliseconds,
  // some tens for the largest. not_found: it was not kept, or is forgotten. corrupt: its box does
  // not open.
  Result<std::string> read(const std::string& attempt) const;
  CaptureStatus status() const;

 private:
  using Job = std::function<void()>;
  void post(Job job, std::size_t bytes);
  void loop();

  Disk& disk_;
  Telemetry& telemetry_;
  std::string folder_;
  mutable CaptureShared shared_;
  CaptureWriter writer_;  // touched on the thread only
  std::optional<CaptureSettings> settings_;
  std::string off_because_;

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<std::pair<Job, std::size_t>> jobs_;
  std::size_t queued_bytes_ = 0, queued_calls_ = 0;
  bool busy_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tenon
