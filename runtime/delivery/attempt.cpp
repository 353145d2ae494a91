// Running a call: step, send, step again, until the connector has an outcome for each record.
#include "delivery/attempt.hpp"

#include <map>

#include "async/when_all.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"

namespace tenon::delivery {
namespace {

constexpr std::uint32_t kMaxSteps = 64;
constexpr milliseconds kMaxHold{24 * 3'600 * 1'000};

// Everything of one running attempt, in one place that outlives its awaits.
class Running {
 public:
  Running(AttemptDoors doors, std::shared_ptr<const Setup> setup, std::string attempt,
          std::vector<Loaded> items)
      : doors_(doors),
        setup_(std::move(setup)),
        attempt_(std::move(attempt)),
        items_(std::move(items)) {}

  Task<Result<AttemptReport>> run();

 private:
  Task<Result<void>> step(bool& done);
  Task<Result<void>> begin(const std::vector<ConnectorRequest>& requests);
  Task<void> send(std::vector<ConnectorRequest> requests);
  Task<HttpReply> send_one(ConnectorRequest request, ExchangeNote* note);
  void note_coverage(const ConnectorRequest& request, const HttpReply& reply);
  void fail(std::string failure, std::string text) {
    report_.failure = std::move(failure);
    report_.failure_text = std::move(text);
  }

  AttemptDoors doors_;
  std::shared_ptr<const Setup> setup_;  // kept alive while this attempt runs
  std::string attempt_;
  std::vector<Loaded> items_;
  Call call_;
  Instant deadline_{};
  AttemptReport report_;
};

AttemptFacts facts_of(const Loaded& item) {
  AttemptFacts facts;
  facts.ref = item.pick.ref;
  facts.number = item.pick.attempts_before + 1;
  facts.deaths = item.pick.deaths;
  facts.age_from = item.pick.age_from;
  return facts;
}

std::string failure_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable: return "worker_died";
    case ErrorKind::timeout: return "worker_timeout";
    case ErrorKind::corrupt:
    case ErrorKind::conflict: return "quarantined";
    case ErrorKind::limited: return "worker_backing_off";
    default: return "connector_refused";
  }
}

Task<Result<AttemptReport>> Running::run() {
  deadline_ = doors_.clock.instant() + setup_->manifest.call_deadline;
  call_.op = Op::deliver;
  call_.action = items_.front().pick.action;
  call_.seed = hash64(attempt_);
  for (auto& item : items_) {
    report_.facts.push_back(facts_of(item));
    call_.records.push_back(item.record);
  }
  bool done = false;
  while (!done && report_.failure.empty()) TENON_CO_TRY(step(done));
  for (auto& facts : report_.facts) {
    facts.failure = report_.failure;
    facts.failure_text = report_.failure_text;
  }
  co_return std::move(report_);
}

Task<Result<void>> Running::step(bool& done) {
  call_.now_ms = ms_of(doors_.clock.now());
  call_.idempotency = idempotency_of(call_.action, items_, call_.step);
  // The call's deadline bounds what is sent, not this: a connector must be able to read an answer
  // that came, or stayed out, at the last moment; else each slow vendor would cost a worker.
  const Instant until = doors_.clock.instant() + kStepWall;
  auto call = call_;
  auto result = co_await doors_.hosting.step(*setup_->destination, std::move(call), until);
  if (!result) {
    fail(failure_of(result.error()), result.error().text());
    if (result.error().kind == ErrorKind::limited) {
      for (auto& facts : report_.facts) {
        facts.said.retry_after_ms = static_cast<std::uint32_t>(result.error().retry_after.count());
      }
    }
    co_return Result<void>();
  }
  for (auto& outcome : result->outcomes) {
    if (outcome.index < report_.facts.size()) report_.facts[outcome.index].said = outcome;
  }
  if (result->status < 0) {
    fail("step_failed", result->explain.empty() ? "the connector gave no reason" : result->explain);
    co_return Result<void>();
  }
  if (!result->suspended) {
    if (!result->requests.empty()) {
      fail("step_failed", "the connector pushed requests but did not suspend");
    }
    done = true;
    co_return Result<void>();
  }
  if (result->requests.empty() || ++call_.step >= kMaxSteps) {
    fail("step_failed", result->requests.empty() ? "the connector suspended without a request"
                                                 : "the connector took more than 64 steps");
    co_return Result<void>();
  }
  if (!report_.began) TENON_CO_TRY(begin(result->requests));
  if (result->delay_ms > 0) {
    const Instant at = doors_.clock.instant() + std::min(kMaxHold, milliseconds{result->delay_ms});
    co_await doors_.clock.sleep_until(at);
  }
  call_.state = std::move(result->state);
  auto requests = std::move(result->requests);
  co_await send(std::move(requests));
  co_return Result<void>();
}

