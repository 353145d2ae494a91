// Shape: entries out of pushes.
#include "testkit/shape.hpp"

#include <set>

namespace tenon::testkit {
namespace {

// [[name, value], ...] as an object, if no name stands twice.
Json as_object(const Json& pairs) {
  Json object = Json::object();
  std::set<std::string> names;
  if (pairs.is_object()) return pairs;
  for (const Json& pair : pairs) {
    if (!names.insert(pair.at(0).get<std::string>()).second) return pairs;
    object[pair.at(0).get<std::string>()] = pair.at(1);
  }
  return object;
}

// Adds `json` where `body` is what that value looks like when it is written.
Json with_json(Json entry) {
  const std::string body = entry.value("body", std::string());
  const Json value = Json::parse(body, nullptr, false);
  if (body.empty() || value.is_discarded() || value.is_string()) return entry;
  if (value.dump(-1, ' ', false, Json::error_handler_t::replace) == body) entry["json"] = value;
  return entry;
}

}  // namespace

Json with_objects(Json request) {
  if (!request.is_object()) return request;
  for (const char* name : {"query", "headers"}) {
    if (request.contains(name)) request[name] = as_object(request[name]);
  }
  return request;
}

Json shape_of(const RequestOut& request) {
  Json json = to_json(request);
  if (!json.contains("query")) json["query"] = Json::object();
  if (!json.contains("body")) json["body"] = "";
  if (!json.contains("bucket")) json["bucket"] = "";
  if (!json.contains("cost")) json["cost"] = request.cost;
  // Parsed even where its bytes are not minified: a golden that says `json` is told so by field.
  Json entry = with_objects(std::move(json));
  Json value = Json::parse(request.body, nullptr, false);
  if (!value.is_discarded()) entry["json"] = std::move(value);
  return entry;
}

Pushes pushes_of(const CallOut& out) {
  Pushes pushes;
  for (const OutcomeOut& outcome : out.outcomes) {
    pushes.outcomes.push_back(to_json(outcome));
  }
  std::size_t emits = 0;
  bool any_delay = false;
  for (const StepOut& step : out.steps) {
    for (const EmitOut& emit : step.emits) pushes.emits.push_back(with_json(to_json(emit)));
    for (const CheckpointOut& checkpoint : step.checkpoints) {
      pushes.checkpoints.push_back(to_json(checkpoint));
      pushes.checkpoints.back()["emits"] = emits + checkpoint.emits;
    }
    emits += step.emits.size();
    if (step.reply) pushes.reply = with_json(to_json(*step.reply));
    for (const HintOut& hint : step.hints) pushes.hints.push_back(to_json(hint));
    if (step.suspended) pushes.delays_ms.push_back(step.delay_ms);
    any_delay = any_delay || step.delay_ms != 0;
  }
  if (!any_delay) pushes.delays_ms.clear();
  return pushes;
}

Json written(Json entry) {
  if (!entry.is_object()) return entry;
  if (entry.contains("json") && entry.contains("body")) {
    const bool minified = entry["json"].dump() == entry["body"].get<std::string>();
    entry.erase(minified ? "body" : "json");
  }
  Json kept = Json::object();
  for (const auto& [name, value] : entry.items()) {
    const bool silent = (value.is_structured() && value.empty()) || value == Json("") ||
                        (name == "effect" && value == "once") || (name == "cost" && value == 1);
    if (!silent || name == "path" || name == "cursor" || name == "json") kept[name] = value;
  }
  return kept;
}

}  // namespace tenon::testkit
