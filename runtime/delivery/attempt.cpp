// Running a call: step, send, step again, until the connector has an outcome for each record.
#include "delivery/attempt.hpp"

#include <map>

#include "base/fail_point.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"

namespace tenon::delivery {
namespace {

// Everything of one running attempt, in one place that outlives its awaits.
class Running {
 public:
  Running(AttemptDoors doors, std::shared_ptr<const Setup> setup, std::string attempt,
          std::vector<Loaded> items, Call call)
      : doors_(doors),
        setup_(setup),
        attempt_(std::move(attempt)),
        items_(std::move(items)),
        run_(doors.call, setup, std::move(call),
             doors.call.clock.instant() + setup->manifest.call_deadline, items_.front().pick.lane) {
    for (const auto& item : items_) {
      if (item.synthetic) run_.synthetic();
    }
  }

  Task<Result<AttemptReport>> run();

 private:
  Task<Result<void>> turn(bool& done);
  Task<Result<void>> begin(const std::vector<ConnectorRequest>& requests);
  void note_coverage(const ConnectorRequest& request, const HttpReply& reply);
  void note_failure();

  AttemptDoors doors_;
  std::shared_ptr<const Setup> setup_;  // kept alive while this attempt runs
  std::string attempt_;
  std::vector<Loaded> items_;
  CallRun run_;
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

Call call_of(const std::string& attempt, const std::vector<Loaded>& items) {
  Call call;
  call.op = Op::deliver;
  call.action = items.front().pick.action;
  call.seed = hash64(attempt);
  for (const auto& item : items) call.records.push_back(item.record);
  return call;
}

Task<Result<AttemptReport>> Running::run() {
  for (const auto& item : items_) report_.facts.push_back(facts_of(item));
  run_.capture_as(attempt_);
  bool done = false;
  while (!done) TENON_CO_TRY(turn(done));
  run_.end_capture();
  note_failure();
  report_.notes = std::move(run_.notes());
  co_return std::move(report_);
}

void Running::note_failure() {
  for (auto& facts : report_.facts) facts.hinted = run_.hinted();
  if (!run_.failure()) return;
  if (run_.contradicted()) report_.facts[*run_.contradicted()].said = RecordOutcome();
  report_.failure = run_.failure()->kind;
  report_.failure_text = run_.failure()->text;
  for (auto& facts : report_.facts) {
    facts.failure = report_.failure;
    facts.failure_text = report_.failure_text;
    if (run_.failure()->retry_after.count() > 0) {
      facts.said.retry_after_ms = static_cast<std::uint32_t>(run_.failure()->retry_after.count());
    }
  }
}

Task<Result<void>> Running::turn(bool& done) {
  run_.call().idempotency = idempotency_of(run_.call().action, items_, run_.call().step);
  if (TENON_PLANTED("new_key_each_try")) run_.call().idempotency += attempt_;
  auto result = co_await run_.step();
  done = !result || !result->suspended;
  if (!result) co_return Result<void>();
  for (auto& outcome : result->outcomes) {
    if (outcome.index < report_.facts.size()) report_.facts[outcome.index].said = outcome;
  }
  if (done) co_return Result<void>();
  if (!report_.began) TENON_CO_TRY(begin(result->requests));
  co_await run_.send(*result);
  for (std::size_t i = 0; i < result->requests.size(); ++i) {
    note_coverage(result->requests[i], run_.call().responses[i].reply);
  }
  co_return Result<void>();
}

Task<Result<void>> Running::begin(const std::vector<ConnectorRequest>& requests) {
  bool safe = true, batch_key = false;
  std::string asked;
  for (const auto& request : requests) {
    safe = safe && request.effect != Effect::once;
    batch_key = batch_key || request.idempotency_key == run_.call().idempotency;
    asked += request.method + ' ' + request.endpoint + ' ' + request.path + '\n' + request.body;
  }
  const std::string digest = digest_hex(asked);
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
    part.action = run_.call().action;
    part.idempotency = run_.call().idempotency;
    part.request_digest = digest;
    part.safe_to_repeat = safe;
    part.number = items_.front().pick.attempts_before + 1;
    part.total = static_cast<std::uint32_t>(items_.size());
    NewRecord record;
    record.partition = partition;
    record.header.stream = Stream::attempt;
    if (items_.front().pick.lane == Lane::replay) record.header.flags = kRecordReplay;
    record.header.tenant = hash_of_name(setup_->workspace->tenant.value);
    record.header.workspace = hash_of_name(setup_->workspace->name.value);
    record.header.config = setup_->workspace->version;
    record.body = encode(part);
    records.push_back(std::move(record));
  }
  // A key of the batch is only given again to the same batch, and which that was, only this tells.
  const auto wait = safe && !batch_key ? AppendWait::queued : AppendWait::durable;
  TENON_FAIL_POINT("delivery.begin.append");
  if (TENON_PLANTED("begin_not_recorded")) records.clear();
  TENON_CO_TRY(append_essential(doors_.log, doors_.call.clock, std::move(records), wait));
  TENON_FAIL_POINT("delivery.begin.appended");
  report_.began = true;
  co_return Result<void>();
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
  Call call = call_of(attempt, items);
  Running running(doors, std::move(setup), std::move(attempt), std::move(items), std::move(call));
  auto report = co_await running.run();
  co_return report;
}

}  // namespace tenon::delivery
