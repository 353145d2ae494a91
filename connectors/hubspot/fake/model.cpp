// HubSpotModel: checks a batch as the vendor does, keeps contacts, answers as its mode says.
#include "hubspot/fake/model.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "testkit/model_json.hpp"

namespace hubspot::fake {
namespace {

using Json = nlohmann::json;
using tenon::testkit::Routes;
using tenon::testkit::text_member;

constexpr std::size_t kMaxInputs = 100;

bool is_email(const std::string& text) {
  const auto at = text.find('@');
  const auto dot = text.rfind('.');
  return text.size() <= 254 && at != std::string::npos && at > 0 && at == text.rfind('@') &&
         dot != std::string::npos && dot > at + 1 && dot + 1 < text.size() &&
         text.find_first_of(" \t\r\n") == std::string::npos;
}
// As people write them: with a country code, 6 to 15 digits, and what stands between.
bool is_phone(const std::string& text) {
  const auto digits =
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits >= 6 && digits <= 15 && text.size() <= 30 && text[0] == '+' &&
         text.find_first_not_of("0123456789 ()-./", 1) == std::string::npos;
}

}  // namespace

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string rfc3339(std::int64_t ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(ms)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

HubSpotModel::HubSpotModel(Options options)
    : options_(std::move(options)), known_{"email",   "firstname",     "lastname", "phone",
                                           "company", "jobtitle",      "website",  "city",
                                           "country", "lifecyclestage"} {}

ModelReply HubSpotModel::handle(const ModelRequest& request, std::int64_t now_ms,
                                std::uint64_t random) {
  static const Routes<HubSpotModel> kRoutes{
      {"POST", "/crm/v3/objects/contacts/batch/upsert", &HubSpotModel::upsert},
      {"POST", "/crm/v3/objects/contacts/batch/create", &HubSpotModel::create},
      {"POST", "/crm/v3/objects/contacts/batch/update", &HubSpotModel::update},
      {"POST", "/crm/v3/objects/contacts/search", &HubSpotModel::search},
      {"GET", "/crm/v3/objects/contacts", &HubSpotModel::list}};
  ++counters_.requests;
  if (auto refused = refuse_early(request, now_ms)) return *refused;
  auto found = kRoutes.answer(*this, request, now_ms, random);
  return found ? *found : error(404, "OBJECT_NOT_FOUND", "resource not found", random);
}

std::optional<ModelReply> HubSpotModel::refuse_early(const ModelRequest& request,
                                                     std::int64_t now_ms) {
  if (request.header("authorization") != "Bearer " + options_.token) {
    ++counters_.unauthorized;
    return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found", 0);
  }
  std::int64_t wait_s = options_.retry_after_s;
  if (options_.throttle_next > 0) {
    --options_.throttle_next;
  } else {
    const auto over = take({{options_.policy, options_.quota, options_.window_ms}}, quota_, now_ms);
    if (!over) return std::nullopt;
    wait_s = std::max(wait_s, tenon::testkit::retry_after_s(over->wait_ms));
  }
  ++counters_.throttled;
  ModelReply reply = refusal(429, "");
  reply.headers.emplace_back("retry-after", std::to_string(wait_s));
  return reply;
}

std::string HubSpotModel::wrong_batch(const Json& body) const {
  if (!body.is_object() || !body.contains("inputs") || !body["inputs"].is_array()) {
    return "Invalid input JSON: wanted inputs";
  }
  const Json& inputs = body["inputs"];
  if (inputs.empty()) return "inputs must not be empty";
  if (inputs.size() > kMaxInputs) return "The number of inputs is over the limit of 100";
  std::set<std::string> seen;
  for (const Json& input : inputs) {
    if (!input.is_object()) return "Invalid input JSON: an input is no object";
    if (text_member(input, "idProperty") != "email") return "idProperty: only email is unique here";
    if (text_member(input, "id").empty()) return "id: must not be empty";
    if (!seen.insert(lower(text_member(input, "id"))).second)
      return "Duplicate IDs found in batch input";
    if (!input.contains("properties") || !input["properties"].is_object()) {
      return "properties: wanted an object";
    }
    for (const Json& value : input["properties"]) {
      if (!value.is_string()) return "properties: wanted text for each value";
    }
  }
  return {};
}

std::string HubSpotModel::wrong_input(const Json& input) const {
  const std::string email = text_member(input, "id");
  if (!is_email(email)) return "Email address " + email + " is invalid";
  for (const auto& [name, value] : input["properties"].items()) {
    if (known_.count(name) == 0) return "Property \"" + name + "\" does not exist";
    const std::string text = value.get<std::string>();
    if (name == "email" && !is_email(text)) return "Email address " + text + " is invalid";
    if (name == "phone" && !text.empty() && !is_phone(text)) {
      return "Property values were not valid: phone " + text + " was not a valid phone number";
    }
  }
  return {};
}

Json HubSpotModel::write(const Json& input, std::int64_t now_ms, bool& created) {
  const std::string email = lower(text_member(input, "id"));
  Contact& contact = contacts_.at_or_new(email, created);
  contact.email = email;
  ++contact.written;
  ++counters_.written;
  for (const auto& [name, value] : input["properties"].items()) {
    contact.properties[name] = value.get<std::string>();
  }
  contact.properties["email"] = email;
  if (created) contact.created_ms = now_ms;
  contact.modified_ms = now_ms;
  Json properties = contact.properties;
  properties["hs_object_id"] = contact.id;
  return Json{{"id", contact.id},  {"properties", properties},
              {"new", created},    {"createdAt", rfc3339(now_ms)},
              {"archived", false}, {"updatedAt", rfc3339(now_ms)}};
}

void HubSpotModel::put(const std::string& email,
                       const std::map<std::string, std::string>& properties, std::int64_t at_ms) {
  Json input{{"id", email}, {"properties", properties}};
  bool created = false;
  write(input, at_ms, created);
}

ModelReply HubSpotModel::upsert(const ModelCall& call) {
  const std::int64_t now_ms = call.now_ms;
  const std::uint64_t random = call.random;
  ++counters_.batches;
  if (options_.mode == Mode::server_error) {
    return error(500, "INTERNAL_ERROR", "internal error", random);
  }
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (std::string wrong = wrong_batch(body); !wrong.empty()) {
    ++counters_.refused;
    return error(400, "VALIDATION_ERROR", wrong, random);
  }
  Json results = Json::array(), errors = Json::array();
  counters_.inputs += body["inputs"].size();
  for (const Json& input : body["inputs"]) {
    const std::string wrong = wrong_input(input);
    if (wrong.empty()) continue;
    ++counters_.refused;
    if (options_.mode != Mode::multi_status) return error(400, "VALIDATION_ERROR", wrong, random);
    errors.push_back({{"status", "error"},
                      {"category", "VALIDATION_ERROR"},
                      {"message", wrong},
                      {"context", {{"ids", {text_member(input, "id")}}}}});
  }
  const bool writes = options_.mode != Mode::empty_success && options_.mode != Mode::html;
  std::size_t left = body["inputs"].size();
  bool all_new = true;
  for (const Json& input : body["inputs"]) {
    --left;
    if (!writes || !wrong_input(input).empty()) continue;
    if (options_.mode == Mode::silent_loss && left == 0) continue;
    bool created = false;
    results.push_back(write(input, now_ms, created));
    all_new = all_new && created;
  }
  // The vendor promises no order.
  if (!results.empty()) {
    std::rotate(results.begin(), results.begin() + static_cast<long>(random % results.size()),
                results.end());
  }
  Json reply{{"status", "COMPLETE"},
             {"results", results},
             {"startedAt", rfc3339(now_ms)},
             {"completedAt", rfc3339(now_ms)}};
  if (!errors.empty()) {
    reply["numErrors"] = errors.size();
    reply["errors"] = errors;
  }
  return shaped(answer(!errors.empty() ? 207 : all_new && !results.empty() ? 201 : 200, reply));
}

ModelReply HubSpotModel::list(const ModelCall& call) {
  const std::string limit = call.query("limit");
  const auto page = contacts_.page(call.query("after"), limit == "1" ? 1 : contacts_.size());
  Json results = Json::array();
  for (const Contact* contact : page.objects) {
    results.push_back({{"id", contact->id}, {"properties", {{"email", contact->email}}}});
  }
  return answer(200, Json{{"results", results}});
}

ModelReply HubSpotModel::answer(std::uint32_t status, const Json& body) const {
  ModelReply reply = tenon::testkit::reply_with(status, body);
  reply.headers = {{"content-type", "application/json;charset=utf-8"}};
  reply.delay_ms = options_.delay_ms;
  return reply;
}

ModelReply HubSpotModel::refusal(std::uint32_t status, const std::string& why) const {
  if (status != 429)
    return error(status, status < 500 ? "VALIDATION_ERROR" : "INTERNAL_ERROR", why, 0);
  return answer(429,
                Json{{"status", "error"},
                     {"message", "You have reached your " + lower(options_.policy) + " limit."},
                     {"errorType", "RATE_LIMIT"},
                     {"correlationId", "fake"},
                     {"category", "RATE_LIMITS"},
                     {"policyName", options_.policy}});
}

ModelReply HubSpotModel::error(std::uint32_t status, const std::string& category,
                               const std::string& message, std::uint64_t random) const {
  return answer(status, Json{{"status", "error"},
                             {"message", message},
                             {"correlationId", std::to_string(random)},
                             {"category", category}});
}

ModelReply HubSpotModel::shaped(ModelReply reply) const {
  if (reply.status >= 300) return reply;
  switch (options_.mode) {
    case Mode::html:
      reply.status = 200;
      reply.headers = {{"content-type", "text/html"}};
      reply.body = "<!doctype html><html><body>Please sign in</body></html>";
      break;
    case Mode::garbage: reply.body = "\x1f\x8b\xff{]\"results"; break;
    case Mode::half_body:
      reply.body.resize(reply.body.size() / 2);
      reply.cut = true;
      break;
    case Mode::hang: reply.hang = true; break;
    default: break;
  }
  return reply;
}

}  // namespace hubspot::fake
