// Recounting the fates of all events and deliveries.
#include "audit/recount.hpp"

#include <algorithm>
#include <cstring>

namespace tenon {
namespace {

void count_event(CompletenessCounts& row, EventFate fate) {
  ++row.received;
  switch (fate) {
    case EventFate::none: ++row.undecided; break;
    case EventFate::routed: ++row.routed; break;
    case EventFate::no_route: ++row.no_route; break;
    case EventFate::duplicate: ++row.duplicate; break;
    case EventFate::invalid: ++row.invalid; break;
  }
}

void count_delivery(CompletenessCounts& row, DeliveryState state) {
  ++row.decided;
  switch (state) {
    case DeliveryState::pending:
    case DeliveryState::retrying: ++row.pending; break;
    case DeliveryState::delivered: ++row.delivered; break;
    case DeliveryState::dead: ++row.dead; break;
    case DeliveryState::parked: ++row.parked; break;
    case DeliveryState::ambiguous: ++row.ambiguous; break;
    case DeliveryState::skipped: ++row.skipped; break;
    case DeliveryState::filtered: ++row.filtered; break;
  }
}

DeliveryState state_of(OutcomeFate fate) {
  switch (fate) {
    case OutcomeFate::delivered: return DeliveryState::delivered;
    case OutcomeFate::skipped: return DeliveryState::skipped;
    case OutcomeFate::retry: return DeliveryState::retrying;
    case OutcomeFate::parked: return DeliveryState::parked;
    case OutcomeFate::dead: return DeliveryState::dead;
    case OutcomeFate::ambiguous: return DeliveryState::ambiguous;
    case OutcomeFate::none: return DeliveryState::pending;
  }
  return DeliveryState::pending;
}

bool waits(DeliveryState state) {
  return state == DeliveryState::pending || state == DeliveryState::retrying;
}

}  // namespace

std::size_t Recount::IdHash::operator()(const DeliveryId& id) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, id.bytes.data(), sizeof value);
  return value;
}

void Recount::miss(PartitionId partition, Offset event) {
  if (event >= begins_[partition.value]) ++broken_;
}

Result<void> Recount::add(LogId log, PartitionId partition, const Record& record) {
  const auto& header = record.header;
  if (!begun_[partition.value] && is_trimmed(begins_[partition.value])) {
    // Nothing before it was received later than this one was written.
    whole_from_ = std::max(whole_from_, hour_of(header.appended) + std::chrono::hours{1});
  }
  begun_[partition.value] = true;
  if (header.stream == Stream::raw) {
    EventState state;
    state.source = header.source;
    state.hour = hour_of(header.received);
    events_[event_id_of(log, partition, record)] = state;
  } else if (header.stream == Stream::rejected) {
    CompletenessKey key;
    key.source = header.source;
    key.hour = hour_of(header.received);
    ++rejected_[key];
  } else if (header.stream == Stream::decision) {
    return add_decision(log, partition, record);
  } else if (header.stream == Stream::outcome) {
    return add_outcomes(partition, record);
  } else if (header.stream == Stream::control) {
    return add_control(partition, record);
  }
  return {};
}

Result<void> Recount::add_outcomes(PartitionId partition, const Record& record) {
  TENON_TRY_AS(const auto ended, decode_attempt_outcome(record.body));
  for (const auto& outcome : ended.outcomes) {
    if (outcome.delivery.replay.value != 0) continue;
    const auto duty = duties_.find(outcome.delivery.id);
    if (duty == duties_.end()) {
      miss(partition, outcome.delivery.event);
      continue;
    }
    // Given up while it was under way: not tried again, but it may have been delivered after all.
    const bool given_up = duty->second.state == DeliveryState::skipped;
    if (given_up && outcome.fate == OutcomeFate::retry) continue;
    duty->second.state = state_of(outcome.fate);
  }
  return {};
}

void Recount::redrive(PartitionId partition, const DeliveryRef& delivery) {
  const auto duty = duties_.find(delivery.id);
  if (duty == duties_.end()) {
    miss(partition, delivery.event);
  } else if (takes_redrive(duty->second.state) && !duty->second.closed) {
    duty->second.state = DeliveryState::pending;
  }
}

