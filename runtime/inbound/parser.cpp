// What is open: restoring it, trying it now or later, judging how a try went.
#include "inbound/parser.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/fail_point.hpp"
#include "inbound/emitted.hpp"
#include "ports/append_essential.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::inbound {
namespace {

constexpr milliseconds kLook{250};  // how often what is due is looked for
constexpr seconds kFlushEvery{10};

std::string cursor_key(PartitionId partition) { return "c" + key_u16(partition.value); }

// Frees the webhook for the next try, however this one ends.
class Running {
 public:
  Running(OpenWebhooks& all, OpenWebhookPtr open) : all_(all), open_(std::move(open)) {
    ++open_->tries;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { all_.rest(*open_); }

 private:
  OpenWebhooks& all_;
  OpenWebhookPtr open_;
};

// Something ran with this webhook and did not survive it, or broke the rules.
bool died(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout ||
         error.kind == ErrorKind::corrupt;
}

}  // namespace

struct Parser::Answer {
  explicit Answer(const boost::asio::any_io_executor& executor) : changed(executor) {}
  Signal changed;
  bool done = false;
  std::optional<Parsed> parsed;
};

namespace {

// Wakes the one who waits, however the try ends.
template <typename Answer>
class AnswerGuard {
 public:
  explicit AnswerGuard(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) {}
  AnswerGuard(const AnswerGuard&) = delete;
  AnswerGuard& operator=(const AnswerGuard&) = delete;
  ~AnswerGuard() {
    if (!answer_) return;
    answer_->done = true;
    answer_->changed.notify();
  }

 private:
  std::shared_ptr<Answer> answer_;
};

template <typename Answer>
Task<void> wait_for(std::shared_ptr<Answer> answer) {
  while (!answer->done) co_await answer->changed.wait();
}

}  // namespace

Parser::Parser(EventLog& log, StateStores& stores, Clock& clock, Telemetry& telemetry,
               Hosting& hosting, Scope& scope)
    : log_(log),
      stores_(stores),
      clock_(clock),
      telemetry_(telemetry),
      hosting_(hosting),
      scope_(scope),
      open_(log.id()) {}
Parser::~Parser() = default;

Task<Result<void>> Parser::restore() {
  TENON_CO_TRY_AS(const std::uint64_t left, restore_open());
  if (left > 0) {
    telemetry_.log(LogLevel::info, "webhooks.still_open", {{"count", std::to_string(left)}});
  }
  co_return Result<void>();
}

Task<Result<std::uint64_t>> Parser::restore_open() {
  auto opened = stores_.open("inbound");
  if (!opened) co_return Error(opened.error());
  store_ = std::move(*opened);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    const auto cursor = store_->get(cursor_key(partition));
    if (!cursor) co_return Error(cursor.error());
    Offset at = log_.begin(partition);
    const Offset end = log_.end(partition);
    if (*cursor) at = std::clamp(Offset{Reader(**cursor).u64()}, at, end);
    while (at < end) {
      ReadLimits limits;
      limits.streams = stream_bit(Stream::inbound);
      TENON_CO_TRY_AS(const auto slice, log_.read(partition, at, limits));
      for (const auto& record : slice.records) {
        const auto applied = open_.apply(partition, record);
        if (!applied) co_return Error(applied.error());
      }
      if (slice.next <= at) break;
      at = slice.next;
    }
  }
  co_return open_.size();
}

void Parser::start() { scope_.spawn(run(), "webhooks"); }

Task<void> Parser::run() {
  Instant flush_at = clock_.instant() + kFlushEvery;
  for (;;) {
    const Instant now = clock_.instant();
    for (auto& open : open_.due(now)) {
      open_.run(*open);
      scope_.spawn(parse_later(std::move(open)), "webhook");
    }
    telemetry_.gauge("webhooks_waiting", static_cast<double>(open_.size()));
    if (now >= flush_at) {
      flush_at = now + kFlushEvery;
      const auto flushed = flush();
      if (!flushed) {
        const std::string why = flushed.error().text();
        telemetry_.log(LogLevel::warning, "webhooks.state_not_kept", {{"why", why}});
      }
    }
    const Instant again = now + kLook;
    co_await clock_.sleep_until(again);
  }
}

