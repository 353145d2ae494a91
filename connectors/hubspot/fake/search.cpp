// The model's search, and the writes that go by HubSpot's own id.
#include <algorithm>

#include "hubspot/fake/model.hpp"
#include "testkit/model_json.hpp"

namespace hubspot::fake {
namespace {

using Json = nlohmann::json;
using tenon::testkit::text_member;

// What a filter or a sort compares: a number for times and ids.
std::int64_t number_of(const Contact& contact, const std::string& property) {
  return property == "hs_object_id" ? std::stoll(contact.id) : contact.modified_ms;
}

bool is_number(const std::string& property) {
  return property == "hs_object_id" || property == "lastmodifieddate";
}

bool holds(const Contact& contact, const Json& filter) {
  const std::string property = text_member(filter, "propertyName"),
                    op = text_member(filter, "operator");
  if (op == "IN") {
    const auto there = contact.properties.find(property);
    const std::string value = property == "email"                 ? contact.email
                              : there == contact.properties.end() ? std::string()
                                                                  : there->second;
    return std::any_of(filter["values"].begin(), filter["values"].end(), [&](const Json& one) {
      return lower(one.get<std::string>()) == lower(value);
    });
  }
  const std::int64_t found = number_of(contact, property);
  const std::int64_t wanted = std::strtoll(text_member(filter, "value").c_str(), nullptr, 10);
  if (op == "EQ") return found == wanted;
  if (op == "GT") return found > wanted;
  return found <= wanted;  // LTE
}

}  // namespace

// A search of the shapes that a connector may use here; others are refused, not guessed.
std::string HubSpotModel::wrong_search(const Json& body) const {
  if (!body.is_object() || !body.contains("filterGroups")) return "filterGroups: wanted one";
  const Json& groups = body["filterGroups"];
  if (!groups.is_array() || groups.size() != 1) return "filterGroups: wanted one";
  const std::uint64_t limit = body.value("limit", std::uint64_t{10});
  if (limit == 0 || limit > 200) return "limit: wanted 1 to 200";
  for (const Json& filter : groups[0].value("filters", Json::array())) {
    const std::string property = text_member(filter, "propertyName"),
                      op = text_member(filter, "operator");
    const bool in = op == "IN" && filter.contains("values") && filter["values"].is_array() &&
                    filter["values"].size() <= 100;
    const bool compared = (op == "EQ" || op == "GT" || op == "LTE") && is_number(property) &&
                          filter.contains("value") && filter["value"].is_string();
    if (!in && !compared) return "filter of " + property + ": operator " + op + " does not fit";
  }
  return {};
}

ModelReply HubSpotModel::search(const ModelCall& call) {
  const std::uint64_t random = call.random;
  ++counters_.searches;
  if (options_.mode == Mode::server_error) {
    return error(500, "INTERNAL_ERROR", "internal error", random);
  }
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (const std::string wrong = wrong_search(body); !wrong.empty()) {
    ++counters_.refused;
    return error(400, "VALIDATION_ERROR", wrong, random);
  }
  std::vector<const Contact*> found;
  for (const auto& [email, contact] : contacts_.all()) {
    const Json& filters = body["filterGroups"][0]["filters"];
    const bool shown = contact.modified_ms <= call.now_ms - options_.search_lag_ms;
    const bool all = std::all_of(filters.begin(), filters.end(),
                                 [&, &one = contact](const Json& f) { return holds(one, f); });
    if (shown && all) found.push_back(&contact);
  }
  const std::string sort =
      body.contains("sorts") && !body["sorts"].empty() ? body["sorts"][0].get<std::string>() : "";
  std::stable_sort(found.begin(), found.end(), [&](const Contact* a, const Contact* b) {
    return is_number(sort) && number_of(*a, sort) < number_of(*b, sort);
  });
  const std::size_t limit = body.value("limit", std::size_t{10});
  Json results = Json::array();
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i) {
    results.push_back(shown_contact(*found[i], body.value("properties", Json::array())));
  }
  Json reply{{"total", found.size()}, {"results", results}};
  if (found.size() > limit) reply["paging"] = {{"next", {{"after", std::to_string(limit)}}}};
  return shaped(answer(200, reply));
}

Json HubSpotModel::shown_contact(const Contact& contact, const Json& names) const {
  Json properties = Json::object();
  for (const Json& name : names) {
    const auto value = contact.properties.find(name.get<std::string>());
    // HubSpot gives null for a property without a value.
    properties[name.get<std::string>()] =
        value == contact.properties.end() ? Json(nullptr) : Json(value->second);
  }
  properties["hs_object_id"] = contact.id;
  properties["lastmodifieddate"] = rfc3339(contact.modified_ms);
  properties["createdate"] = rfc3339(contact.created_ms);
  return Json{{"id", contact.id},
              {"properties", properties},
              {"createdAt", rfc3339(contact.created_ms)},
              {"updatedAt", rfc3339(contact.modified_ms)},
              {"archived", false}};
}

// batch/create refuses the whole batch if one address is taken; batch/update goes by id.
ModelReply HubSpotModel::write_by_id(const ModelCall& call, bool create) {
  const std::int64_t now_ms = call.now_ms;
  const std::uint64_t random = call.random;
  ++counters_.batches;
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (!body.is_object() || !body.contains("inputs") || !body["inputs"].is_array() ||
      body["inputs"].empty() || body["inputs"].size() > 100) {
    ++counters_.refused;
    return error(400, "VALIDATION_ERROR", "Invalid input JSON: wanted inputs", random);
  }
  std::vector<Json> inputs;
  for (const Json& given : body["inputs"]) {
    Json input = given;
    if (create) {
      input["id"] = text_member(given["properties"], "email");
      if (contacts_.find(lower(text_member(input, "id"))) != nullptr) {
        ++counters_.refused;
        return error(409, "CONFLICT", "Contact already exists", random);
      }
    } else {
      input["id"] = contacts_.key_of(text_member(given, "id"));
      if (input["id"] == "") return error(404, "OBJECT_NOT_FOUND", "no such id", random);
    }
    if (const std::string wrong = wrong_input(input); !wrong.empty()) {
      ++counters_.refused;
      return error(400, "VALIDATION_ERROR", wrong, random);
    }
    inputs.push_back(std::move(input));
  }
  Json results = Json::array();
  for (const Json& input : inputs) {
    bool created = false;
    Json result = write(input, now_ms, created);
    if (!create) result["properties"].erase("email");  // it gives what was written
    results.push_back(std::move(result));
  }
  return shaped(answer(create ? 201 : 200, Json{{"status", "COMPLETE"},
                                                {"results", results},
                                                {"startedAt", rfc3339(now_ms)},
                                                {"completedAt", rfc3339(now_ms)}}));
}

}  // namespace hubspot::fake
