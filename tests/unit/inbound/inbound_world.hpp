// The door, the parser and real hosting on a memory log, simulated time and a scripted connector.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <set>

#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/memory_state_store.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "inbound/door.hpp"
#include "signed_cases.hpp"

namespace tenon::inbound {

// Answers each webhook as `script` says; remembers the calls.
class ScriptedConnector final : public ConnectorRuntime {
 public:
  explicit ScriptedConnector(Clock& clock) : clock_(clock) {}
  Task<Result<InstanceId>> open(ReleaseId, std::string) override { co_return InstanceId(++last_); }
  Task<Result<StepResult>> step(InstanceId, Call call, Instant deadline) override {
    calls.push_back(call);
    const Instant ready = clock_.instant() + takes;
    co_await clock_.sleep_until(std::min(ready, deadline));
    if (ready > deadline) co_return timed_out("killed at the deadline");
    if (!errors.empty()) {
      Error error = errors.front();
      errors.pop_front();
      co_return error;
    }
    co_return script(call);
  }
  Task<void> close(InstanceId) override { co_return; }
  Task<void> stop() override { co_return; }

  // One track event for each webhook, named after its body; the reply says so.
  static StepResult one_event(const Call& call) {
    StepResult result;
    Emit emit;
    emit.kind = EmitKind::record;
    emit.id = "id-" + call.inbound->body;
    emit.type = "track";
    emit.body = R"({"event":"Came","userId":"u"})";
    result.emits.push_back(emit);
    result.replied = true;
    result.reply_status = 202;
    result.reply_body = R"({"ok":true})";
    return result;
  }
  std::function<StepResult(const Call&)> script = one_event;
  std::deque<Error> errors;  // given first
  milliseconds takes{0};
  std::vector<Call> calls;

 private:
  Clock& clock_;
  std::uint64_t last_ = 0;
};

class SecretMap final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    const auto found = all.find(reference);
    if (found == all.end()) return not_found("no such secret");
    return Secret(std::string(found->second));
  }
  std::map<std::string, std::string, std::less<>> all;
};

// What lives as long as the machine; a Host is what a crash takes away.
struct Machine {
  Machine() : log(io.get_executor(), LogId{7}, clock) {
    secrets.all["env:SECRET"] = "a-secret-of-the-vendor";
    secrets.all["env:TOKEN"] = "token";
  }
  boost::asio::io_context io;
  SimClock clock;
  MemoryEventLog log;
  MemoryStateStores stores;
  SecretMap secrets;
  SilentTelemetry telemetry;
};

inline Manifest manifest_of_scheme(const std::string& scheme) {
  Manifest manifest;
  manifest.id = "crm";
  manifest.version = "1.0.0";
  manifest.ops = {"webhook"};
  manifest.webhook.emplace();
  manifest.webhook->scheme = *webhook_scheme(scheme);
  manifest.webhook->slot = "secret";
  manifest.webhook->methods = {"POST"};
  manifest.webhook->reply_body = "thanks";
  manifest.webhook->reply_media_type = "text/plain";
  return manifest;
}

