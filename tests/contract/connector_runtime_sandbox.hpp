// SandboxTest: a sandbox with the connectors of tests/support/connectors, and what it has logged.
#pragma once

#include <dirent.h>
#include <sys/wait.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "backends/sandbox/sandbox_runtime.hpp"
#include "contract/connector_runtime_contract.hpp"

namespace tenon {

// Keeps log lines.
class LineTelemetry final : public Telemetry {
 public:
  void count(std::string_view name, Labels labels, double) override {
    std::string line(name);
    for (const auto& [key, value] : labels) line.append(" ").append(key).append("=").append(value);
    counts.push_back(std::move(line));
  }
  void gauge(std::string_view, double, Labels) override {}
  void observe(std::string_view, double, Labels) override {}
  void log(LogLevel, std::string_view event, Labels fields) override {
    std::string line(event);
    for (const auto& [key, value] : fields) line.append(" ").append(key).append("=").append(value);
    lines.push_back(std::move(line));
  }
  std::size_t counted(std::string_view line) const {
    return static_cast<std::size_t>(std::count(counts.begin(), counts.end(), line));
  }
  std::vector<std::string> counts, lines;
};

inline std::size_t open_fds() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

class SandboxTest : public ConnectorRuntimeTest {
 protected:
  void SetUp() override {
    make({});
    const auto missing = sandbox_->capabilities().missing();
    if (!missing.empty()) GTEST_SKIP() << "cannot isolate here: " << missing[0];
  }
  void TearDown() override { stop(); }
  void stop() {
    if (sandbox_) run(sandbox_->stop());
    sandbox_.reset();
    // Nothing is left of any worker, not even a zombie.
    siginfo_t info{};
    EXPECT_EQ(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  void make(sandbox::Options options, const std::string& profile = "strict",
            sandbox::Isolation isolation = sandbox::Isolation::required) {
    if (sandbox_) stop();
    options.worker_path = std::string(TENON_BINARY_DIR) + "/bin/tenon-worker";
    sandbox_ =
        std::make_unique<SandboxRuntime>(io_.get_executor(), clock_, random_, telemetry_, options);
    for (const auto& name : test_connector_names()) {
      sandbox::Installed installed{so_path_of(name), profile};
      installed.isolation = isolation;
      sandbox_->install(test_release(name), std::move(installed));
    }
  }
  void turn_for(milliseconds time) {
    bool done = false;
    boost::asio::steady_timer timer(io_, time);
    timer.async_wait([&](const boost::system::error_code&) { done = true; });
    turn_until(done);
  }
  ConnectorRuntime& runtime() override { return *sandbox_; }

  LineTelemetry telemetry_;
  std::unique_ptr<SandboxRuntime> sandbox_;
};

}  // namespace tenon
