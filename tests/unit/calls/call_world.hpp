// CallWorld: what a call needs, with a connector that is a function and a vendor that is a queue.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "calls/call_run.hpp"
#include "support/sim_task.hpp"
#include "vault/vault.hpp"

namespace tenon::test {

// Runs each step by `step`; remembers the calls.
class FunctionRuntime final : public ConnectorRuntime {
 public:
  Task<Result<InstanceId>> open(ReleaseId, std::string) override { co_return InstanceId(++last_); }
  Task<Result<StepResult>> step(InstanceId, Call call, Instant) override {
    calls.push_back(call);
    co_return on_step(call);
  }
  Task<void> close(InstanceId) override { co_return; }
  Task<void> stop() override { co_return; }

  std::function<Result<StepResult>(const Call&)> on_step = [](const Call&) { return StepResult(); };
  std::vector<Call> calls;

 private:
  std::uint64_t last_ = 0;
};

class QueueClient final : public HttpClient {
 public:
  Task<HttpReply> send(HttpRequest request, Instant) override {
    sent.push_back(std::move(request));
    HttpReply reply;
    reply.got = Got::http;
    reply.status = 200;
    if (!replies.empty()) {
      reply = std::move(replies.front());
      replies.pop_front();
    }
    co_return reply;
  }
  std::deque<HttpReply> replies;  // 200 and empty when used up
  std::vector<HttpRequest> sent;
};

class OneSecret final : public SecretStore {
 public:
  Result<Secret> get(std::string_view) override { return Secret("secret-of-the-vendor"); }
};

inline Manifest crm_manifest() {
  Manifest manifest;
  manifest.id = "crm";
  manifest.version = "1.0.0";
  manifest.ops = {"deliver", "pull", "readback", "check"};
  Endpoint api;
  api.name = "api";
  api.host = "api.vendor.test";
  api.methods = {"GET", "POST"};
  manifest.endpoints = {api};
  Slot token;
  token.name = "token";
  token.header = "Authorization";
  manifest.slots = {token};
  RateLimit row;
  row.bucket = "default";
  row.limit = 100;
  row.window = milliseconds(1'000);
  manifest.rate_limits = {row};
  Action upsert;
  upsert.name = "upsert";
  upsert.batch.max_records = 10;
  upsert.readback = true;
  Action send;
  send.name = "send";
  manifest.actions = {upsert, send};
  StreamDecl contacts;
  contacts.name = "contacts";
  contacts.starts_by_time = true;
  contacts.interval = seconds(60);
  manifest.streams = {contacts};
  return manifest;
}

inline ConnectorRequest get_request(std::uint32_t tag = 0) {
  ConnectorRequest request;
  request.tag = tag;
  request.endpoint = "api";
  request.method = "GET";
  request.path = "/things";
  request.effect = Effect::read;
  return request;
}

// Asks the vendor once, then gives `last`.
inline std::function<Result<StepResult>(const Call&)> asks_then(StepResult last) {
  return [last](const Call& call) -> Result<StepResult> {
    if (call.step > 0) return last;
    StepResult first;
    first.requests.push_back(get_request());
    first.suspended = true;
    return first;
  };
}

class CallWorld : public ::testing::Test {
 protected:
  CallWorld() {
    InstalledRelease release;
    release.manifest = crm_manifest();
    release.id = ReleaseId(release.manifest.release());
    catalog = ReleaseCatalog({release});
    auto space = std::make_shared<Workspace>();
    space->tenant.value = "acme";
    space->name.value = "main";
    space->version = ConfigVersion{7};
    Destination destination;
    destination.name = DestinationName("sales");
    destination.connector = "crm";
    destination.settings = "{}";
    destination.account = "sales";
    destination.credentials["token"] = "env:TOKEN";
    space->destinations.push_back(destination);
    workspace = space;
  }

  std::shared_ptr<const CallTarget> target() {
    auto made = target_of(workspace, workspace->destinations[0], catalog.manifests());
    return std::make_shared<const CallTarget>(std::move(*made));
  }
  CallDoors doors() { return {clock, hosting, egress, holds}; }

  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context, clock, std::move(task), std::chrono::hours(48));
  }

  boost::asio::io_context context{1};
  SimClock clock;
  RecordingTelemetry telemetry;
  FunctionRuntime runtime;
  ReleaseCatalog catalog;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  QueueClient client;
  OneSecret secrets;
  Vault vault{secrets};
  RateLimiter limiter{log, clock};
  Egress egress{client, vault, limiter, clock, telemetry};
  Hosting hosting{runtime, clock, telemetry, catalog};
  Holds holds{limiter, clock, telemetry};
  std::shared_ptr<const Workspace> workspace;
};

}  // namespace tenon::test
