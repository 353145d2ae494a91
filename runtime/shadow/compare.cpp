// From the end of the call to its first request: failure, outcomes, requests, delays, hints.
#include "shadow/compare.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "shadow/body_compare.hpp"
#include "shadow/change_kind.hpp"
#include "shadow/compare_request.hpp"
#include "shadow/compare_values.hpp"
#include "shadow/shown.hpp"

namespace tenon::shadow {
namespace {

std::string_view name_of(Applied applied) {
  switch (applied) {
    case Applied::maybe: return "maybe";
    case Applied::no: return "no";
    case Applied::yes: return "yes";
  }
  return "?";
}

std::string_view name_of(EmitKind kind) {
  switch (kind) {
    case EmitKind::none: return "none";
    case EmitKind::record: return "record";
    case EmitKind::found: return "found";
    case EmitKind::absent: return "absent";
  }
  return "?";
}

std::string end_of(const Replayed& call) {
  return call.failure.empty() ? "came to its end" : call.failure;
}

// False: they end differently, and nothing that is said of records can be compared.
bool compare_ends(const Replayed& before, const Replayed& after, Comparison& out) {
  if (before.failure != after.failure) {
    const auto told = [](const Replayed& call) {
      return end_of(call) + (call.failure_text.empty() ? "" : ": " + shown(call.failure_text));
    };
    out.add(
        {Rank::outcome, "failure", turn(end_of(before), end_of(after)), told(before), told(after)});
    return false;
  }
  compare_texts(out, Rank::detail, "failure.text", before.failure_text, after.failure_text);
  return before.failure.empty();
}

// By record; one without an outcome is unresolved, as the host takes it.
std::vector<RecordOutcome> outcomes_of(const CapturedCall& call, const Replayed& replayed) {
  std::vector<RecordOutcome> out(call.records.size());
  for (const auto& step : replayed.steps) {
    for (const auto& outcome : step.outcomes) {
      if (outcome.index < out.size()) out[outcome.index] = outcome;
    }
  }
  return out;
}

std::string outcome_text(const RecordOutcome& outcome) {
  std::string out(tenon::name_of(outcome.verdict));
  if (!outcome.vendor_code.empty()) out += ", code " + shown(outcome.vendor_code, 80);
  if (!outcome.vendor_ref.empty()) out += ", id " + shown(outcome.vendor_ref, 80);
  return outcome.detail.empty() ? out : out + ": " + shown(outcome.detail, 200);
}

// Where the verdict is another one, all that is told of it follows from that.
void compare_outcome(const RecordOutcome& one, const RecordOutcome& other, Comparison& out) {
  if (one.verdict != other.verdict) {
    out.add({Rank::outcome, "outcome",
             turn(tenon::name_of(one.verdict), tenon::name_of(other.verdict)), outcome_text(one),
             outcome_text(other)});
    return;
  }
  compare_words(out, Rank::detail, "outcome.applied", name_of(one.applied), name_of(other.applied));
  compare_numbers(out, Rank::detail, "outcome.reason", one.reason, other.reason);
  compare_numbers(out, Rank::detail, "outcome.retry_after_ms", one.retry_after_ms,
                  other.retry_after_ms);
  compare_texts(out, Rank::detail, "outcome.vendor_ref", one.vendor_ref, other.vendor_ref);
  compare_texts(out, Rank::detail, "outcome.vendor_code", one.vendor_code, other.vendor_code);
  compare_texts(out, Rank::detail, "outcome.detail", one.detail, other.detail);
}

void compare_outcomes(const CapturedCall& call, const Replayed& before, const Replayed& after,
                      Comparison& out) {
  const auto had = outcomes_of(call, before), has = outcomes_of(call, after);
  for (std::size_t i = 0; i < had.size(); ++i) compare_outcome(had[i], has[i], out);
}

// By place in the recording; in a step that one side does not have: none.
using Placed = std::map<std::size_t, const ConnectorRequest*>;

Placed placed(const Replayed& call, std::size_t step) {
  Placed out;
  if (step >= call.steps.size()) return out;
  const auto& places = call.places[step];
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = &call.steps[step].requests[i];
  return out;
}

// The places that both have, in the order in which they were asked for.
std::vector<std::size_t> common(const Replayed& call, std::size_t step, const Placed& other) {
  std::vector<std::size_t> out;
  if (step >= call.steps.size()) return out;
  for (const std::size_t place : call.places[step]) {
    if (other.contains(place)) out.push_back(place);
  }
  return out;
}

void compare_step(const Replayed& before, const Replayed& after, std::size_t step,
                  Comparison& out) {
  const Placed had = placed(before, step), has = placed(after, step);
  for (const auto& [place, request] : had) {
    const auto other = has.find(place);
    if (other == has.end()) {
      out.add({Rank::request, "requests", "now absent", line_of(*request), {}});
    } else {
      compare_request(*request, *other->second, out);
    }
  }
  for (const auto& [place, request] : has) {
    if (had.contains(place)) continue;
    out.add({Rank::request, "requests", "new", {}, line_of(*request)});
  }
  const auto one = common(before, step, has), other = common(after, step, had);
  if (one != other) {
    const auto first = [](const Placed& all, const std::vector<std::size_t>& order) {
      return "first " + line_of(*all.at(order.front()));
    };
    out.add({Rank::request, "requests", "order", first(had, one), first(has, other)});
  }
  const auto delay = [&](const Replayed& call) {
    return step < call.steps.size() ? call.steps[step].delay_ms : 0;
  };
  compare_numbers(out, Rank::other, "delay_ms", delay(before), delay(after));
}

// Those of one kind and name count once, with the last time, as the host takes them.
std::map<std::string, std::int64_t> hints_of(const Replayed& call) {
  constexpr const char* kNames[] = {"none", "throttled", "auth_rejected", "vendor_down"};
  std::map<std::string, std::int64_t> out;
  for (const auto& hint : call.hints) {
    const std::string kind = hint.kind < 4 ? kNames[hint.kind] : std::to_string(hint.kind);
    out[kind + "." + shown(hint.name, 80)] = hint.until_ms;
  }
  return out;
}

void compare_hints(const Replayed& before, const Replayed& after, Comparison& out) {
  const auto had = hints_of(before), has = hints_of(after);
  const auto told = [](std::int64_t until) {
    return until == 0 ? std::string("given") : "until " + std::to_string(until);
  };
  for (const auto& [name, until] : had) {
    const auto other = has.find(name);
    if (other == has.end()) {
      out.add({Rank::other, "hint." + name, "now absent", told(until), {}});
    } else if (other->second != until) {
      out.add({Rank::other, "hint." + name, "changed", told(until), told(other->second)});
    }
  }
  for (const auto& [name, until] : has) {
    if (!had.contains(name)) out.add({Rank::other, "hint." + name, "new", {}, told(until)});
  }
}

void compare_emits(const Replayed& before, const Replayed& after, Comparison& out) {
  compare_numbers(out, Rank::outcome, "emits", before.emits.size(), after.emits.size());
  const std::size_t both = std::min(before.emits.size(), after.emits.size());
  for (std::size_t i = 0; i < both; ++i) {
    const auto &one = before.emits[i], &other = after.emits[i];
    compare_words(out, Rank::outcome, "emit", name_of(one.kind), name_of(other.kind));
    compare_numbers(out, Rank::detail, "emit.index", one.index, other.index);
    compare_texts(out, Rank::detail, "emit.id", one.id, other.id);
    compare_texts(out, Rank::detail, "emit.type", one.type, other.type);
    if (one.event_ms != other.event_ms) {
      out.add({Rank::detail, "emit.event_ms", "changed", std::to_string(one.event_ms),
               std::to_string(other.event_ms)});
    }
    compare_bodies(one.body, other.body, "emit.body", out);
  }
}

}  // namespace

std::string_view name_of(Rank rank) {
  switch (rank) {
    case Rank::outcome: return "outcome";
    case Rank::detail: return "detail";
    case Rank::request: return "request";
    case Rank::other: return "other";
  }
  return "?";
}

Comparison compare(const CapturedCall& call, const Replayed& before, const Replayed& after) {
  Comparison out;
  if (compare_ends(before, after, out)) {
    compare_outcomes(call, before, after, out);
    compare_emits(before, after, out);
  }
  const std::size_t steps = std::max(before.steps.size(), after.steps.size());
  for (std::size_t step = 0; step < steps; ++step) compare_step(before, after, step, out);
  compare_hints(before, after, out);
  return out;
}

}  // namespace tenon::shadow
