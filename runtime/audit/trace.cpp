// Folding one event's records into its Trace.
#include "audit/trace.hpp"

#include <algorithm>

namespace tenon {

std::string place_of(const Record& record) {
  return std::string(name_of(record.header.stream)) + " record at offset " +
         std::to_string(record.offset.value);
}

bool is_final(DeliveryState state) {
  return state == DeliveryState::delivered || state == DeliveryState::dead ||
         state == DeliveryState::skipped || state == DeliveryState::filtered;
}

namespace {

TraceAttempt& keep(TraceDelivery& delivery, TraceAttempt attempt) {
  if (delivery.attempts.size() == kMaxTraceAttempts) {
    delivery.attempts.erase(delivery.attempts.begin());
    ++delivery.attempts_left_out;
  }
  delivery.attempts.push_back(std::move(attempt));
  return delivery.attempts.back();
}

void apply(TraceDelivery& delivery, const DeliveryOutcome& outcome) {
  delivery.in_flight = false;
  delivery.next_at = Time{};
  // Given up while it was under way: it is not tried again, but may have been delivered after all.
  const bool given_up = delivery.state == DeliveryState::skipped;
  if (given_up && outcome.fate == OutcomeFate::retry) return;
  delivery.reason = outcome.reason;
  delivery.tries = outcome.number;
  switch (outcome.fate) {
    case OutcomeFate::delivered: delivery.state = DeliveryState::delivered; break;
    case OutcomeFate::skipped: delivery.state = DeliveryState::skipped; break;
    case OutcomeFate::retry:
      delivery.state = DeliveryState::retrying;
      delivery.next_at = outcome.next_at;
      break;
    case OutcomeFate::parked: delivery.state = DeliveryState::parked; break;
    case OutcomeFate::dead: delivery.state = DeliveryState::dead; break;
    case OutcomeFate::ambiguous: delivery.state = DeliveryState::ambiguous; break;
    case OutcomeFate::none: delivery.state = DeliveryState::pending; break;
  }
}

}  // namespace

bool takes_redrive(DeliveryState state) {
  return state == DeliveryState::dead || state == DeliveryState::parked ||
         state == DeliveryState::ambiguous;
}

std::string_view name_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending: return "pending";
    case DeliveryState::retrying: return "retrying";
    case DeliveryState::delivered: return "delivered";
    case DeliveryState::dead: return "dead";
    case DeliveryState::parked: return "parked";
    case DeliveryState::ambiguous: return "ambiguous";
    case DeliveryState::skipped: return "skipped";
    case DeliveryState::filtered: return "filtered";
  }
  return "unknown";
}

bool Trace::settled() const {
  if (received.rejected) return true;
  if (received.inbound) return inbound.has_value();
  if (!decision) return false;
  return std::all_of(deliveries.begin(), deliveries.end(), [](const TraceDelivery& d) {
    return is_final(d.state) || d.state == DeliveryState::parked;
  });
}

Result<void> TraceFold::add(const Record& record) {
  switch (record.header.stream) {
    case Stream::raw:
    case Stream::rejected:
      if (record.offset == trace_.id.offset) return add_received(record);
      return {};
    case Stream::inbound: return add_inbound(record);
    case Stream::decision: return add_decision(record);
    case Stream::attempt: return add_attempt(record);
    case Stream::outcome: return add_outcome(record);
    case Stream::control: return add_control(record);
    case Stream::none:
    case Stream::lease:
    case Stream::audit:
    case Stream::pulled: return {};
  }
  return {};
}

Result<void> TraceFold::add_received(const Record& record) {
  auto raw = decode_raw_event(record.body);
  if (!raw) return std::move(raw).error().in(place_of(record));
  auto& in = trace_.received;
  const auto& header = record.header;
  in.rejected = header.stream == Stream::rejected;
  in.source = header.source;
  in.format = raw->format;
  in.type = std::move(raw->type);
  in.message_id = std::move(raw->message_id);
  in.message_id_assigned = raw->message_id_assigned;
  in.has_key = header.key.value != 0;
  in.occurred = header.occurred;
  in.sent = header.sent;
  in.received = header.received;
  in.appended = header.appended;
  in.bytes = raw->payload.size();
  in.flags = header.flags;
  in.parent = header.parent;
  in.reason = std::move(raw->reason);
  in.reason_code = std::move(raw->reason_code);
  return {};
}

Result<void> TraceFold::add_inbound(const Record& record) {
  if (record.header.type == static_cast<std::uint16_t>(InboundType::ended)) {
    auto ended = decode_inbound_ended(record.body);
    if (!ended) return std::move(ended).error().in(place_of(record));
    // The first success counts: what a second parse makes after a crash are duplicates only.
    if (ended->received != trace_.id.offset) return {};
    if (trace_.inbound && trace_.inbound->fate == InboundFate::parsed) return {};
    trace_.inbound = TraceInbound{record.header.appended,
                                  ended->fate,
                                  ended->tries,
                                  ended->rejected,
                                  std::move(ended->release),
                                  std::move(ended->reason),
                                  std::move(ended->events)};
    return {};
  }
  if (record.header.type == static_cast<std::uint16_t>(InboundType::reopened)) {
    const auto reopened = decode_inbound_reopened(record.body);
    if (!reopened) return Error(reopened.error()).in(place_of(record));
    if (reopened->received == trace_.id.offset) trace_.inbound.reset();
    return {};
  }
  if (record.offset != trace_.id.offset) return {};
  auto came = decode_inbound_received(record.body);
  if (!came) return std::move(came).error().in(place_of(record));
  auto& in = trace_.received;
  in.inbound = true;
  in.source = record.header.source;
  in.type = "webhook";
  in.received = record.header.received;
  in.appended = record.header.appended;
  in.bytes = came->body.size();
  in.flags = record.header.flags;
  return {};
}

