// route_event: the routes of a workspace that take one event.
#include "domain/routing/route.hpp"

#include <algorithm>

namespace tenon::routing {
namespace {

// What the event's `integrations` says of a name: nothing, false, or anything else, which is yes.
std::optional<bool> said(const JsonView& integrations, std::string_view name) {
  const auto found = integrations.member(name);
  if (!found) return std::nullopt;
  return found->as_bool().value_or(true);
}

bool excluded(const JsonView& event, const Destination& destination) {
  const auto integrations = event.member("integrations");
  if (!integrations || !integrations->is(JsonKind::object)) return false;
  for (const std::string_view name :
       {std::string_view(destination.name.value), std::string_view(destination.connector),
        std::string_view("All")}) {
    if (const auto word = said(*integrations, name)) return !*word;
  }
  return false;
}

bool takes_source(const Route& route, const std::string& source) {
  if (route.sources.empty()) return source != kNoticeSource;
  return std::find(route.sources.begin(), route.sources.end(), source) != route.sources.end();
}

// A notice about a destination that itself takes notices goes only to one that stands before it in
// the file. So it never reaches what it is about, and what delivering it makes happen can be told
// as often as there are such destinations, and no more.
bool would_loop(const Workspace& workspace, const std::string& destination, const JsonView& event) {
  const auto about = event.at("/properties/destinations");
  if (!about || !about->is(JsonKind::array)) return false;
  const auto& all = workspace.destinations;
  const auto place = [&](std::string_view name) {
    return std::find_if(all.begin(), all.end(),
                        [&](const Destination& one) { return one.name.value == name; });
  };
  const auto here = place(destination);
  bool loop = false;
  about->each_item([&](JsonView item) {
    const auto name = item.as_string();
    if (!name) return true;
    const auto there = place(*name);
    loop = there != all.end() && there <= here && workspace.takes_notices(*name);
    return !loop;
  });
  return loop;
}

}  // namespace

std::vector<DecidedDelivery> route_event(const Workspace& workspace, const Event& event,
                                         const JsonView& view) {
  std::vector<DecidedDelivery> out;
  for (const auto& route : workspace.routes) {
    if (!takes_source(route, event.source) || !matches(route.when, view)) continue;
    const auto* destination = workspace.destination(route.destination);
    if (destination == nullptr) continue;  // parse_workspace refuses such a route
    DecidedDelivery decided;
    decided.route = route.name;
    decided.destination = route.destination;
    decided.action = route.action;
    decided.fate = DeliveryFate::deliver;
    if (!may_take(*destination, event.synthetic)) {
      decided.fate = DeliveryFate::filtered;
      decided.reason = "synthetic";
    } else if (excluded(view, *destination)) {
      decided.fate = DeliveryFate::filtered;
      decided.reason = "integrations_off";
    } else if (event.source == kNoticeSource && would_loop(workspace, route.destination, view)) {
      decided.fate = DeliveryFate::filtered;
      decided.reason = "notice_loop";
    }
    out.push_back(std::move(decided));
  }
  return out;
}

}  // namespace tenon::routing
