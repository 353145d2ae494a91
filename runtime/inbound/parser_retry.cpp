// Another try for what was given up: durably open again, once, and its rejected event marked.
#include "inbound/parser.hpp"
#include "ingest/reenter.hpp"
#include "ports/append_essential.hpp"

namespace tenon::inbound {
namespace {

// Keeps all others from trying it until the try begins; else leaves it as it was.
class Claim {
 public:
  Claim(OpenWebhooks& all, OpenWebhookPtr open, bool was_open)
      : all_(all), open_(std::move(open)), was_open_(was_open) {
    all_.run(*open_);
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    if (!open_) return;
    all_.rest(*open_);
    if (!was_open_) all_.end(open_->id);
  }
  void pass_on() { open_.reset(); }

 private:
  OpenWebhooks& all_;
  OpenWebhookPtr open_;
  bool was_open_;
};

}  // namespace

Task<Result<Record>> Parser::read(EventId id) {
  ReadLimits one;
  one.max_records = 1;
  if (id.log != log_.id() || id.partition.value >= kPartitions) {
    co_return not_found("no webhook " + to_text(id) + " in this log");
  }
  TENON_CO_TRY_AS(auto slice, log_.read(id.partition, id.offset, one));
  if (slice.records.empty() || slice.records.front().offset != id.offset ||
      slice.records.front().header.stream != Stream::inbound ||
      slice.records.front().header.type != static_cast<std::uint16_t>(InboundType::received)) {
    co_return not_found("no webhook " + to_text(id) + " in this log");
  }
  co_return std::move(slice.records.front());
}

// How it ended last. Reads on to the end of its partition: something that a person asks for.
Task<Result<std::optional<InboundEnded>>> Parser::last_end(EventId id) {
  std::optional<InboundEnded> last;
  ReadLimits limits;
  limits.streams = stream_bit(Stream::inbound);
  for (Offset at = id.offset; at < log_.end(id.partition);) {
    TENON_CO_TRY_AS(const auto slice, log_.read(id.partition, at, limits));
    for (const auto& record : slice.records) {
      if (record.header.type != static_cast<std::uint16_t>(InboundType::ended)) continue;
      auto ended = decode_inbound_ended(record.body);
      if (!ended) co_return Error(ended.error());
      if (ended->received == id.offset) last = std::move(*ended);
    }
    if (slice.next <= at) break;
    at = slice.next;
  }
  co_return last;
}

// Nothing: it is open again.
Task<Result<std::optional<InboundEnded>>> Parser::reopen(OpenWebhookPtr open, RecordHeader header,
                                                         InboundReopened reopened) {
  TENON_CO_TRY_AS(auto last, last_end(open->id));
  if (last && last->fate == InboundFate::parsed) {
    std::vector<NewRecord> marks;
    marks.push_back(mark_of(reopened, open->id, *last));
    TENON_CO_TRY(append_essential(log_, clock_, std::move(marks), AppendWait::durable));
    co_return last;
  }
  NewRecord record;
  record.partition = open->id.partition;
  record.header = std::move(header);
  record.header.type = static_cast<std::uint16_t>(InboundType::reopened);
  record.header.parent = open->id;
  record.body = encode(reopened);
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  TENON_CO_TRY(append_essential(log_, clock_, std::move(records), AppendWait::durable));
  open->reopened = std::move(reopened);
  co_return std::nullopt;
}

NewRecord Parser::mark_of(const InboundReopened& reopened, const EventId& id,
                          const InboundEnded& ended) const {
  const EventId as = ended.events.empty() ? id : ended.events.front();
  return reentered_mark(reopened.rejected, as, reopened.actor, clock_.now());
}

Task<Result<InboundEnded>> Parser::retry(EventId id, EventId rejected, std::string actor) {
  TENON_CO_TRY_AS(const auto record, read(id));
  auto received = decode_inbound_received(record.body);
  if (!received) co_return Error(received.error());
  OpenWebhookPtr open = open_.find(id);
  const bool was_open = open != nullptr;
  if (!was_open) open = open_.add(id, record.header.source, record.header.received);
  if (open->running) co_return conflict("the webhook " + to_text(id) + " is under way");
  Claim claim(open_, open, was_open);
  if (!was_open) {
    InboundReopened reopened;
    reopened.received = id.offset;
    reopened.rejected = rejected;
    reopened.actor = std::move(actor);
    TENON_CO_TRY_AS(auto ended, reopen(open, record.header, std::move(reopened)));
    if (ended) co_return std::move(*ended);
  }
  claim.pass_on();
  co_await parse(open, std::move(*received), nullptr);
  if (!open->ended) {
    co_return unavailable("not parsed yet: " + open->why + "; it is tried again by itself");
  }
  if (open->ended->fate == InboundFate::failed) {
    co_return conflict("it failed again: " + open->ended->reason);
  }
  co_return *open->ended;
}

}  // namespace tenon::inbound