struct Host {
  explicit Host(Machine& m, Manifest manifest = manifest_of_scheme("slack/0"))
      : machine(m), scope(m.io.get_executor()), connector(m.clock) {
    workspace.tenant.value = "t";
    workspace.name.value = "w";
    Source source;
    source.name = SourceName{"crm"};
    source.max_body = 10'000;
    source.webhook.emplace();
    source.webhook->public_url = "https://hooks.example.com";
    auto& instance = source.webhook->instance;
    instance.name = DestinationName{"source/crm"};
    instance.connector = "crm";
    instance.settings = "{}";
    instance.credentials = {{"secret", "env:SECRET"}, {"token", "env:TOKEN"}};
    workspace.sources.push_back(source);
    InstalledRelease release;
    release.id = ReleaseId(manifest.release());
    release.manifest = std::move(manifest);
    catalog = ReleaseCatalog({release});
    hosting.emplace(connector, m.clock, m.telemetry, catalog);
    parser.emplace(m.log, m.stores, m.clock, m.telemetry, *hosting, scope);
    door.emplace(*parser, vault, m.clock, m.telemetry);
  }
  ~Host() {
    // As a crash: nothing is flushed, whatever runs is cut off.
    scope.cancel();
    run([](Scope& all) -> Task<void> { co_await all.join(); }(scope));
  }
  Host& begin() {
    run([](Parser& p) -> Task<void> {
      auto restored = co_await p.restore();
      EXPECT_TRUE(restored) << (restored ? "" : restored.error().text());
    }(*parser));
    configure();
    parser->start();
    return *this;
  }
  void configure() {
    auto config = std::make_shared<InboundConfig>(inbound_config(workspace, catalog.manifests()));
    parser->configure(config);
    door->configure(config);
  }
  // Runs until `task` has ended; simulated time moves as far as it needs.
  void run(Task<void> task) {
    bool done = false;
    boost::asio::co_spawn(machine.io, std::move(task), [&](std::exception_ptr error) {
      EXPECT_FALSE(error);
      done = true;
    });
    const Instant far = machine.clock.instant() + seconds(3'600);
    ASSERT_EQ(sim_run(machine.io, machine.clock, far, [&] { return done; }), SimEnd::done);
  }
  void run_for(milliseconds time) {
    run([](Clock& clock, Instant at) -> Task<void> { co_await clock.sleep_until(at); }(
                                         machine.clock, Instant(machine.clock.instant() + time)));
  }
  static Task<void> keep(Task<HttpResponse> task, HttpResponse& out) {
    out = co_await std::move(task);
  }

  HttpResponse send(HttpHead head, std::string body) {
    head.content_length = body.size();
    const Admission admission = door->admit(head);
    if (admission.refuse) return *admission.refuse;
    HttpResponse out;
    run(keep(door->handle(std::move(head), std::move(body)), out));
    return out;
  }
  HttpHead signed_head(const std::string& body) const {
    const auto stamp =
        std::to_string(std::chrono::floor<seconds>(machine.clock.now()).time_since_epoch().count());
    HttpHead head;
    head.method = "POST";
    head.path = "/webhooks/crm";
    head.headers = {{"content-type", "application/json"},
                    {"x-slack-request-timestamp", stamp},
                    {"x-slack-signature",
                     "v0=" + hex_of(mac_of("a-secret-of-the-vendor", "v0:" + stamp + ":" + body))}};
    return head;
  }
  HttpResponse send_signed(const std::string& body) { return send(signed_head(body), body); }

  struct Kept {
    PartitionId partition;
    Record record;
  };
  std::vector<Kept> kept(Stream stream) {
    std::vector<Kept> out;
    run([](EventLog& log, Stream wanted, std::vector<Kept>& all) -> Task<void> {
      for (std::uint16_t p = 0; p < kPartitions; ++p) {
        ReadLimits limits;
        limits.streams = stream_bit(wanted);
        const PartitionId partition{p};
        auto slice = co_await log.read(partition, log.begin(partition), limits);
        EXPECT_TRUE(slice);
        if (!slice) co_return;
        for (auto& record : slice->records) {
          Kept one{partition, std::move(record)};
          all.push_back(std::move(one));
        }
      }
    }(machine.log, stream, out));
    return out;
  }
  std::vector<InboundEnded> ended() {
    std::vector<InboundEnded> out;
    for (const auto& one : kept(Stream::inbound)) {
      if (one.record.header.type != static_cast<std::uint16_t>(InboundType::ended)) continue;
      out.push_back(decode_inbound_ended(one.record.body).value());
    }
    return out;
  }
  std::size_t received() { return kept(Stream::inbound).size() - ended().size(); }

  Machine& machine;
  Scope scope;
  Workspace workspace;
  ReleaseCatalog catalog;
  ScriptedConnector connector;
  Vault vault{machine.secrets};
  std::optional<Hosting> hosting;
  std::optional<Parser> parser;
  std::optional<WebhookDoor> door;
};

}  // namespace tenon::inbound
