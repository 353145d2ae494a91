// The ConnectorRuntime contract: what a step gives, wherever it runs.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon {

inline std::string test_connector(const std::string& name) {
  return std::string(TENON_BINARY_DIR) + "/tests/connectors/" + name + ".so";
}

inline ReleaseId test_release(const std::string& name) { return ReleaseId(name + "@1.0.0"); }

inline Call test_call(const std::string& action, std::size_t records = 1) {
  Call call;
  call.action = action;
  for (std::size_t i = 0; i < records; ++i) {
    CallRecord record;
    record.id = "evt_" + std::to_string(i);
    record.type = "track";
    record.body = "{\"n\":" + std::to_string(i) + "}";
    call.records.push_back(std::move(record));
  }
  return call;
}

// A runtime on an io_context of its own, turned by `run`.
class ConnectorRuntimeTest : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    std::optional<T> out;
    std::exception_ptr thrown;
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T value) {
      thrown = error;
      out = std::move(value);
      done = true;
    });
    turn_until(done);
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*out);
  }
  void run(Task<void> task) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr) { done = true; });
    turn_until(done);
  }
  void turn_until(const bool& done) {
    io_.restart();
    while (!done) io_.run_one();
  }

  Result<InstanceId> open(const std::string& name, std::string settings = "{}") {
    return run(runtime().open(test_release(name), std::move(settings)));
  }
  Result<StepResult> step(InstanceId id, Call call, milliseconds within = milliseconds(20'000)) {
    return run(runtime().step(id, std::move(call), clock_.instant() + within));
  }
  // Opens a fresh instance and runs one step of it.
  Result<StepResult> one_step(const std::string& name, const std::string& action) {
    auto id = open(name);
    if (!id) return std::move(id).error();
    return step(*id, test_call(action));
  }
  virtual ConnectorRuntime& runtime() = 0;

  boost::asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
};

// Names of the test connectors that a runtime under test knows. "missing" has no file, "corrupt" is
// no ELF file.
inline const std::vector<std::string>& test_connector_names() {
  static const std::vector<std::string> names = {
      "echo",    "crash", "hang",   "exception", "wrong_symbol",      "wrong_abi",
      "garbage", "flood", "escape", "missing",   "constructor_crash", "constructor_reads",
      "corrupt"};
  return names;
}

inline std::string so_path_of(const std::string& name) {
  if (name != "corrupt") return test_connector(name);
  const std::string path = ::testing::TempDir() + "tenon_corrupt.so";
  std::ofstream(path) << "\x7f"
                      << "ELF, but not really";
  return path;
}

}  // namespace tenon