Result<void> Parser::flush() {
  if (!store_) return {};
  StateBatch batch;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    Writer cursor;
    cursor.u64(open_.resume(partition, log_.end(partition)).value);
    batch.put(cursor_key(partition), std::move(cursor).take());
  }
  return store_->commit(std::move(batch));
}

Result<void> Parser::sync() {
  TENON_TRY(flush());
  return store_ ? store_->sync() : Result<void>();
}

Task<Result<EventId>> Parser::keep(NewRecord record) {
  const PartitionId partition = record.partition;
  const NameHash source = record.header.source;
  const Time received = record.header.received;
  const Offset end = log_.end(partition);
  open_.begin_append(partition, end);
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  TENON_FAIL_POINT("webhook.append");
  auto offsets = co_await log_.append(std::move(records), AppendClass::event, AppendWait::durable);
  if (offsets) TENON_FAIL_POINT("webhook.kept");
  std::optional<EventId> id;
  if (offsets) {
    id = EventId{log_.id(), partition, offsets->front(), 0};
    // Not due before its first try has had its time.
    open_.add(*id, source, received)->next = clock_.instant() + kFirstRetry;
  }
  open_.end_append(partition, end);
  if (!id) co_return Error(offsets.error());
  co_return *id;
}

Task<std::optional<Parsed>> Parser::parse_now(EventId id, InboundReceived received, Instant until) {
  const OpenWebhookPtr open = open_.find(id);
  if (!open || open->running || !open_.may_run(open->source)) co_return std::nullopt;
  open_.run(*open);
  const auto answer = std::make_shared<Answer>(scope_.executor());
  scope_.spawn(parse(open, std::move(received), answer), "webhook");
  auto in_time = co_await with_deadline(clock_, until, wait_for(answer));
  if (!in_time || !answer->parsed) co_return std::nullopt;
  co_return std::move(answer->parsed);
}

Task<void> Parser::parse_later(OpenWebhookPtr open) {
  auto received = co_await read_body(open->id);
  if (!received) {
    open_.rest(*open);
    put_off(*open, received.error().text(), kLastRetry);
    co_return;
  }
  co_await parse(open, std::move(*received), nullptr);
}

Task<Result<InboundReceived>> Parser::read_body(EventId id) {
  TENON_CO_TRY_AS(const auto record, read(id));
  co_return decode_inbound_received(record.body);
}

Task<void> Parser::parse(OpenWebhookPtr open, InboundReceived received, AnswerPtr answer) {
  const AnswerGuard guard(answer);
  const Running running(open_, open);
  const auto config = config_;
  const InboundSource* source = config ? config->find(open->source) : nullptr;
  if (source == nullptr || source->settings.instance.connector != received.connector) {
    put_off(*open, "its source no longer takes webhooks of " + received.connector, kLastRetry);
    co_return;
  }
  auto result = co_await step(*source, *open, received);
  TENON_FAIL_POINT("webhook.parsed");
  Result<void> ended;
  if (result && result->status == 0) {
    if (answer) {
      answer->parsed.emplace();
      answer->parsed->replied = result->replied;
      answer->parsed->reply_status = result->reply_status;
      answer->parsed->reply_body = result->reply_body;
    }
    ended = co_await finish(open, *source, std::move(*result));
    if (!ended && answer) answer->parsed.reset();
  } else if (result) {
    ended = co_await give_up(open, source->release, std::move(received.body),
                             "the connector could not read it: " + result->explain);
  } else if (died(result.error()) && ++open->deaths >= kMaxDeaths) {
    ended = co_await give_up(
        open, source->release, std::move(received.body),
        "it ended " + std::to_string(kMaxDeaths) + " workers, last: " + result.error().text());
  } else {
    put_off(*open, result.error().text(), result.error().retry_after);
    co_return;
  }
  if (!ended) put_off(*open, ended.error().text(), ended.error().retry_after);
}

}  // namespace tenon::inbound
