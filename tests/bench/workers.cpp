// What the sandbox costs: starting a worker, holding a hundred, a round trip, and a call's rate.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "backends/sandbox/artefact.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/sandbox/spawn.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "bench/latencies.hpp"
#include "bench/process_use.hpp"
#include "ports/telemetry.hpp"

namespace bench {
namespace {

using nlohmann::json;
using tenon::Error;
using tenon::InstanceId;
using tenon::ReleaseId;
using tenon::Result;
using tenon::SandboxRuntime;
using tenon::Task;
using tenon::sandbox::Isolation;

constexpr std::size_t kHeld = 100;      // workers at once
constexpr std::size_t kRounds = 6;      // full, none, full, none, ...
constexpr std::size_t kWarmStarts = 5;  // page cache, self-test of the machine
constexpr std::chrono::microseconds kBeat{200};
const char* const kSettings = R"({"url":"https://bench.example/in"})";

struct Mode {
  const char* name;
  Isolation isolation = Isolation::required;
  bool namespaces = true;
};
const Mode kFull{"full"}, kNoNamespaces{"no_namespaces", Isolation::required, false},
    kNone{"none", Isolation::none_i_accept, false};

ReleaseId release_number(std::size_t n) { return ReleaseId("webhook@1.0." + std::to_string(n)); }

// The proportional set size: pages that several share are counted in parts. 0 if it is gone.
double pss_kib(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; in >> word;) {
    double kib = 0;
    if (word == "Pss:" && in >> kib) return kib;
  }
  return 0;
}

tenon::Call call_of(std::size_t records, std::size_t bytes) {
  tenon::Call call;
  call.action = "send_batch";
  call.idempotency = "idk_bench";
  call.now_ms = 1'767'225'600'000;
  for (std::size_t i = 0; i < records; ++i) {
    tenon::CallRecord record;
    record.id = "evt_" + std::to_string(i);
    record.type = "track";
    const std::string frame = R"({"event":"Benchmarked","properties":{"filler":""}})";
    record.body = R"({"event":"Benchmarked","properties":{"filler":")" +
                  std::string(bytes - frame.size(), 'x') + R"("}})";
    call.records.push_back(std::move(record));
  }
  return call;
}

class Workers {
 public:
  Workers(boost::asio::io_context& context, std::string so, std::string worker, double seconds)
      : context_(context), so_(std::move(so)), worker_(std::move(worker)), seconds_(seconds) {}

  Task<void> run() {
    const auto done = co_await measure();
    if (!done) failed_ = done.error().text();
  }
  const std::string& failed() const { return failed_; }
  const json& report() const { return report_; }

 private:
  std::unique_ptr<SandboxRuntime> runtime(const Mode& mode) {
    tenon::sandbox::Options options;
    options.worker_path = worker_;
    options.mask.namespaces = mode.namespaces;
    auto made = std::make_unique<SandboxRuntime>(context_.get_executor(), clock_, random_,
                                                 telemetry_, std::move(options));
    for (std::size_t n = 0; n <= kHeld; ++n) {
      tenon::sandbox::Installed installed;
      installed.so_path = so_;
      installed.isolation = mode.isolation;
      made->install(release_number(n), std::move(installed));
    }
    return made;
  }

  Task<Result<void>> measure() {
    for (const Mode* mode : {&kFull, &kNoNamespaces, &kNone}) {
      const auto done = co_await starts(*mode);
      if (!done) co_return done.error();
    }
    parts_of_a_start();
    const auto held = co_await hold_many();
    if (!held) co_return held.error();
    for (const std::size_t kib : {1, 64}) {
      const auto done = co_await round_trips(kib);
      if (!done) co_return done.error();
    }
    const auto compared = co_await compare();
    if (!compared) co_return compared.error();
    co_return Result<void>{};
  }

  // From "no worker" to an open instance, one after the other; beside it how long the thread of the
  // host, which serves all else, was not there for a timer meanwhile.
  Task<Result<void>> starts(const Mode& mode) {
    Latencies took, held_up;
    const auto runtime = this->runtime(mode);
    tenon::Scope beat(context_.get_executor());
    std::uint64_t latest = 0;
    beat.spawn(watch_lateness(latest), "bench.beat");
    const auto until = now_ns() + static_cast<std::uint64_t>(seconds_ * 1e9);
    for (std::size_t n = 0; n < kWarmStarts + 20 || now_ns() < until; ++n) {
      latest = 0;
      const auto began = now_ns();
      const auto opened = co_await runtime->open(release_number(0), kSettings);
      if (!opened) co_return opened.error();
      if (n >= kWarmStarts) took.add(now_ns() - began);
      if (n >= kWarmStarts) held_up.add(latest);
      for (const auto& worker : runtime->workers()) ::kill(worker.pid, SIGKILL);
      while (!runtime->workers().empty()) {
        const auto soon = clock_.instant() + kBeat;
        co_await clock_.sleep_until(soon);
      }
    }
    beat.cancel();
    co_await beat.join();
    co_await runtime->stop();
    report_["start"][mode.name] = {{"p50_ms", took.ms(0.5)},
                                   {"p99_ms", took.ms(0.99)},
                                   {"host_held_p50_ms", held_up.ms(0.5)},
                                   {"host_held_p99_ms", held_up.ms(0.99)},
                                   {"runs", took.size()}};
    co_return Result<void>{};
  }

  Task<void> watch_lateness(std::uint64_t& latest) {
    for (;;) {
      const auto due = clock_.instant() + kBeat;
      co_await clock_.sleep_until(due);
      const auto late = (clock_.instant() - due).count();
      latest = std::max(latest, static_cast<std::uint64_t>(std::max<std::int64_t>(late, 0)));
    }
  }

