// How people and programs steer the model: options, state, and the host of `tenon dev`.
#include "hubspot/fake/model.hpp"
#include "testkit/model_json.hpp"

namespace hubspot::fake {
namespace {

using Json = nlohmann::json;
using tenon::testkit::option;

const std::map<std::string, Mode> kModes = {{"normal", Mode::normal},
                                            {"multi_status", Mode::multi_status},
                                            {"empty_success", Mode::empty_success},
                                            {"silent_loss", Mode::silent_loss},
                                            {"html", Mode::html},
                                            {"garbage", Mode::garbage},
                                            {"half_body", Mode::half_body},
                                            {"server_error", Mode::server_error},
                                            {"hang", Mode::hang}};

constexpr const char* kDevToken = "TENON_DEV_HUBSPOT_TOKEN";
constexpr const char* kDevWorkspace = R"([[destinations]]
name = "hubspot"
connector = "hubspot"
model = "{model}"
[destinations.credentials]
token = "env:TENON_DEV_HUBSPOT_TOKEN"
[destinations.retry]
first = "1s"

[[routes]]
name = "hubspot-contacts"
sources = ["sample"]
destination = "hubspot"
action = "upsert_contact"
[routes.when]
type = "identify"
exists = "/traits/email"
[routes.map]
email = { from = "/traits/email", steps = ["trim", "lower"] }
firstname = "/traits/firstName"
lastname = "/traits/lastName"
company = "/traits/company"
)";

}  // namespace

std::unique_ptr<tenon::testkit::VendorModel> HubSpotModel::clone() const {
  return std::make_unique<HubSpotModel>(*this);
}

std::string HubSpotModel::set(const std::string& options) {
  const auto put_all = [this](const Json& contacts) {
    for (const Json& contact : contacts) {
      put(contact.at("email").get<std::string>(),
          contact.value("properties", std::map<std::string, std::string>()),
          contact.at("at_ms").get<std::int64_t>());
    }
    return std::string();
  };
  return tenon::testkit::set_options({{"mode", option(options_.mode, kModes)},
                                      {"token", option(options_.token)},
                                      {"quota", option(options_.quota)},
                                      {"window_ms", option(options_.window_ms)},
                                      {"throttle_next", option(options_.throttle_next)},
                                      {"retry_after_s", option(options_.retry_after_s)},
                                      {"delay_ms", option(options_.delay_ms)},
                                      {"search_lag_ms", option(options_.search_lag_ms)},
                                      {"put", put_all}},
                                     options);
}

std::string HubSpotModel::holdings() const {
  Json contacts = Json::object();
  for (const auto& [email, contact] : contacts_.all()) contacts[email] = contact.properties;
  return tenon::testkit::dumped(contacts);
}

std::string HubSpotModel::state() const {
  Json contacts = Json::object();
  for (const auto& [email, contact] : contacts_.all()) {
    contacts[email] = {{"properties", contact.properties}, {"written", contact.written}};
  }
  return tenon::testkit::dumped({{"requests", counters_.requests},
                                 {"batches", counters_.batches},
                                 {"searches", counters_.searches},
                                 {"inputs", counters_.inputs},
                                 {"unauthorized", counters_.unauthorized},
                                 {"throttled", counters_.throttled},
                                 {"refused", counters_.refused},
                                 {"written", counters_.written},
                                 {"contacts", contacts}});
}

tenon::testkit::DevSetup HubSpotModel::dev() const {
  return {kDevWorkspace, {{kDevToken, options_.token}}, "{}"};
}

}  // namespace hubspot::fake
