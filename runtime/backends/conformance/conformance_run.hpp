// ConformanceRun: tenon-check on one release, in a confined process, while the caller does other
// things.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/conformance/conformance_report.hpp"
#include "base/time.hpp"

namespace tenon {

struct ConformancePlan {
  std::string confine, check;  // the programs tenon-confine and tenon-check
  std::string folder;          // made for this run, and removed with all that is in it
  std::string connector;       // its id: the .so is laid out under this name
  std::string so_path;
  struct Golden {
    std::string name;  // "upsert_contact.json"; no slash
    std::string bytes;
  };
  std::vector<Golden> goldens;       // none: only what needs no settings can pass
  std::optional<std::uint32_t> uid;  // as root: whose rights it runs with
  milliseconds within{120'000};      // wall time of all of it
};

constexpr std::uint32_t kConformanceCpuSeconds = 60;  // of each of its processes

// A thread of its own lays out the files, starts the program and reads what it prints. Owned by one
// thread.
class ConformanceRun {
 public:
  explicit ConformanceRun(ConformancePlan plan);
  ConformanceRun(const ConformanceRun&) = delete;
  ConformanceRun& operator=(const ConformanceRun&) = delete;
  // Ends what still runs, at once.
  ~ConformanceRun();

  bool done() const { return done_; }
  // Once done() is true. A suite with failures is a report, not an error.
  //   not_found: one of the programs is missing. timeout: no end in time. unsupported: it cannot be
  //   confined on this machine. corrupt: it printed no report. unavailable: no process, no space.
  Result<ConformanceReport> take() { return std::move(result_); }

 private:
  Result<ConformanceReport> run();
  Result<void> lay_out() const;

  const ConformancePlan plan_;
  Result<ConformanceReport> result_ = cancelled();
  std::atomic<bool> done_ = false;
  int stop_read_ = -1, stop_write_ = -1;  // closed at the one end: to be given up
  std::thread thread_;                    // last: it uses all of the above
};

}  // namespace tenon