Result<void> Recount::add_control(PartitionId partition, const Record& record) {
  TENON_TRY_AS(const auto control, decode_control(record.header.type, record.body));
  if (const auto* redriven = std::get_if<Redriven>(&control)) {
    if (redriven->delivery.replay.value == 0) redrive(partition, redriven->delivery);
  } else if (const auto* moved = std::get_if<RerunMoved>(&control)) {
    const std::pair<RerunId, PartitionId> name(moved->id, partition);
    for (const auto& item : moved->items) {
      const bool live = item.letter && item.delivery.replay.value == 0;
      if (live && !ended_.contains(name)) redrive(partition, item.delivery);
    }
    if (moved->fate != RerunFate::none) ended_.insert(name);
  } else if (const auto* closed = std::get_if<LetterClosed>(&control)) {
    const auto duty = duties_.find(closed->delivery.id);
    const bool letter = closed->delivery.replay.value == 0 && duty != duties_.end() &&
                        takes_redrive(duty->second.state);
    if (!letter) return {};
    duty->second.closed = true;
    if (closed->end == LetterEnd::replaced) duty->second.state = DeliveryState::skipped;
  } else if (const auto* skipped = std::get_if<DestinationSkipped>(&control)) {
    for (auto& [id, duty] : duties_) {
      if (duty.event.partition == partition && duty.destination == skipped->destination &&
          waits(duty.state)) {
        duty.state = DeliveryState::skipped;
      }
    }
  }
  return {};
}

Result<void> Recount::add_decision(LogId log, PartitionId partition, const Record& record) {
  TENON_TRY_AS(const auto decision, decode_decision(record.body));
  for (const auto& event : decision.events) {
    const EventId id{log, partition, event.offset, event.index};
    const auto known = events_.find(id);
    if (known == events_.end() || known->second.fate != EventFate::none) {
      miss(partition, event.offset);  // decided without being received, or decided twice
      continue;
    }
    known->second.fate = event.fate;
    for (const auto& decided : event.deliveries) {
      if (duties_.size() >= kMaxRecountDeliveries) {
        return limited("a recount holds at most " + std::to_string(kMaxRecountDeliveries) +
                           " deliveries; count a smaller log",
                       milliseconds{0});
      }
      Duty duty;
      duty.event = id;
      duty.destination = decided.destination;
      if (decided.fate == DeliveryFate::filtered) {
        duty.state = DeliveryState::filtered;
        const CompletenessKey key{known->second.source, known->second.hour, decided.destination};
        ++filtered_by_[key][decided.reason];
      }
      const auto delivery = delivery_id_of(decided.destination, id, decided.action);
      if (!duties_.emplace(delivery, std::move(duty)).second) ++broken_;
    }
  }
  return {};
}

CompletenessCounts Recount::total() const {
  CompletenessCounts all;
  for (const auto& [key, row] : rows()) all.add(row);
  all.broken = broken_;
  return all;
}

CompletenessRows Recount::rows() const {
  CompletenessRows rows;
  for (const auto& [id, event] : events_) {
    count_event(rows[CompletenessKey{event.source, event.hour, {}}], event.fate);
  }
  for (const auto& [id, duty] : duties_) {
    const auto event = events_.find(duty.event);
    if (event == events_.end()) continue;
    count_delivery(
        rows[CompletenessKey{event->second.source, event->second.hour, duty.destination}],
        duty.state);
  }
  for (const auto& [key, n] : rejected_) rows[key].rejected += n;
  for (const auto& [key, by] : filtered_by_) rows[key].filtered_by = by;
  return rows;
}

std::vector<Offset> ends_of(const EventLog& log) {
  std::vector<Offset> ends;
  for (std::uint16_t p = 0; p < kPartitions; ++p) ends.push_back(log.end(PartitionId{p}));
  return ends;
}

Task<Result<Recount>> recount(EventLog& log, std::vector<Offset> ends) {
  Recount counts;
  const LogId id = log.id();
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    const Offset end = ends[p];
    Offset at = log.begin(partition);
    counts.begins_at(partition, at);
    while (at < end) {
      ReadLimits limits;
      auto slice = co_await log.read(partition, at, limits);
      if (!slice && at < log.begin(partition)) {
        co_return conflict("the log was trimmed while it was read; ask again");
      }
      if (!slice) co_return std::move(slice).error();
      for (const auto& record : slice->records) {
        if (record.offset >= end) break;
        auto added = counts.add(id, partition, record);
        if (!added) co_return std::move(added).error();
      }
      if (slice->next <= at) break;
      at = slice->next;
    }
  }
  co_return counts;
}

}  // namespace tenon
