// Writing answers, reading JSON bodies.
#include "api/reply.hpp"

#include "api/query.hpp"

namespace tenon {

using nlohmann::json;

HttpResponse json_response(const json& body) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "application/json");
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

HttpResponse refused(const Error& error, const HttpHead& head) {
  return response_of(problem_of(error), head.path);
}

bool fine(const std::optional<Problem>& problem, const HttpHead& head, HttpResponse& response) {
  if (!problem) return true;
  response = response_of(*problem, head.path);
  return false;
}

Body Body::of(json value, std::string place, std::string_view known) {
  Body body;
  body.place_ = std::move(place);
  if (!value.is_object()) {
    body.fault(bad_body(body.place_, "a JSON object", value.type_name()));
    return body;
  }
  const std::string padded = " " + std::string(known) + " ";
  for (const auto& [name, member] : value.items()) {
    if (padded.find(" " + name + " ") == std::string::npos) {
      body.fault(bad_body(
          body.place_ + "/" + name,
          known.empty() ? std::string("no members") : "only these members: " + std::string(known),
          name));
    }
  }
  body.value_ = std::move(value);
  return body;
}

Body Body::parse(const std::string& text, std::string_view known) {
  if (text.empty()) return of(json::object(), "", known);
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    Body body;
    body.fault(bad_body("", "a JSON object", text));
    return body;
  }
  return of(std::move(value), "", known);
}

Body Body::object(const char* name, std::string_view known) {
  if (!has(name)) return of(json::object(), place_ + "/" + name, known);
  return of(value_[name], place_ + "/" + name, known);
}

std::string Body::text(const char* name) {
  if (!has(name)) return {};
  if (value_[name].is_string()) return value_[name].get<std::string>();
  fault(bad_body(place_ + "/" + name, "a string", value_[name].type_name()));
  return {};
}

bool Body::flag(const char* name) {
  if (!has(name)) return false;
  if (value_[name].is_boolean()) return value_[name].get<bool>();
  fault(bad_body(place_ + "/" + name, "true or false", value_[name].type_name()));
  return false;
}

Time Body::time(const char* name) {
  if (!has(name)) return Time{};
  const auto found = text(name);
  const auto parsed = parse_rfc3339(found);
  if (parsed) return *parsed;
  fault(bad(name, "a time like 2026-01-02T03:04:05Z", found));
  return Time{};
}

std::uint64_t Body::number(const char* name, std::uint64_t fallback, std::uint64_t least,
                           std::uint64_t most) {
  if (!has(name)) return fallback;
  const auto& found = value_[name];
  if (found.is_number_unsigned()) {
    const auto value = found.get<std::uint64_t>();
    if (value >= least && value <= most) return value;
  }
  fault(bad(name, "a number from " + std::to_string(least) + " to " + std::to_string(most),
            found.dump(-1, ' ', false, json::error_handler_t::replace)));
  return fallback;
}

std::optional<DeliveryState> Body::state(const char* name) {
  if (!has(name)) return std::nullopt;
  const auto found = text(name);
  const auto state = parse_delivery_state(found);
  if (!state) fault(bad(name, kDeliveryStates, found));
  return state;
}

Problem Body::bad(const char* name, std::string_view wanted, std::string_view found) const {
  return bad_body(place_ + "/" + name, wanted, found);
}

void Body::fault(Problem problem) {
  if (!problem_) problem_ = std::move(problem);
}

}  // namespace tenon
