// Life of Arrivals: the parts of the host that take in, as app/host.cpp wires them.
#pragma once

#include <optional>

#include "egress/egress.hpp"
#include "hosting/hosting.hpp"
#include "inbound/door.hpp"
#include "pipeline/pipeline.hpp"
#include "sim/arrivals.hpp"
#include "sim/config.hpp"
#include "sync/sync.hpp"

namespace tenon::sim {

inline constexpr const char* kContactsPull = "contacts";
std::string deals_pull();

class ArrivalsSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    if (reference == "env:SECRET") return Secret("secret-of-the-path");
    return Secret("something");
  }
};

// The connector of Arrivals needs no answers of the vendor over HTTP.
class NoClient final : public HttpClient {
 public:
  Task<HttpReply> send(HttpRequest, Instant) override {
    HttpReply reply;
    reply.got = Got::no_connection;
    co_return reply;
  }
};

// Forwards everything, but for the bug that is planted in it.
class ArrivalsLog final : public EventLog {
 public:
  ArrivalsLog(EventLog& inner, ArrivalsMutant mutant) : inner_(inner), mutant_(mutant) {}
  LogId id() const override { return inner_.id(); }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override {
    const bool webhook = !records.empty() && records[0].header.stream == Stream::inbound;
    if (mutant_ == ArrivalsMutant::ack_before_fsync && webhook) wait = AppendWait::queued;
    return inner_.append(std::move(records), cls, wait);
  }
  Task<Result<LogSlice>> read(PartitionId partition, Offset from, ReadLimits limits) override {
    const bool looks = limits.streams == (stream_bit(Stream::raw) | stream_bit(Stream::rejected));
    auto slice = co_await inner_.read(partition, from, limits);
    if (slice && looks && mutant_ == ArrivalsMutant::forgets_what_is_in) slice->records.clear();
    co_return slice;
  }
  Offset begin(PartitionId partition) const override { return inner_.begin(partition); }
  Offset end(PartitionId partition) const override { return inner_.end(partition); }
  Task<void> wait_beyond(PartitionId partition, Offset beyond) override {
    return inner_.wait_beyond(partition, beyond);
  }
  Task<Result<void>> trim(PartitionId partition, Offset before) override {
    return inner_.trim(partition, before);
  }

 private:
  EventLog& inner_;
  ArrivalsMutant mutant_;
};

struct Arrivals::Life {
  Life() : scope(context.get_executor()) {}

  boost::asio::io_context context{1};
  SilentTelemetry telemetry;
  ArrivalsSecrets secrets;
  NoClient client;
  Vault vault{secrets};
  std::unique_ptr<FileLog> file_log;
  std::optional<ArrivalsLog> log;
  std::optional<ArrivalsConnector> connector;
  std::optional<Hosting> hosting;
  std::optional<RateLimiter> limiter;
  std::optional<Egress> egress;
  std::optional<Holds> holds;
  std::optional<pipeline::Pipeline> pipeline;
  std::optional<sync::Sync> sync;
  std::optional<inbound::Parser> parser;
  std::optional<inbound::WebhookDoor> door;
  Scope scope;
};

// The states of pulls and webhooks, restored.
inline Task<void> open_all(sync::Sync& sync, inbound::Parser& parser,
                           std::optional<Result<void>>& done) {
  auto opened = co_await sync.open();
  if (opened) opened = co_await parser.restore();
  done = std::move(opened);
}

// What it answers is looked up in the log.
inline Task<void> retry(inbound::Parser& parser, EventId webhook, EventId rejected) {
  (void)co_await parser.retry(webhook, rejected, "sim");
}

}  // namespace tenon::sim
