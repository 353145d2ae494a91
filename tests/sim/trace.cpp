// Putting records into words.
#include "sim/trace.hpp"

#include <algorithm>

#include "event/control.hpp"
#include "event/raw_event.hpp"

namespace tenon::sim {
namespace {

std::string short_name(LogId log, PartitionId p, Offset event, std::uint16_t index) {
  return to_text(EventId{log, p, event, index});
}

std::string decision_text(LogId log, PartitionId p, std::string_view body) {
  const auto decision = decode_decision(body);
  if (!decision) return "a decision that does not parse";
  std::string out = "decided";
  for (const auto& event : decision->events) {
    out += " " + short_name(log, p, event.offset, event.index);
    if (event.fate == EventFate::duplicate) out += " duplicate";
    for (const auto& one : event.deliveries) out += " >" + one.destination;
  }
  return out;
}

std::string begin_text(LogId log, PartitionId p, std::string_view body) {
  const auto begin = decode_attempt_begin(body);
  if (!begin) return "an attempt that does not parse";
  std::string out = "begin " + begin->destination + " " + begin->attempt.substr(0, 10);
  for (const auto& ref : begin->deliveries) out += " " + short_name(log, p, ref.event, ref.index);
  return out;
}

std::string outcome_text(LogId log, PartitionId p, std::string_view body) {
  const auto attempt = decode_attempt_outcome(body);
  if (!attempt) return "an outcome that does not parse";
  std::string out = "outcome " + attempt->destination + " " + attempt->attempt.substr(0, 10);
  if (!attempt->error.empty()) out += " (" + attempt->error + ")";
  for (const auto& one : attempt->outcomes) {
    out += "\n      " + short_name(log, p, one.delivery.event, one.delivery.index) + " try " +
           std::to_string(one.number) + " " + std::string(name_of(one.fate));
    if (!one.reason.empty()) out += " " + one.reason;
    if (one.http_status != 0) out += " " + std::to_string(one.http_status);
    if (one.next_at != Time{}) out += ", again " + to_rfc3339(one.next_at).substr(11, 12);
  }
  return out;
}

std::string control_text(const Record& record) {
  const auto control = decode_control(record.header.type, record.body);
  if (!control) return "a control record that does not parse";
  if (std::holds_alternative<ConfigApplied>(*control)) return "configuration applied";
  if (const auto* one = std::get_if<DestinationPaused>(&*control)) {
    return "paused " + one->destination + ": " + one->reason;
  }
  if (const auto* one = std::get_if<DestinationResumed>(&*control)) {
    return "resumed " + one->destination;
  }
  if (const auto* one = std::get_if<DestinationSkipped>(&*control)) {
    return "skipped " + one->destination;
  }
  if (const auto* one = std::get_if<Redriven>(&*control)) {
    return "redriven " + one->destination + " " + to_text(one->delivery.id);
  }
  if (const auto* one = std::get_if<RerunStarted>(&*control)) {
    return std::string(name_of(one->kind)) + " " + to_text(one->id) + " of " + one->destination;
  }
  if (const auto* one = std::get_if<RerunMoved>(&*control)) {
    return to_text(one->id) + " takes up " + std::to_string(one->items.size()) + ", " +
           std::string(name_of(one->fate));
  }
  return "control " + std::to_string(record.header.type);
}

}  // namespace

std::string line_of(LogId log, PartitionId p, const Record& record) {
  std::string out =
      "p" + std::to_string(p.value) + " @" + std::to_string(record.offset.value) + " ";
  switch (record.header.stream) {
    case Stream::raw: {
      const auto raw = decode_raw_event(record.body);
      return out + "event " + to_text(event_id_of(log, p, record)) + " " +
             (raw ? std::string(raw->payload) : "");
    }
    case Stream::decision: return out + decision_text(log, p, record.body);
    case Stream::attempt: return out + begin_text(log, p, record.body);
    case Stream::outcome: return out + outcome_text(log, p, record.body);
    case Stream::control: return out + control_text(record);
    case Stream::lease: {
      const auto lease = decode_lease(record.body);
      return out + "lease " + (lease ? lease->bucket + " " + std::to_string(lease->tokens) : "");
    }
    default: return out + std::string(name_of(record.header.stream));
  }
}

std::string trace_text(const Ledger& ledger, const Story& story) {
  auto lines = story.lines;
  lines.insert(lines.end(), ledger.notes.begin(), ledger.notes.end());
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (const auto& [at, text] : lines) out += to_rfc3339(at).substr(5, 21) + "  " + text + "\n";
  return out;
}

}  // namespace tenon::sim
