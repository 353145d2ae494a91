// How people and programs steer the receiver: options, state, and the host of `tenon dev`.
#include <set>

#include "testkit/model_json.hpp"
#include "webhook/fake/model.hpp"

namespace webhook::fake {
namespace {

using tenon::testkit::option;

const std::map<std::string, Mode> kModes = {
    {"ok", Mode::ok},         {"html", Mode::html},
    {"gone", Mode::gone},     {"no_content", Mode::no_content},
    {"refuse", Mode::refuse}, {"server_error", Mode::server_error},
    {"hang", Mode::hang},     {"redirect", Mode::redirect}};

// Of models on loopback only; nothing that it opens exists elsewhere.
constexpr const char* kDevSecret = "whsec_dGVub24tZGV2LW1vZGVsLW9ubHktbm8tc2VjcmV0";
constexpr const char* kDevWorkspace = R"([[destinations]]
name = "webhook"
connector = "webhook"
model = "{model}"
on_ambiguous = "resend"
max_batch = 10
[destinations.settings]
url = "https://receiver.invalid/in"
[destinations.credentials]
key = "env:TENON_DEV_WEBHOOK_KEY"
[destinations.retry]
first = "1s"

[[routes]]
name = "webhook-all"
sources = ["sample"]
destination = "webhook"
action = "send"
)";

}  // namespace

std::unique_ptr<tenon::testkit::VendorModel> WebhookReceiver::clone() const {
  return std::make_unique<WebhookReceiver>(*this);
}

std::string WebhookReceiver::set(const std::string& options) {
  return tenon::testkit::set_options({{"mode", option(options_.mode, kModes)},
                                      {"secret", option(options_.secret)},
                                      {"throttle_next", option(options_.throttle_next)},
                                      {"fail_next", option(options_.fail_next)},
                                      {"retry_after_s", option(options_.retry_after_s)},
                                      {"delay_ms", option(options_.delay_ms)}},
                                     options);
}

std::string WebhookReceiver::holdings() const {
  return tenon::testkit::dumped(std::set<std::string>(order_.begin(), order_.end()));
}

std::string WebhookReceiver::state() const {
  std::uint64_t repeats = 0;
  for (const auto& [id, delivery] : deliveries_) repeats += delivery.times - 1;
  return tenon::testkit::dumped({{"requests", counters_.requests},
                                 {"accepted", counters_.accepted},
                                 {"unsigned", counters_.unsigned_},
                                 {"wrong_signature", counters_.wrong_signature},
                                 {"throttled", counters_.throttled},
                                 {"failed", counters_.failed},
                                 {"distinct", deliveries_.size()},
                                 {"repeats", repeats},
                                 {"order", order_}});
}

tenon::testkit::DevSetup WebhookReceiver::dev() const {
  return {kDevWorkspace,
          {{"TENON_DEV_WEBHOOK_KEY", kDevSecret}},
          "{\"secret\":\"" + std::string(kDevSecret) + "\"}"};
}

}  // namespace webhook::fake