  // What of a start can be measured alone; the rest is linking, locking down and the first open.
  void parts_of_a_start() {
    Latencies file, process, machine;
    for (int i = 0; i < 40; ++i) {
      auto began = now_ns();
      (void)tenon::sandbox::inspect_artefact(so_);
      file.add(now_ns() - began);
      began = now_ns();
      (void)tenon::sandbox::probe(tenon::sandbox::Namespaces::own, std::nullopt);
      process.add(now_ns() - began);
      began = now_ns();
      (void)tenon::sandbox::probe(tenon::sandbox::Namespaces::shared, std::nullopt);
      machine.add(now_ns() - began);
    }
    report_["start_parts_ms"] = {{"check_of_the_file_once_per_install", file.ms(0.5)},
                                 {"process_with_namespaces_and_root", process.ms(0.5)},
                                 {"process_alone", machine.ms(0.5)}};
  }

  Task<Result<void>> hold_many() {
    const auto runtime = this->runtime(kFull);
    const double before = pss_kib(::getpid());
    for (std::size_t n = 0; n < kHeld; ++n) {
      const auto opened = co_await runtime->open(release_number(n), kSettings);
      if (!opened) co_return opened.error();
    }
    double sum = 0;
    for (const auto& worker : runtime->workers()) sum += pss_kib(worker.pid);
    report_["held"] = {
        {"workers", runtime->workers().size()},
        {"pss_kib_per_worker", sum / static_cast<double>(kHeld)},
        {"host_pss_kib_per_worker", (pss_kib(::getpid()) - before) / static_cast<double>(kHeld)}};
    co_await runtime->stop();
    co_return Result<void>{};
  }

  Task<Result<void>> step(SandboxRuntime& runtime, InstanceId instance, const tenon::Call& call) {
    tenon::Call copy = call;
    const auto deadline = clock_.instant() + tenon::seconds{5};
    const auto done = co_await runtime.step(instance, std::move(copy), deadline);
    if (!done) co_return done.error();
    if (done->status < 0) co_return tenon::invalid("the connector failed: " + done->explain);
    co_return Result<void>{};
  }

  Task<Result<void>> round_trips(std::size_t kib) {
    const auto runtime = this->runtime(kFull);
    const auto opened = co_await runtime->open(release_number(0), kSettings);
    if (!opened) co_return opened.error();
    const tenon::Call call = call_of(1, kib * 1'024);
    Latencies took;
    const auto until = now_ns() + static_cast<std::uint64_t>(seconds_ * 1e9);
    while (now_ns() < until) {
      const auto began = now_ns();
      const auto done = co_await step(*runtime, *opened, call);
      if (!done) co_return done.error();
      took.add(now_ns() - began);
    }
    report_["round_trip"][std::to_string(kib) + "_KiB"] = {
        {"p50_us", took.ms(0.5) * 1e3}, {"p99_us", took.ms(0.99) * 1e3}, {"runs", took.size()}};
    co_await runtime->stop();
    co_return Result<void>{};
  }

  // The same worker and call with every lock and with none, in turn.
  Task<Result<void>> compare() {
    const auto full = runtime(kFull), none = runtime(kNone);
    const auto in_full = co_await full->open(release_number(0), kSettings);
    if (!in_full) co_return in_full.error();
    const auto in_none = co_await none->open(release_number(0), kSettings);
    if (!in_none) co_return in_none.error();
    for (const std::size_t records : {1, 64}) {
      const tenon::Call call = call_of(records, 1'024);
      double events[2] = {0, 0}, spent[2] = {0, 0};
      for (std::size_t round = 0; round < 2 * kRounds; ++round) {
        const std::size_t side = round % 2;
        SandboxRuntime& runtime = side == 0 ? *full : *none;
        const InstanceId instance = side == 0 ? *in_full : *in_none;
        const auto began = now_ns();
        const auto until = began + static_cast<std::uint64_t>(seconds_ / kRounds * 1e9);
        while (now_ns() < until) {
          const auto done = co_await step(runtime, instance, call);
          if (!done) co_return done.error();
          events[side] += static_cast<double>(records);
        }
        spent[side] += static_cast<double>(now_ns() - began) / 1e9;
      }
      const double with = events[0] / spent[0], without = events[1] / spent[1];
      report_["events_per_s"]["x" + std::to_string(records)] = {
          {"full", with}, {"none", without}, {"cost_percent", 100 * (1 - with / without)}};
    }
    co_await full->stop();
    co_await none->stop();
    co_return Result<void>{};
  }

  boost::asio::io_context& context_;
  const std::string so_, worker_;
  const double seconds_;
  tenon::SystemClock clock_;
  tenon::SystemRandom random_;
  tenon::SilentTelemetry telemetry_;
  std::string failed_;
  json report_;
};

}  // namespace
}  // namespace bench

// bench_workers CONNECTOR.so TENON_WORKER SECONDS: one line of JSON.
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_workers CONNECTOR.so TENON_WORKER SECONDS\n");
    return 2;
  }
  boost::asio::io_context context(1);
  bench::Workers workers(context, argv[1], argv[2], std::stod(argv[3]));
  tenon::Scope scope(context.get_executor());
  scope.spawn(workers.run(), "bench.workers");
  context.run();
  if (!workers.failed().empty()) {
    std::fprintf(stderr, "bench_workers: %s\n", workers.failed().c_str());
    return 1;
  }
  std::cout << workers.report().dump() << std::endl;
}