Result<void> TraceFold::add_decision(const Record& record) {
  auto decision = decode_decision(record.body);
  if (!decision) return std::move(decision).error().in(place_of(record));
  if (trace_.id.offset < decision->from || decision->to <= trace_.id.offset) return {};
  for (const auto& event : decision->events) {
    if (event.offset != trace_.id.offset || event.index != trace_.id.index) continue;
    TraceDecision made;
    made.at = record.header.appended;
    made.config = record.header.config;
    made.consent_enforced = decision->consent_enforced;
    made.fate = event.fate;
    made.reason = event.reason;
    if (event.fate == EventFate::duplicate) {
      made.first = EventId{trace_.id.log, trace_.id.partition, event.first, 0};
    }
    trace_.decision = std::move(made);
    for (const auto& decided : event.deliveries) {
      const auto id = delivery_id_of(decided.destination, trace_.id, decided.action);
      auto& delivery = find_or_add(id, RerunId{}, decided.destination, decided.action);
      delivery.route = decided.route;
      if (decided.fate == DeliveryFate::filtered) {
        delivery.state = DeliveryState::filtered;
        delivery.reason = decided.reason;
      }
    }
    return {};
  }
  return {};
}

Result<void> TraceFold::add_attempt(const Record& record) {
  auto begin = decode_attempt_begin(record.body);
  if (!begin) return std::move(begin).error().in(place_of(record));
  for (std::size_t i = 0; i < begin->deliveries.size(); ++i) {
    const auto& ref = begin->deliveries[i];
    if (ref.event != trace_.id.offset || ref.index != trace_.id.index) continue;
    auto& delivery = find_or_add(ref.id, ref.replay, begin->destination, begin->action);
    if (delivery.route.empty()) delivery.route = ref.route;
    TraceAttempt attempt;
    attempt.attempt = begin->attempt;
    attempt.release = begin->release;
    attempt.action = begin->action;
    attempt.idempotency = begin->idempotency;
    attempt.request_digest = begin->request_digest;
    attempt.safe_to_repeat = begin->safe_to_repeat;
    attempt.number = i < begin->numbers.size() ? begin->numbers[i] : begin->number;
    attempt.batch = std::max(begin->total, static_cast<std::uint32_t>(begin->deliveries.size()));
    attempt.position =
        i < begin->positions.size() ? begin->positions[i] : static_cast<std::uint32_t>(i);
    attempt.began = record.header.appended;
    keep(delivery, std::move(attempt));
    delivery.in_flight = true;
    delivery.tries = delivery.attempts.back().number;
    delivery.next_at = Time{};
    delivery.state = DeliveryState::pending;
    delivery.reason.clear();
  }
  return {};
}

Result<void> TraceFold::add_outcome(const Record& record) {
  auto ended = decode_attempt_outcome(record.body);
  if (!ended) return std::move(ended).error().in(place_of(record));
  for (const auto& outcome : ended->outcomes) {
    const auto& ref = outcome.delivery;
    if (ref.event != trace_.id.offset || ref.index != trace_.id.index) continue;
    auto& delivery = find_or_add(ref.id, ref.replay, ended->destination, ended->action);
    const auto open = std::find_if(
        delivery.attempts.rbegin(), delivery.attempts.rend(),
        [&](const TraceAttempt& a) { return a.attempt == ended->attempt && !a.ended; });
    TraceAttempt fresh;  // an outcome without its begin: never sent, or the begin was trimmed away
    fresh.attempt = ended->attempt;
    fresh.batch = static_cast<std::uint32_t>(ended->outcomes.size());
    auto& attempt = open != delivery.attempts.rend() ? *open : keep(delivery, std::move(fresh));
    attempt.release = ended->release;
    attempt.action = ended->action;
    attempt.number = outcome.number;
    if (ended->began != Time{}) attempt.began = ended->began;
    attempt.ended = ended->ended != Time{} ? ended->ended : record.header.appended;
    attempt.error = ended->error;
    attempt.exchanges.clear();
    for (const auto& note : ended->exchanges) {
      if (is_about(note, outcome)) attempt.exchanges.push_back(note);
    }
    attempt.outcome = outcome;
    apply(delivery, outcome);
  }
  return {};
}

TraceDelivery* TraceFold::find(const DeliveryId& id, RerunId replay) {
  for (auto& delivery : trace_.deliveries) {
    if (delivery.id == id && delivery.replay == replay) return &delivery;
  }
  return nullptr;
}

TraceDelivery& TraceFold::find_or_add(const DeliveryId& id, RerunId replay,
                                      std::string_view destination, std::string_view action) {
  if (auto* known = find(id, replay)) return *known;
  TraceDelivery fresh;
  fresh.id = id;
  fresh.replay = replay;
  fresh.destination = destination;
  fresh.action = action;
  trace_.deliveries.push_back(std::move(fresh));
  return trace_.deliveries.back();
}

}  // namespace tenon
