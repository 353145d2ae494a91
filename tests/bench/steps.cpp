// What a call of a connector costs: in this process, and through the sandboxed worker.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "async/scope.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "bench/contacts.hpp"
#include "bench/event_body.hpp"
#include "bench/latencies.hpp"
#include "bench/process_use.hpp"
#include "hubspot/fake/model.hpp"
#include "ports/telemetry.hpp"
#include "worker/in_process_runtime.hpp"

namespace bench {
namespace {

using tenon::Task;

constexpr std::size_t kRounds = 5;  // A B A B ...

struct Options {
  std::string so, worker, action;
  bool hubspot() const { return action == "upsert_contact"; }
  std::size_t batch = 1;
  double seconds = 1;  // of each side
};

struct Side {
  Latencies calls;
  std::uint64_t steps = 0;
  double seconds = 0, host = 0, workers = 0;
};

// A call as delivery makes it: the step that asks, and the one that judges the answers.
tenon::Call first_step(const Options& options) {
  EventRequest request(1, "/", "-");
  const auto contacts = contact_records(options.batch);
  tenon::Call call;
  call.action = options.action;
  call.idempotency = "idk_bench";
  call.now_ms = 1'767'225'600'000;
  for (std::size_t i = 0; i < options.batch; ++i) {
    const std::string& text = request.with(i, 1);
    tenon::CallRecord record;
    record.id = "evt_" + std::to_string(i);
    record.type = "track";
    record.body = options.hubspot() ? contacts[i] : text.substr(text.find("\r\n\r\n") + 4);
    call.records.push_back(std::move(record));
  }
  return call;
}

// What HubSpot answers, by its model; a receiver of events answers by its status alone.
tenon::HttpReply reply_to(const tenon::ConnectorRequest& request, bool hubspot) {
  tenon::HttpReply reply;
  reply.got = tenon::Got::http;
  reply.status = 200;
  if (!hubspot) return reply;
  ::hubspot::fake::Options account;
  account.token = "bench";
  ::hubspot::fake::HubSpotModel model(account);
  const auto answer =
      model.handle({request.method,
                    request.path,
                    "",
                    {{"authorization", "Bearer bench"}, {"content-type", "application/json"}},
                    request.body},
                   1'767'225'600'000, 1);
  reply.status = answer.status;
  reply.body = answer.body;
  return reply;
}

tenon::Call second_step(tenon::Call call, const tenon::StepResult& first, bool hubspot) {
  call.step = 1;
  call.state = first.state;
  for (const auto& request : first.requests) {
    tenon::CallResponse response;
    response.tag = request.tag;
    response.reply = reply_to(request, hubspot);
    call.responses.push_back(std::move(response));
  }
  return call;
}

class Steps {
 public:
  Steps(Options options, boost::asio::io_context& context)
      : options_(std::move(options)),
        sandboxed_(context.get_executor(), clock_, random_, telemetry_, sandbox_options()),
        in_process_({{release_, options_.so}}) {
    tenon::sandbox::Installed installed;
    installed.so_path = options_.so;
    sandboxed_.install(release_, std::move(installed));
  }

  Task<void> run() {
    const std::string failed = co_await run_until_error();
    workers_mb_ = use_of_children(::getpid()).peak_mb;
    co_await sandboxed_.stop();
    if (!failed.empty()) std::fprintf(stderr, "bench_steps: %s\n", failed.c_str());
    failed_ = !failed.empty();
  }
  bool failed() const { return failed_; }
  nlohmann::json report() {
    return {{"in_process", report_of(inside_, false)}, {"worker", report_of(outside_, true)}};
  }

 private:
  tenon::sandbox::Options sandbox_options() const {
    tenon::sandbox::Options options;
    options.worker_path = options_.worker;
    return options;
  }

