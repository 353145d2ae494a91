// LocalRuntime: connectors in sandboxed workers of this very program, for commands that need no
// host.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "async/scope.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace tenon::cli {

// A .so in a folder of its own below /tmp, which its worker may read and nothing else; removed when
// it goes.
class PlacedConnector {
 public:
  // unavailable: the folder or the file cannot be made.
  static Result<PlacedConnector> make(std::string_view so_bytes);
  PlacedConnector(PlacedConnector&& other) noexcept : folder_(std::move(other.folder_)) {
    other.folder_.clear();
  }
  PlacedConnector(const PlacedConnector&) = delete;
  PlacedConnector& operator=(const PlacedConnector&) = delete;
  PlacedConnector& operator=(PlacedConnector&&) = delete;
  ~PlacedConnector();

  std::string so_path() const { return folder_ + "/connector.so"; }

 private:
  explicit PlacedConnector(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;  // "": moved away
};

// One thread. The workers end with it.
class LocalRuntime {
 public:
  LocalRuntime();
  ~LocalRuntime();
  LocalRuntime(const LocalRuntime&) = delete;
  LocalRuntime& operator=(const LocalRuntime&) = delete;

  // Makes sure that workers can be locked up here, as tenond does when it starts. unsupported: this
  // machine cannot isolate, with what is missing and how to mend it; nothing runs then.
  Result<void> prove();
  // `so_path` must stay as it is until the end.
  void install(const ReleaseId& release, const std::string& so_path, const Manifest& manifest);

  ConnectorRuntime& connectors() { return *sandbox_; }
  Clock& clock() { return clock_; }
  // Runs one Task to its end.
  template <typename T>
  T run(Task<T> task) {
    std::optional<T> out;
    scope_.spawn(keep(std::move(task), out), "local_runtime");
    turn_until([&] { return out.has_value(); });
    return std::move(*out);
  }
  void run(Task<void> task);

 private:
  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>& out) {
    auto value = co_await std::move(task);
    out.emplace(std::move(value));
  }
  template <typename Done>
  void turn_until(Done done) {
    while (!done()) {
      context_.restart();
      context_.run_one();
    }
  }

  boost::asio::io_context context_;
  Scope scope_{context_.get_executor()};
  SystemClock clock_;
  SystemRandom random_;
  SilentTelemetry telemetry_;
  std::unique_ptr<SandboxRuntime> sandbox_;
};

}  // namespace tenon::cli
