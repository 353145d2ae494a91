// The report for programs, and the words that all forms share.
#include <nlohmann/json.hpp>

#include "shadow/render.hpp"

namespace tenon::shadow {
namespace {

using nlohmann::json;

json kind_json(const KindGroup& kind) {
  json out = {{"kind", kind.kind},
              {"calls", kind.calls},
              {"times", kind.times},
              {"listed", kind.listed()},
              {"example",
               {{"call", kind.example.call},
                {"before", kind.example.before},
                {"after", kind.example.after}}}};
  if (kind.listed()) out["why"] = kind.why;
  return out;
}

json place_json(const PlaceGroup& place) {
  json kinds = json::array();
  for (const auto& kind : place.kinds) kinds.push_back(kind_json(kind));
  return {{"rank", name_of(place.rank)}, {"action", place.action}, {"place", place.place},
          {"calls", place.calls},        {"times", place.times},   {"listed", place.listed()},
          {"kinds", std::move(kinds)}};
}

json divergence_json(const DivergedGroup& away) {
  json out = {{"action", away.action},
              {"release", away.newer ? "after" : "before"},
              {"step", away.step},
              {"asked", away.asked},
              {"recorded", away.recorded},
              {"calls", away.calls},
              {"listed", away.listed()},
              {"example",
               {{"call", away.call},
                {"asked", away.asked_text},
                {"recorded", away.recorded_text},
                {"reason", away.example_why}}}};
  if (away.listed()) out["why"] = away.why;
  return out;
}

json change_json(const IntendedChange& change) {
  json out = {{"action", change.action}, {"field", change.field}, {"why", change.why}};
  if (!change.kind.empty()) out["kind"] = change.kind;
  return out;
}

}  // namespace

json to_json(const Report& report) {
  json out = {
      {"before", {{"release", report.before}, {"digest", report.before_digest}}},
      {"after", {{"release", report.after}, {"digest", report.after_digest}}},
      {"source", report.source},
      {"calls", report.calls},
      {"same", report.same},
      {"different", report.different},
      {"diverged", report.diverged},
      {"not_run", json::array()},
      {"places", json::array()},
      {"divergences", json::array()},
      {"not_seen", json::array()},
      {"gate",
       {{"passed", report.passed()}, {"unlisted", report.unlisted()}, {"beyond", report.beyond}}}};
  for (const auto& [why, calls] : report.not_run) {
    out["not_run"].push_back({{"why", why}, {"calls", calls}});
  }
  for (const auto& place : report.places) out["places"].push_back(place_json(place));
  for (const auto& away : report.divergences) out["divergences"].push_back(divergence_json(away));
  for (const auto& change : report.not_seen) out["not_seen"].push_back(change_json(change));
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (int at = static_cast<int>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return out;
}

std::string calls_of(std::uint64_t count, const Report& report) {
  return grouped(count) + " of " + grouped(report.calls) + (report.calls == 1 ? " call" : " calls");
}

std::string_view title_of(Rank rank) {
  switch (rank) {
    case Rank::outcome: return "Outcomes";
    case Rank::detail: return "What is told of outcomes";
    case Rank::request: return "Requests";
    case Rank::other: return "Delays and hints";
  }
  return "?";
}

std::string verdict_text(const Report& report) {
  if (report.beyond > 0) {
    return "fails: more differences than can be told apart, so none of them counts as meant";
  }
  const std::size_t unlisted = report.unlisted();
  if (unlisted == 0) {
    return report.different + report.diverged == 0
               ? "passes: no difference"
               : "passes: every difference is listed in changes.toml";
  }
  return "fails: " + grouped(unlisted) + (unlisted == 1 ? " change is" : " changes are") +
         " not listed in changes.toml";
}

std::string escaped_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace tenon::shadow
