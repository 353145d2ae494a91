// Parser: brings each durable webhook to its connector until it has ended, however often it takes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "hosting/hosting.hpp"
#include "inbound/config.hpp"
#include "inbound/open_webhooks.hpp"
#include "ingest/to_record.hpp"
#include "ports/event_log.hpp"
#include "ports/state_store.hpp"

namespace tenon::inbound {

constexpr std::uint32_t kMaxDeaths = 3;  // workers that one webhook may cost before it is given up
constexpr milliseconds kFirstRetry{1'000};  // then doubled
constexpr milliseconds kLastRetry{60'000};

// What a connector said to one webhook, for whoever waits for its answer.
struct Parsed {
  bool replied = false;
  std::uint32_t reply_status = 0;
  std::string reply_body;
};

// How one that is open stands, for people.
struct WaitingWebhook {
  EventId id;
  std::string source;  // "" = no longer configured
  Time received{};
  std::uint32_t tries = 0;
  milliseconds next_in{0};
  std::string why;
};

// One thread. `restore` before `start`; `flush` at stop, after the Scope has been joined. What is
// open is folded from the log; only where to begin reading is kept beside it.
class Parser {
 public:
  Parser(EventLog& log, StateStores& stores, Clock& clock, Telemetry& telemetry, Hosting& hosting,
         Scope& scope);
  ~Parser();

  Task<Result<void>> restore();
  void start();
  void configure(std::shared_ptr<const InboundConfig> config) { config_ = std::move(config); }
  Result<void> flush();
  // Flushes, and makes it survive a power cut.
  Result<void> sync();
  // From where on a start and all that is open need the log.
  Offset needed_from(PartitionId p) const { return open_.resume(p, log_.end(p)); }

  bool full(NameHash source) const { return open_.full(source); }
  // Appends a webhook durably and gives its id; it is then open.
  Task<Result<EventId>> keep(NewRecord record);
  // Begins to parse it now, if there is room, and waits for the connector until `until`. Nothing:
  // it is late, down, or had nothing to say; then it goes on by itself.
  Task<std::optional<Parsed>> parse_now(EventId id, InboundReceived received, Instant until);

  std::vector<WaitingWebhook> waiting() const;

  // Brings a webhook that was given up, and kept as `rejected`, to its connector once more, for
  // instance to a mended release; it is open again, durably. How it ended, if it did; one that has
  // been parsed since is not parsed again. `rejected` is marked as re-entered with that end.
  //   not_found: no such webhook. conflict: it is under way, or failed again (then it is kept as
  //   another rejected event). unavailable: no try could be made; it goes on by itself.
  Task<Result<InboundEnded>> retry(EventId id, EventId rejected, std::string actor);

 private:
  struct Answer;
  using AnswerPtr = std::shared_ptr<Answer>;  // between the one who waits and the try, which may be
                                              // left alone

  Task<Result<std::uint64_t>> restore_open();
  Task<void> run();
  Task<void> parse_later(OpenWebhookPtr open);
  Task<void> parse(OpenWebhookPtr open, InboundReceived received, AnswerPtr answer);
  Task<Result<Record>> read(EventId id);
  Task<Result<InboundReceived>> read_body(EventId id);
  Task<Result<std::optional<InboundEnded>>> last_end(EventId id);
  Task<Result<std::optional<InboundEnded>>> reopen(OpenWebhookPtr open, RecordHeader header,
                                                   InboundReopened reopened);
  NewRecord mark_of(const InboundReopened& reopened, const EventId& id,
                    const InboundEnded& ended) const;
  Task<Result<StepResult>> step(const InboundSource& source, const OpenWebhook& open,
                                InboundReceived received);
  Task<Result<void>> finish(OpenWebhookPtr open, const InboundSource& source, StepResult result);
  Task<Result<void>> give_up(OpenWebhookPtr open, std::string release, std::string body,
                             std::string why);
  Task<Result<void>> append_end(OpenWebhookPtr open, InboundEnded ended);
  RecordOrigin origin_of(const OpenWebhook& open) const;
  void put_off(OpenWebhook& open, std::string why, milliseconds at_least);

  EventLog& log_;
  StateStores& stores_;
  Clock& clock_;
  Telemetry& telemetry_;
  Hosting& hosting_;
  Scope& scope_;
  std::unique_ptr<StateStore> store_;
  std::shared_ptr<const InboundConfig> config_;  // shared with tries that began under it
  OpenWebhooks open_;
};

}  // namespace tenon::inbound
