// LogStory: writes records of chosen fates into a memory log, for the tests of explain and recount.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/explain.hpp"
#include "audit/recount.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/hash.hpp"

namespace tenon::test {

// One partition, one virtual clock; each record is written a second after the one before.
class LogStory {
 public:
  LogStory() : log(context.get_executor(), LogId{77}, clock) {}

  template <typename T>
  T run(Task<T> task) {
    std::optional<T> answer;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      answer.emplace(std::move(value));
    });
    context.restart();
    sim_run(context, clock, clock.instant() + std::chrono::hours(1),
            [&] { return answer.has_value(); });
    return std::move(*answer);
  }

  Offset write(Stream stream, std::string body, RecordHeader header = {}) {
    clock.advance_by(std::chrono::seconds(1));
    header.stream = stream;
    if (header.received == Time{}) header.received = clock.now();
    NewRecord record;
    record.partition = partition;
    record.header = header;
    record.body = std::move(body);
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    auto offsets = run(log.append(std::move(records), AppendClass::essential, AppendWait::durable));
    return offsets->front();
  }

  EventId raw(const std::string& message_id, std::uint16_t index = 0) {
    RawEvent event;
    event.format = RawFormat::segment;
    event.type = "track";
    event.message_id = message_id;
    event.order_key = "alice@example.com";
    event.payload = R"({"event":"Order Completed"})";
    RecordHeader header;
    header.source = hash_of_name("web");
    header.key = KeyHash{5};
    header.index = index;
    const Offset at = write(Stream::raw, encode(event), header);
    return EventId{log.id(), partition, at, index};
  }

  DecidedEvent decided(const EventId& id, EventFate fate,
                       std::vector<DecidedDelivery> deliveries = {}) {
    DecidedEvent event;
    event.offset = id.offset;
    event.index = id.index;
    event.source = hash_of_name("web");
    event.fate = fate;
    event.deliveries = std::move(deliveries);
    return event;
  }

  void decide(std::vector<DecidedEvent> events) {
    Decision decision;
    decision.from = events.front().offset;
    decision.to = Offset{events.back().offset.value + 1};
    decision.events = std::move(events);
    RecordHeader header;
    header.config = ConfigVersion{0xabcdef};
    write(Stream::decision, encode(decision), header);
  }

  static DecidedDelivery to(const std::string& destination) {
    DecidedDelivery delivery;
    delivery.route = "orders";
    delivery.destination = destination;
    delivery.action = "upsert_contact";
    delivery.fate = DeliveryFate::deliver;
    return delivery;
  }

  DeliveryRef ref(const EventId& id, const std::string& destination) {
    DeliveryRef ref;
    ref.id = delivery_id_of(destination, id, "upsert_contact");
    ref.event = id.offset;
    ref.index = id.index;
    return ref;
  }

  void begin(const std::string& attempt, const std::string& destination,
             std::vector<DeliveryRef> deliveries, std::uint32_t number = 1) {
    AttemptBegin begin;
    begin.attempt = attempt;
    begin.destination = destination;
    begin.release = "hubspot@1.0.0";
    begin.action = "upsert_contact";
    begin.idempotency = "idem-" + attempt;
    begin.request_digest = "d1";
    begin.number = number;
    begin.deliveries = std::move(deliveries);
    begin.total = static_cast<std::uint32_t>(begin.deliveries.size());
    for (std::uint32_t i = 0; i < begin.total; ++i) {
      begin.positions.push_back(i);
      begin.numbers.push_back(number);
    }
    write(Stream::attempt, encode(begin));
  }

  void end(const std::string& attempt, const std::string& destination, const DeliveryRef& delivery,
           OutcomeFate fate, const std::string& reason, std::uint32_t number = 1,
           std::uint32_t status = 200) {
    AttemptOutcome ended;
    ended.attempt = attempt;
    ended.destination = destination;
    ended.release = "hubspot@1.0.0";
    ended.action = "upsert_contact";
    ended.began = clock.now() - microseconds(250'000);
    ended.ended = clock.now();
    ExchangeNote exchange;
    exchange.endpoint = "api";
    exchange.method = "POST";
    exchange.path = "/contacts";
    exchange.got = "http";
    exchange.http_status = status;
    exchange.took_ms = 241;
    ended.exchanges.push_back(exchange);
    DeliveryOutcome outcome;
    outcome.delivery = delivery;
    outcome.fate = fate;
    outcome.verdict = fate == OutcomeFate::delivered ? Verdict::accepted : Verdict::retry;
    outcome.number = number;
    outcome.http_status = status;
    outcome.reason = reason;
    if (fate == OutcomeFate::retry) outcome.next_at = clock.now() + seconds(60);
    ended.outcomes.push_back(outcome);
    write(Stream::outcome, encode(ended));
  }

  void control(const Control& control) {
    RecordHeader header;
    header.type = static_cast<std::uint16_t>(type_of(control));
    write(Stream::control, encode(control), header);
  }

  Result<Trace> explained(const EventId& id) { return explained(id, ExplainOptions{}); }
  Result<Trace> explained(const EventId& id, const ExplainOptions& options) {
    return run(explain(log, id, options));
  }

  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log;
  PartitionId partition{3};
};

}  // namespace tenon::test
