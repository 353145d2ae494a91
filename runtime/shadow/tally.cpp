// Counting, and the order in which groups are told.
#include "shadow/tally.hpp"

#include <algorithm>
#include <utility>

#include "ports/captured_call_json.hpp"
#include "shadow/shown.hpp"

namespace tenon::shadow {
namespace {

constexpr const char* kOtherKind = "other";

template <typename Group>
bool more_calls(const Group& one, const Group& other) {
  return one.calls > other.calls;
}

// What is not listed is what people look for.
template <typename Group>
bool comes_first(const Group& one, const Group& other) {
  return one.listed() != other.listed() ? other.listed() : more_calls(one, other);
}

// Is this segment of a path most likely the id of something? Digits alone, an address, what had to
// be encoded, or a long one.
bool is_id(std::string_view segment) {
  const bool digits = !segment.empty() && segment.find_first_not_of("0123456789") == segment.npos;
  return digits || segment.size() >= 20 || segment.find_first_of("%@") != segment.npos;
}

// The request's line with "*" for ids: what requests about different things have in common.
std::string folded_line(const ConnectorRequest& request) {
  ConnectorRequest folded;
  folded.method = request.method;
  folded.endpoint = request.endpoint;
  for (std::size_t at = 0; at <= request.path.size();) {
    const auto end = std::min(request.path.find('/', at), request.path.size());
    const auto segment = std::string_view(request.path).substr(at, end - at);
    folded.path += is_id(segment) ? "*" : segment;
    if (end < request.path.size()) folded.path += '/';
    at = end + 1;
  }
  return line_of(folded);
}

// Marks what the list names; tells which entries named something.
void judge(Report& report, const std::vector<IntendedChange>& changes) {
  std::vector<bool> seen(changes.size(), false);
  const auto why = [&](const std::string& action, const std::string& place,
                       const std::string& kind) {
    std::string found;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (!changes[i].speaks_of(action, place, kind)) continue;
      seen[i] = true;
      if (found.empty() || !changes[i].kind.empty()) found = changes[i].why;
    }
    return found;
  };
  for (auto& place : report.places) {
    for (auto& kind : place.kinds) kind.why = why(place.action, place.place, kind.kind);
  }
  for (auto& away : report.divergences) away.why = why(away.action, "diverged", "");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!seen[i]) report.not_seen.push_back(changes[i]);
  }
}

}  // namespace

std::string action_of(const CapturedCall& call) {
  if (call.op == Op::deliver) return shown(call.action, 100);
  const std::string op(op_word(call.op));
  return call.action.empty() ? op : op + "/" + shown(call.action, 100);
}

bool PlaceGroup::listed() const {
  return std::all_of(kinds.begin(), kinds.end(), [](const KindGroup& one) { return one.listed(); });
}

std::size_t Report::unlisted() const {
  std::size_t count = 0;
  for (const auto& place : places) {
    for (const auto& kind : place.kinds) count += kind.listed() ? 0 : 1;
  }
  for (const auto& away : divergences) count += away.listed() ? 0 : 1;
  return count;
}

void Tally::add_difference(const CapturedCall& call, const std::string& action, Difference one) {
  const PlaceKey key{one.rank, action, one.place};
  if (places_.size() >= kMaxPlaceGroups && !places_.contains(key)) {
    ++beyond_;
    return;
  }
  Place& place = places_[key];
  if (place.kinds.size() >= kMaxKindGroups && !place.kinds.contains(one.kind)) {
    one.kind = kOtherKind;
  }
  auto [at, fresh] = place.kinds.try_emplace(one.kind);
  KindGroup& kind = at->second;
  if (fresh) {
    kind.kind = one.kind;
    kind.example = {shown(call.attempt, 100), std::move(one.before), std::move(one.after)};
  }
  ++place.times;
  ++kind.times;
  if (std::exchange(place.last_call, calls_) != calls_) ++place.calls;
  if (std::exchange(place.last_of[one.kind], calls_) != calls_) ++kind.calls;
}

void Tally::add_divergence(const CapturedCall& call, const Divergence& away, bool newer) {
  DivergedGroup group;
  group.action = action_of(call);
  group.newer = newer;
  group.step = away.step;
  if (away.asked) {
    group.asked = folded_line(*away.asked);
    group.asked_text = text_of(*away.asked);
  }
  if (away.recorded) {
    group.recorded = folded_line(*away.recorded);
    group.recorded_text = text_of(*away.recorded);
  }
  group.call = shown(call.attempt, 100);
  group.example_why = away.why;
  const std::string key = group.action + '\n' + (newer ? "1" : "0") + std::to_string(group.step) +
                          '\n' + group.asked + '\n' + group.recorded;
  if (divergences_.size() >= kMaxDivergedGroups && !divergences_.contains(key)) {
    ++beyond_;
    return;
  }
  ++divergences_.try_emplace(key, std::move(group)).first->second.calls;
}

void Tally::add(const CapturedCall& call, const Replayed& before, const Replayed& after) {
  ++calls_;
  if (before.diverged || after.diverged) {
    ++diverged_;
    if (before.diverged) return add_divergence(call, *before.diverged, false);
    return add_divergence(call, *after.diverged, true);
  }
  auto found = compare(call, before, after);
  if (found.differences.empty()) {
    ++same_;
    return;
  }
  ++different_;
  if (found.more) ++beyond_;
  const std::string action = action_of(call);
  for (auto& one : found.differences) add_difference(call, action, std::move(one));
}

Report Tally::report(const std::vector<IntendedChange>& changes) const {
  Report out;
  out.calls = calls_;
  out.same = same_;
  out.different = different_;
  out.diverged = diverged_;
  out.beyond = beyond_;
  out.not_run.assign(not_run_.begin(), not_run_.end());
  for (const auto& [key, place] : places_) {
    PlaceGroup group;
    std::tie(group.rank, group.action, group.place) = key;
    group.calls = place.calls;
    group.times = place.times;
    for (const auto& [word, kind] : place.kinds) group.kinds.push_back(kind);
    std::stable_sort(group.kinds.begin(), group.kinds.end(), more_calls<KindGroup>);
    out.places.push_back(std::move(group));
  }
  for (const auto& [key, group] : divergences_) out.divergences.push_back(group);
  judge(out, changes);
  std::stable_sort(out.places.begin(), out.places.end(), [](const auto& one, const auto& other) {
    return one.rank != other.rank ? one.rank < other.rank : comes_first(one, other);
  });
  std::stable_sort(out.divergences.begin(), out.divergences.end(), comes_first<DivergedGroup>);
  return out;
}

}  // namespace tenon::shadow
