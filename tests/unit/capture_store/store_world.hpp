// StoreWorld: a store of captures on a disk that can lose, tear and refuse, without a thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "backends/capture_store/capture_store.hpp"
#include "backends/file_log/sim_disk.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "ports/captured_call_json.hpp"
#include "support/sample_capture.hpp"

namespace tenon::test {

struct StoreWorld {
  StoreWorld() { EXPECT_TRUE(disk.make_directory("data") && disk.sync_directory(".")); }

  static CaptureSettings settings(char key = 'k') {
    CaptureSettings out;
    out.seal.tenant = "acme";
    out.seal.workspace = "main";
    out.seal.key = Secret(std::string(kCaptureKeyBytes, key));
    out.keep.budget = 64u << 20;
    out.keep.age = std::chrono::hours(24 * 7);
    return out;
  }
  CaptureStore& opened(CaptureSettings with = settings()) {
    CaptureStore::Options options;
    options.threaded = false;
    store = std::make_unique<CaptureStore>(disk, telemetry, "data/captures", options);
    store->use(std::move(with), now);
    return *store;
  }
  // A call in which all went well, of a size that squeezing cannot shrink much.
  CapturedCall good(const std::string& attempt, std::size_t bytes = 0) {
    CapturedCall call = sample_capture(attempt);
    call.at = now;
    call.failure.clear();
    call.steps[1].outcomes[1].verdict = Verdict::accepted;
    std::uint64_t word = hash64(attempt);
    while (call.records[0].body.size() < bytes) {
      word = word * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
      call.records[0].body += to_hex({reinterpret_cast<const char*>(&word), sizeof word});
    }
    return call;
  }
  CapturedCall bad(const std::string& attempt) {
    CapturedCall call = good(attempt);
    call.steps[1].outcomes[1].verdict = Verdict::rejected;
    return call;
  }
  std::vector<std::string> attempts(CaptureQuery query = {}) {
    std::vector<std::string> out;
    query.limit = 1'000;
    for (const auto& info : store->list(query)) out.push_back(info.attempt);
    return out;
  }
  std::vector<std::string> files() {
    auto names = disk.list("data/captures");
    return names ? *names : std::vector<std::string>();
  }
  std::string bytes_of(const std::string& name) {
    auto file = disk.open("data/captures/" + name, DiskOpen::existing);
    return *read_whole(**file, 1u << 30);
  }
  int lines(std::string_view event) {
    int out = 0;
    for (const auto& line : telemetry.lines) out += line.event == event ? 1 : 0;
    return out;
  }

  SimDisk disk;
  RecordingTelemetry telemetry;
  Time now = time_from_us(1'760'000'000'000'000);
  std::unique_ptr<CaptureStore> store;
};

using Names = std::vector<std::string>;

}  // namespace tenon::test
