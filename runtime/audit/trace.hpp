// Trace: everything the log says about one event, folded from its records; no I/O, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/attempt.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"
#include "event/inbound.hpp"
#include "event/raw_event.hpp"
#include "event/record.hpp"

namespace tenon {

constexpr std::size_t kMaxTraceAttempts = 50;  // newest kept per delivery; older ones are counted
constexpr std::size_t kMaxTraceNotes = 50;     // newest kept per delivery
constexpr std::size_t kMaxTraceReruns = 50;    // newest kept, to say who started them

// Where a delivery stands. Each word is a bucket of completeness (decision 12).
enum class DeliveryState : std::uint8_t {
  pending,   // decided, not tried yet, or an attempt is open
  retrying,  // pending, too, for completeness: tried, again at `next_at`
  delivered,
  dead,
  parked,
  ambiguous,
  skipped,
  filtered,
};
std::string_view name_of(DeliveryState state);
// Does a redrive bring it back? Whatever is under way or done is left alone, as delivery does.
bool takes_redrive(DeliveryState state);
// Nothing more is done about it, unless a person asks.
bool is_final(DeliveryState state);
// Which record it was, for a message.
std::string place_of(const Record& record);

// Where an event came from that was read from a vendor.
struct TracePulled {
  std::string pull, destination, stream, release;
  std::string id;           // the record's id in the stream
  std::uint32_t place = 0;  // in its page, of so many
  std::uint32_t records = 0;
  Time at{};  // when the page was on disk

  bool operator==(const TracePulled&) const = default;
};

// How the event came in. Never the order key itself: it is a person's identifier.
struct TraceReceived {
  bool inbound = false;   // a vendor's webhook, of which events are made
  bool rejected = false;  // refused at ingest; `reason` says why
  NameHash source;
  std::string source_name;  // empty: no source of that hash in the configuration in force
  RawFormat format = RawFormat::none;
  std::string type, message_id;
  bool message_id_assigned = false;
  bool has_key = false;
  Time occurred{}, sent{}, received{}, appended{};
  std::uint64_t bytes = 0;            // of the event as received
  std::uint32_t flags = 0;            // kRecord...
  EventId parent;                     // empty = none
  std::optional<TracePulled> pulled;  // then `parent` is a page and its place in it
  std::string reason, reason_code;    // of rejected
  // Of rejected, once it was fixed and entered again:
  EventId reentered_as;
  std::string reentered_by;
  Time reentered_at{};

  bool operator==(const TraceReceived&) const = default;
};

// What became of a vendor's webhook.
struct TraceInbound {
  Time at{};
  InboundFate fate = InboundFate::none;
  std::uint32_t tries = 0, rejected = 0;
  std::string release, reason;
  std::vector<EventId> events;

  bool operator==(const TraceInbound&) const = default;
};

struct TraceDecision {
  Time at{};
  ConfigVersion config;
  bool consent_enforced = false;
  EventFate fate = EventFate::none;
  EventId first;       // of duplicate: the event seen first; index is 0 if that record is gone
  std::string reason;  // of invalid

  bool operator==(const TraceDecision&) const = default;
};

// One attempt as far as it concerns one delivery.
struct TraceAttempt {
  std::string attempt, release, action, idempotency, request_digest;
  bool safe_to_repeat = false;
  std::uint32_t number = 1;    // how many attempts the delivery had with this one
  std::uint32_t batch = 1;     // deliveries in the attempt
  std::uint32_t position = 0;  // of this delivery among them, from 0
  Time began{};
  std::optional<Time> ended;  // nothing: still open, or cut short by a crash
  std::string error;          // of the attempt as a whole
  std::vector<ExchangeNote> exchanges;
  std::optional<DeliveryOutcome> outcome;

  bool operator==(const TraceAttempt&) const = default;
};

// What people or the host did to the destination or the delivery after it was decided.
struct TraceNote {
  Time at{};
  std::string what;  // redriven, replayed, replay_cancelled, letter_replaced, letter_expired,
                     // destination_paused, destination_resumed, destination_skipped
  std::string actor, reason;

  bool operator==(const TraceNote&) const = default;
};

struct TraceDelivery {
  DeliveryId id;
  RerunId replay;       // not 0: sent once more by this replay; stands beside the delivery itself
  EventId replaced_by;  // empty, or the edited event that goes in its place
  std::string route, destination, action;
  DeliveryState state = DeliveryState::pending;
  bool paused = false;     // its destination is, since a record within the trace
  bool closed = false;     // a letter that left the list: replaced or expired
  bool in_flight = false;  // an attempt has begun and no outcome is known
  std::string reason;      // of the state, where there is one
  Time next_at{};          // of retrying
  std::string held;        // why its destination sends nothing at present; told by the host,
                           // not by the log, and empty in a trace that comes from the log alone
  std::uint32_t tries = 0;
  std::uint32_t attempts_left_out = 0;  // older than the newest kMaxTraceAttempts
  std::vector<TraceAttempt> attempts;
  std::vector<TraceNote> notes;

  bool operator==(const TraceDelivery&) const = default;
};

// A rerun whose start was met; it may have taken up deliveries of the event.
struct TraceRerun {
  RerunId id;
  RerunKind kind = RerunKind::none;
  std::string actor;
  bool ended = false;

  bool operator==(const TraceRerun&) const = default;
};

struct Trace {
  EventId id;
  TraceReceived received;
  std::optional<TraceInbound> inbound;  // of a webhook, once it has ended
  std::optional<TraceDecision> decision;
  std::vector<TraceDelivery> deliveries;
  std::vector<TraceRerun> reruns;
  // How far the partition was read; explain goes on from here. While not `complete`, later records
  // may say more.
  Offset scanned_to;
  bool complete = false;
  std::string incomplete;  // why not, in words

  // Nothing can happen to the event any more unless a person asks for it.
  bool settled() const;
  bool operator==(const Trace&) const = default;
};

// Folds the records of one partition, in order, into the Trace of one event. Pure.
class TraceFold {
 public:
  // `so_far` begins empty but for `id`, or continues where an earlier fold stopped.
  explicit TraceFold(Trace so_far) : trace_(std::move(so_far)) {}

  // The raw or rejected record first, then whatever follows it; records of other events and streams
  // are passed over. corrupt/unsupported: a body cannot be read; the place is named.
  Result<void> add(const Record& record);
  const Trace& trace() const { return trace_; }
  Trace take() && { return std::move(trace_); }

 private:
  Result<void> add_received(const Record& record);
  Result<void> add_inbound(const Record& record);
  Result<void> add_decision(const Record& record);
  Result<void> add_attempt(const Record& record);
  Result<void> add_outcome(const Record& record);
  Result<void> add_control(const Record& record);
  void add_redriven(const DeliveryId& id, RerunId replay, Time at, const std::string& actor,
                    const std::string& reason);
  void add_moved(const RerunMoved& moved, Time at);
  TraceDelivery* find(const DeliveryId& id, RerunId replay);
  TraceDelivery& find_or_add(const DeliveryId& id, RerunId replay, std::string_view destination,
                             std::string_view action);

  Trace trace_;
};

}  // namespace tenon
