// What people and the host did to an event's deliveries after they were decided.
#include <algorithm>

#include "audit/trace.hpp"

namespace tenon {
namespace {

// A skip gives up what is still to be sent; what waits for a person stays as it is.
bool is_to_be_sent(DeliveryState state) {
  return state == DeliveryState::pending || state == DeliveryState::retrying;
}

void note(TraceDelivery& delivery, Time at, std::string_view what, const std::string& actor,
          const std::string& reason) {
  if (delivery.notes.size() == kMaxTraceNotes) delivery.notes.erase(delivery.notes.begin());
  delivery.notes.push_back(TraceNote{at, std::string(what), actor, reason});
}

}  // namespace

void TraceFold::add_redriven(const DeliveryId& id, RerunId replay, Time at,
                             const std::string& actor, const std::string& reason) {
  auto* delivery = find(id, replay);
  if (delivery == nullptr) return;
  if (!takes_redrive(delivery->state) || delivery->closed) {
    note(*delivery, at, "redrive_ignored", actor,
         "it was " + std::string(delivery->closed ? "closed" : name_of(delivery->state)));
    return;
  }
  note(*delivery, at, "redriven", actor, reason);
  delivery->state = DeliveryState::pending;
  delivery->reason.clear();
  delivery->next_at = Time{};
  delivery->in_flight = false;
}

void TraceFold::add_moved(const RerunMoved& moved, Time at) {
  const auto rerun = std::find_if(trace_.reruns.begin(), trace_.reruns.end(),
                                  [&](const TraceRerun& one) { return one.id == moved.id; });
  const bool known = rerun != trace_.reruns.end();
  const std::string actor = known ? rerun->actor : "";
  const std::string by = to_text(moved.id);
  const bool ended = known && rerun->ended;  // a step that was on its way when the end came
  for (const auto& item : moved.items) {
    const auto& ref = item.delivery;
    if (ended || ref.event != trace_.id.offset || ref.index != trace_.id.index) continue;
    if (item.letter) {
      add_redriven(ref.id, ref.replay, at, actor, by);
      continue;
    }
    auto& delivery = find_or_add(ref.id, ref.replay, moved.destination, item.action);
    delivery.route = ref.route;
    note(delivery, at, "replayed", actor, by);
  }
  if (moved.fate == RerunFate::none) return;
  if (known) rerun->ended = true;
  if (moved.fate == RerunFate::done) return;
  for (auto& delivery : trace_.deliveries) {
    if (delivery.replay != moved.id || !is_to_be_sent(delivery.state)) continue;
    note(delivery, at, "replay_cancelled", moved.actor, moved.reason);
    delivery.state = DeliveryState::skipped;
    delivery.reason = "replay_cancelled";
    delivery.next_at = Time{};
  }
}

Result<void> TraceFold::add_control(const Record& record) {
  auto control = decode_control(record.header.type, record.body);
  if (!control) return std::move(control).error().in(place_of(record));
  const Time at = record.header.appended;
  if (const auto* again = std::get_if<RejectedReentered>(&*control)) {
    if (again->rejected == trace_.id.offset && trace_.received.rejected) {
      trace_.received.reentered_as = again->reentered_as;
      trace_.received.reentered_by = again->actor;
      trace_.received.reentered_at = at;
    }
  } else if (const auto* redriven = std::get_if<Redriven>(&*control)) {
    add_redriven(redriven->delivery.id, redriven->delivery.replay, at, redriven->actor, {});
  } else if (const auto* started = std::get_if<RerunStarted>(&*control)) {
    if (trace_.reruns.size() == kMaxTraceReruns) trace_.reruns.erase(trace_.reruns.begin());
    trace_.reruns.push_back(TraceRerun{started->id, started->kind, started->actor, false});
  } else if (const auto* moved = std::get_if<RerunMoved>(&*control)) {
    add_moved(*moved, at);
  } else if (const auto* closed = std::get_if<LetterClosed>(&*control)) {
    auto* delivery = find(closed->delivery.id, closed->delivery.replay);
    if (delivery == nullptr || !takes_redrive(delivery->state)) return {};
    delivery->closed = true;
    if (closed->end == LetterEnd::expired) {
      note(*delivery, at, "letter_expired", closed->actor, {});
    } else {
      note(*delivery, at, "letter_replaced", closed->actor, to_text(closed->replaced_by));
      delivery->state = DeliveryState::skipped;
      delivery->reason = "replaced";
      delivery->replaced_by = closed->replaced_by;
    }
  } else if (const auto* paused = std::get_if<DestinationPaused>(&*control)) {
    for (auto& delivery : trace_.deliveries) {
      if (delivery.destination != paused->destination || is_final(delivery.state)) continue;
      note(delivery, at, "destination_paused", paused->actor, paused->reason);
      delivery.paused = true;
    }
  } else if (const auto* resumed = std::get_if<DestinationResumed>(&*control)) {
    for (auto& delivery : trace_.deliveries) {
      if (delivery.destination != resumed->destination || !delivery.paused) continue;
      note(delivery, at, "destination_resumed", resumed->actor, {});
      delivery.paused = false;
    }
  } else if (const auto* skipped = std::get_if<DestinationSkipped>(&*control)) {
    for (auto& delivery : trace_.deliveries) {
      if (delivery.destination != skipped->destination || !is_to_be_sent(delivery.state)) continue;
      note(delivery, at, "destination_skipped", skipped->actor, skipped->reason);
      delivery.state = DeliveryState::skipped;
      delivery.reason = skipped->reason;
      delivery.next_at = Time{};
    }
  }
  return {};
}

}  // namespace tenon
