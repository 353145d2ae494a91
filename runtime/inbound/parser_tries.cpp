// One try: a step of the connector, its events durable, then the record that ends the webhook.
#include <algorithm>

#include "base/fail_point.hpp"
#include "base/hash.hpp"
#include "inbound/emitted.hpp"
#include "inbound/parser.hpp"
#include "ports/append_essential.hpp"

namespace tenon::inbound {
namespace {

milliseconds pause_after(std::uint32_t tries) {
  const auto doublings = std::min<std::uint32_t>(tries == 0 ? 0 : tries - 1, 16);
  return std::min<milliseconds>(kLastRetry, kFirstRetry * (1ll << doublings));
}

}  // namespace

// The same webhook gives the same call however often it is tried, so a second try after a crash
// makes the same events.
Task<Result<StepResult>> Parser::step(const InboundSource& source, const OpenWebhook& open,
                                      InboundReceived received) {
  Call call;
  call.op = Op::webhook;
  call.now_ms = ms_of(open.received);
  call.idempotency = to_text(open.id);
  call.seed = hash64(call.idempotency);
  call.inbound.emplace();
  call.inbound->method = std::move(received.method);
  call.inbound->path = std::move(received.path);
  call.inbound->headers = std::move(received.headers);
  call.inbound->body = std::move(received.body);
  Destination instance = source.settings.instance;
  const Instant deadline = clock_.instant() + kStepWall;
  co_return co_await hosting_.step(std::move(instance), std::move(call), deadline);
}

RecordOrigin Parser::origin_of(const OpenWebhook& open) const {
  RecordOrigin origin;
  origin.tenant = config_->tenant;
  origin.workspace = config_->workspace;
  origin.source = open.source;
  origin.config = config_->version;
  origin.received = open.received;
  const InboundSource* source = config_->find(open.source);
  origin.synthetic = source != nullptr && source->synthetic;
  return origin;
}

Task<Result<void>> Parser::finish(OpenWebhookPtr open, const InboundSource& source,
                                  StepResult result) {
  InboundEnded ended;
  ended.fate = InboundFate::parsed;
  ended.release = source.release;
  const std::string name = source.name.value;
  auto records = emitted_records(result.emits, origin_of(*open), open->id);
  for (const auto& record : records) {
    EventId id;
    id.log = open->id.log;
    id.partition = record.partition;
    id.index = record.header.index;
    ended.events.push_back(id);
    const bool rejected = record.header.stream == Stream::rejected;
    ended.rejected += rejected ? 1 : 0;
    telemetry_.count("webhook_events",
                     {{"source", name}, {"result", rejected ? "rejected" : "accepted"}});
  }
  if (!records.empty()) {
    TENON_CO_TRY_AS(const auto offsets,
                    log_.append(std::move(records), AppendClass::event, AppendWait::durable));
    for (std::size_t i = 0; i < offsets.size(); ++i) ended.events[i].offset = offsets[i];
  }
  TENON_FAIL_POINT("webhook.events.appended");
  co_return co_await append_end(open, std::move(ended));
}

Task<Result<void>> Parser::give_up(OpenWebhookPtr open, std::string release, std::string body,
                                   std::string why) {
  const std::string id = to_text(open->id);
  telemetry_.log(LogLevel::error, "webhook.failed", {{"webhook", id}, {"why", why}});
  telemetry_.count("webhooks_failed", {{"release", release}});
  InboundEnded ended;
  ended.fate = InboundFate::failed;
  ended.release = std::move(release);
  ended.rejected = 1;
  std::vector<NewRecord> records;
  records.push_back(failed_record(std::move(body), why, origin_of(*open), open->id));
  ended.reason = std::move(why);
  EventId kept{open->id.log, records.front().partition, {}, records.front().header.index};
  TENON_CO_TRY_AS(const auto offsets,
                  append_essential(log_, clock_, std::move(records), AppendWait::durable));
  kept.offset = offsets.front();
  ended.events.push_back(kept);
  co_return co_await append_end(open, std::move(ended));
}

Task<Result<void>> Parser::append_end(OpenWebhookPtr open, InboundEnded ended) {
  ended.received = open->id.offset;
  ended.tries = open->tries;
  NewRecord record;
  record.partition = open->id.partition;
  record.header.stream = Stream::inbound;
  record.header.type = static_cast<std::uint16_t>(InboundType::ended);
  const RecordOrigin origin = origin_of(*open);
  record.header.tenant = origin.tenant;
  record.header.workspace = origin.workspace;
  record.header.source = origin.source;
  record.header.config = origin.config;
  record.header.parent = open->id;
  record.body = encode(ended);
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  // A mark that a crash keeps from the log is made up for when somebody asks again.
  if (open->reopened && ended.fate == InboundFate::parsed) {
    records.push_back(mark_of(*open->reopened, open->id, ended));
  }
  TENON_CO_TRY(append_essential(log_, clock_, std::move(records), AppendWait::durable));
  TENON_FAIL_POINT("webhook.end.appended");
  open_.end(open->id);
  open->ended = std::move(ended);
  co_return Result<void>();
}

void Parser::put_off(OpenWebhook& open, std::string why, milliseconds at_least) {
  const milliseconds pause = std::max(pause_after(open.tries), at_least);
  open.next = clock_.instant() + pause;
  open.why = std::move(why);
  const std::string id = to_text(open.id), tries = std::to_string(open.tries);
  telemetry_.log(LogLevel::warning, "webhook.put_off",
                 {{"webhook", id}, {"tries", tries}, {"why", open.why}});
}

std::vector<WaitingWebhook> Parser::waiting() const {
  std::vector<WaitingWebhook> out;
  const Instant now = clock_.instant();
  for (const auto& open : open_.all()) {
    WaitingWebhook entry;
    entry.id = open->id;
    const auto* source = config_ ? config_->find(open->source) : nullptr;
    if (source != nullptr) entry.source = source->name.value;
    entry.received = open->received;
    entry.tries = open->tries;
    entry.why = open->why;
    if (open->next > now) {
      entry.next_in = std::chrono::duration_cast<milliseconds>(open->next - now);
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace tenon::inbound