  Task<std::string> run_until_error() {
    const std::string settings =
        options_.hubspot() ? "{}" : R"({"url":"https://bench.example/in"})";
    const auto inside = in_process_.open_now(release_, settings);
    if (!inside) co_return inside.error().text();
    const auto outside = co_await sandboxed_.open(release_, settings);
    if (!outside) co_return outside.error().text();
    const auto asked = in_process_.step_now(*inside, first_step(options_));
    if (!asked) co_return asked.error().text();
    first_ = first_step(options_);
    second_ = second_step(first_, *asked, options_.hubspot());
    for (std::size_t round = 0; round < 2 * kRounds; ++round) {
      Side& side = round % 2 == 0 ? inside_ : outside_;
      auto turned = co_await turn(side, round % 2 == 0, *inside, *outside);
      if (!turned.empty()) co_return turned;
    }
    co_return std::string();
  }

  Task<std::string> turn(Side& side, bool in_process, tenon::InstanceId inside,
                         tenon::InstanceId outside) {
    const auto began = now_ns();
    const auto until = began + static_cast<std::uint64_t>(options_.seconds / kRounds * 1e9);
    const double host = use_of(::getpid()).cpu_s, workers = use_of_children(::getpid()).cpu_s;
    auto last = began;
    while (last < until) {
      for (const tenon::Call* step : {&first_, &second_}) {
        tenon::Call call = *step;
        if (in_process) {
          const auto done = in_process_.step_now(inside, call);
          if (!done) co_return done.error().text();
        } else {
          const auto deadline = clock_.instant() + tenon::seconds{5};
          const auto done = co_await sandboxed_.step(outside, std::move(call), deadline);
          if (!done) co_return done.error().text();
        }
        ++side.steps;
      }
      const auto now = now_ns();
      side.calls.add(now - last);
      last = now;
    }
    side.seconds += static_cast<double>(last - began) / 1e9;
    side.host += use_of(::getpid()).cpu_s - host;
    side.workers += use_of_children(::getpid()).cpu_s - workers;
    co_return std::string();
  }

  nlohmann::json report_of(Side& side, bool worker) const {
    const double calls = static_cast<double>(side.calls.size());
    const double thousands = calls * static_cast<double>(options_.batch) / 1'000;
    return {{"events_per_s", thousands * 1'000 / side.seconds},
            {"ack_p50_ms", side.calls.ms(0.5)},
            {"ack_p99_ms", side.calls.ms(0.99)},
            {"us_per_event", side.seconds * 1e3 / thousands},
            {"us_per_step", side.seconds * 1e6 / static_cast<double>(side.steps)},
            {"cpu_host", side.host / thousands},
            {"cpu_workers", side.workers / thousands},
            {"rss_host_mb", use_of(::getpid()).peak_mb},
            {"rss_workers_mb", worker ? workers_mb_ : 0},
            {"valid", true}};
  }

  const Options options_;
  const tenon::ReleaseId release_{options_.hubspot() ? "hubspot@1.0.0" : "webhook@1.0.0"};
  tenon::SystemClock clock_;
  tenon::SystemRandom random_;
  tenon::SilentTelemetry telemetry_;
  tenon::SandboxRuntime sandboxed_;
  tenon::InProcessRuntime in_process_;
  tenon::Call first_, second_;
  Side inside_, outside_;
  double workers_mb_ = 0;
  bool failed_ = false;
};

}  // namespace
}  // namespace bench

// bench_steps CONNECTOR.so TENON_WORKER ACTION BATCH SECONDS
int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bench_steps CONNECTOR.so TENON_WORKER ACTION BATCH SECONDS\n");
    return 2;
  }
  bench::Options options;
  options.so = argv[1];
  options.worker = argv[2];
  options.action = argv[3];
  options.batch = std::stoul(argv[4]);
  options.seconds = std::stod(argv[5]);
  boost::asio::io_context context(1);
  bench::Steps steps(options, context);
  tenon::Scope scope(context.get_executor());
  scope.spawn(steps.run(), "bench.steps");
  context.run();
  if (steps.failed()) return 1;
  std::cout << steps.report().dump() << std::endl;
}
