// Makes the models of connectors/*/fake; one function per vendor.
#include "support/vendor_models.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "hubspot/fake/model.hpp"
#include "testkit/loadable_model.hpp"
#include "webhook/fake/model.hpp"

namespace tenon::support {
namespace {

using nlohmann::json;
using Setters = std::map<std::string, std::function<Result<void>(const json&)>>;

Result<void> apply(const Setters& setters, const std::string& body) {
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object()) return invalid("wanted a JSON object");
  for (const auto& [key, value] : document.items()) {
    const auto setter = setters.find(key);
    if (setter == setters.end()) return invalid("the model has no such option", key);
    try {
      TENON_TRY(setter->second(value));
    } catch (const json::exception& error) {
      return invalid(error.what(), key);
    }
  }
  return {};
}

template <typename T>
std::function<Result<void>(const json&)> into(T& option) {
  return [&option](const json& value) -> Result<void> {
    value.get_to(option);
    return {};
  };
}

template <typename Mode>
std::function<Result<void>(const json&)> into(Mode& mode, std::map<std::string, Mode> names) {
  return [&mode, names = std::move(names)](const json& value) -> Result<void> {
    const auto found = names.find(value.get<std::string>());
    if (found == names.end()) return invalid("the model has no mode " + value.dump());
    mode = found->second;
    return {};
  };
}

NamedModel hubspot_model() {
  using hubspot::fake::Mode;
  auto model = std::make_unique<hubspot::fake::HubSpotModel>();
  auto& account = *model;
  auto& options = account.options();
  NamedModel out;
  out.state = [&account] {
    const auto& counters = account.counters();
    json contacts = json::object();
    for (const auto& [email, contact] : account.contacts()) {
      contacts[email] = {{"properties", contact.properties}, {"written", contact.written}};
    }
    const json state = {{"requests", counters.requests},
                        {"batches", counters.batches},
                        {"searches", counters.searches},
                        {"inputs", counters.inputs},
                        {"unauthorized", counters.unauthorized},
                        {"throttled", counters.throttled},
                        {"refused", counters.refused},
                        {"written", counters.written},
                        {"contacts", contacts}};
    return state.dump();
  };
  const std::map<std::string, Mode> modes = {{"normal", Mode::normal},
                                             {"multi_status", Mode::multi_status},
                                             {"empty_success", Mode::empty_success},
                                             {"silent_loss", Mode::silent_loss},
                                             {"html", Mode::html},
                                             {"garbage", Mode::garbage},
                                             {"half_body", Mode::half_body},
                                             {"server_error", Mode::server_error},
                                             {"hang", Mode::hang}};
  // Contacts as another app leaves them: [{"email": ..., "at_ms": ..., "properties": {...}}].
  const auto put = [&account](const json& contacts) -> Result<void> {
    for (const json& contact : contacts) {
      account.put(contact.at("email").get<std::string>(),
                  contact.value("properties", std::map<std::string, std::string>()),
                  contact.at("at_ms").get<std::int64_t>());
    }
    return {};
  };
  const Setters setters = {{"mode", into(options.mode, modes)},
                           {"token", into(options.token)},
                           {"quota", into(options.quota)},
                           {"window_ms", into(options.window_ms)},
                           {"throttle_next", into(options.throttle_next)},
                           {"retry_after_s", into(options.retry_after_s)},
                           {"delay_ms", into(options.delay_ms)},
                           {"search_lag_ms", into(options.search_lag_ms)},
                           {"put", put}};
  out.set = [setters](const std::string& body) { return apply(setters, body); };
  out.model = std::move(model);
  return out;
}

NamedModel webhook_model() {
  using webhook::fake::Mode;
  auto model = std::make_unique<webhook::fake::WebhookReceiver>();
  auto& receiver = *model;
  auto& options = receiver.options();
  NamedModel out;
  out.state = [&receiver] {
    const auto& counters = receiver.counters();
    std::uint64_t repeats = 0;
    for (const auto& [id, delivery] : receiver.deliveries()) repeats += delivery.times - 1;
    const json state = {{"requests", counters.requests},
                        {"accepted", counters.accepted},
                        {"unsigned", counters.unsigned_},
                        {"wrong_signature", counters.wrong_signature},
                        {"throttled", counters.throttled},
                        {"failed", counters.failed},
                        {"distinct", receiver.deliveries().size()},
                        {"repeats", repeats},
                        {"order", receiver.order()}};
    return state.dump();
  };
  const std::map<std::string, Mode> modes = {{"ok", Mode::ok},
                                             {"html", Mode::html},
                                             {"no_content", Mode::no_content},
                                             {"server_error", Mode::server_error},
                                             {"gone", Mode::gone},
                                             {"refuse", Mode::refuse},
                                             {"redirect", Mode::redirect},
                                             {"hang", Mode::hang}};
  const Setters setters = {{"mode", into(options.mode, modes)},
                           {"secret", into(options.secret)},
                           {"throttle_next", into(options.throttle_next)},
                           {"fail_next", into(options.fail_next)},
                           {"retry_after_s", into(options.retry_after_s)},
                           {"delay_ms", into(options.delay_ms)}};
  out.set = [setters](const std::string& body) { return apply(setters, body); };
  out.model = std::move(model);
  return out;
}

NamedModel of_author(std::unique_ptr<testkit::LoadableModel> model) {
  NamedModel out;
  out.state = [vendor = model.get()] { return vendor->state(); };
  out.set = [](const std::string& body) -> Result<void> { return apply({}, body); };
  out.model = std::move(model);
  return out;
}

Result<NamedModel> loaded_model(const std::string& path) {
  std::string error;
  auto model = testkit::load_model(path, error);
  if (!model) return invalid(error);
  return of_author(std::move(model));
}

}  // namespace

Result<NamedModel> make_model(const std::string& name) {
  if (name == "hubspot") return hubspot_model();
  if (name == "webhook") return webhook_model();
  if (name.ends_with(".so")) return loaded_model(name);
  return not_found("wanted the .so of a model, hubspot or webhook, found another word", name);
}

}  // namespace tenon::support
