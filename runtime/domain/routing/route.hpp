// Routing: which destinations get an event, and the record that each of them is sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/decision.hpp"
#include "event/event.hpp"
#include "event/json.hpp"
#include "manifest/workspace.hpp"

namespace tenon::routing {

// All functions here are pure and total: they read their arguments only, and their work is bounded
// by the size of the event and of the checked workspace. They may run on any thread.

// Largest mapped record. Rules may repeat large members, so the result has its own bound.
constexpr std::size_t kMaxMappedBytes = 1u << 20;

// Does the canonical event pass the test? Members of another kind than the test wants do not pass;
// a test of a member that is not there is false, so `not` of it is true.
bool matches(const Predicate& predicate, const JsonView& event);

// One entry for each route whose source and test fit, in the order of the workspace: `deliver`, or
// `filtered` with reason "integrations_off" where the event's own `integrations` member excludes
// the destination, with reason "synthetic" where the event is and the destination is no model.
// That member names destinations or connectors, case-sensitively; the
// destination's name wins over the connector's, and both over "All". A value of false excludes; all
// else includes. Notices go only by routes that name their source, and never round in a circle: a
// notice about a destination that takes notices is `filtered` ("notice_loop") for itself and for
// those that stand behind it in the workspace.
std::vector<DecidedDelivery> route_event(const Workspace& workspace, const Event& event,
                                         const JsonView& view);

// The record that the route sends for the event: a minified JSON object. `whole_json` is the
// event's canonical JSON, which `event` views; it is the record of a route without a mapping.
//   A pointer that leads nowhere, or to null, gives the rule's default; without one the field is
//   absent, or null. Steps run on what is there; constants and defaults are taken as they are.
// invalid: a step cannot work on what it found, or the record is too large. The text names the
// route, the target and the kind of the value, never the value.
Result<std::string> map_record(const Route& route, const JsonView& event,
                               std::string_view whole_json);

}  // namespace tenon::routing