Task<Result<void>> Running::begin(const std::vector<ConnectorRequest>& requests) {
  bool safe = true;
  std::string digest;
  for (const auto& request : requests) {
    safe = safe && request.effect != Effect::once;
    digest += request.method + ' ' + request.endpoint + ' ' + request.path + '\n' + request.body;
  }
  std::map<PartitionId, AttemptBegin> parts;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    AttemptBegin& part = parts[items_[i].pick.partition];
    part.deliveries.push_back(items_[i].pick.ref);
    part.positions.push_back(static_cast<std::uint32_t>(i));
    part.numbers.push_back(items_[i].pick.attempts_before + 1);
  }
  std::vector<NewRecord> records;
  for (auto& [partition, part] : parts) {
    part.attempt = attempt_;
    part.destination = setup_->destination->name.value;
    part.release = setup_->manifest.release();
    part.action = call_.action;
    part.idempotency = call_.idempotency;
    part.request_digest = digest_hex(digest);
    part.safe_to_repeat = safe;
    part.number = items_.front().pick.attempts_before + 1;
    part.total = static_cast<std::uint32_t>(items_.size());
    NewRecord record;
    record.partition = partition;
    record.header.stream = Stream::attempt;
    record.header.tenant = hash_of_name(setup_->workspace->tenant.value);
    record.header.workspace = hash_of_name(setup_->workspace->name.value);
    record.header.config = setup_->workspace->version;
    record.body = encode(part);
    records.push_back(std::move(record));
  }
  const auto wait = safe ? AppendWait::queued : AppendWait::durable;
  TENON_CO_TRY(append_essential(doors_.log, doors_.clock, std::move(records), wait));
  report_.began = true;
  co_return Result<void>();
}

Task<HttpReply> Running::send_one(ConnectorRequest request, ExchangeNote* note) {
  EgressTarget target(*setup_->destination, setup_->manifest, *setup_->settings);
  target.tenant = setup_->workspace->tenant.value;
  target.workspace = setup_->workspace->name.value;
  target.call_records = items_.size();
  co_return co_await doors_.egress.exchange(std::move(target), std::move(request), deadline_, note);
}

Task<void> Running::send(std::vector<ConnectorRequest> requests) {
  const std::size_t first = report_.notes.size();
  report_.notes.resize(first + requests.size());
  std::vector<Task<HttpReply>> sending;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    report_.notes[first + i].step = call_.step - 1;
    sending.push_back(send_one(requests[i], &report_.notes[first + i]));
  }
  auto replies = co_await when_all(std::move(sending));
  call_.responses.clear();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    note_coverage(requests[i], replies[i]);
    CallResponse response;
    response.tag = requests[i].tag;
    response.reply = std::move(replies[i]);
    call_.responses.push_back(std::move(response));
  }
}

// What the exchange proves about the records that its request carried; none named = all of them.
void Running::note_coverage(const ConnectorRequest& request, const HttpReply& reply) {
  if (request.effect == Effect::read) return;  // a look-up can neither apply nor prove anything
  const auto touch = [&](AttemptFacts& facts) {
    const bool answered = reply.got == Got::http;
    facts.sent = facts.sent || answered || reply.got == Got::timeout || reply.got == Got::lost;
    facts.answered = facts.answered || answered;
    facts.succeeded = facts.succeeded || (answered && reply.status < 400);
    facts.repeatable = facts.repeatable && request.effect != Effect::once;
    if (answered) facts.http_status = reply.status;
  };
  if (request.covers.empty()) {
    for (auto& facts : report_.facts) touch(facts);
  }
  for (const std::uint32_t index : request.covers) {
    if (index < report_.facts.size()) touch(report_.facts[index]);
  }
}

}  // namespace

Task<Result<AttemptReport>> run_attempt(AttemptDoors doors, std::shared_ptr<const Setup> setup,
                                        std::string attempt, std::vector<Loaded> items) {
  Running running(doors, std::move(setup), std::move(attempt), std::move(items));
  auto report = co_await running.run();
  co_return report;
}

}  // namespace tenon::delivery
