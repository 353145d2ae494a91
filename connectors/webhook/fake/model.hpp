// WebhookReceiver: a receiver of Standard Webhooks as a pure state machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/loadable_model.hpp"

namespace webhook::fake {

using tenon::testkit::ModelReply;
using tenon::testkit::ModelRequest;

enum class Mode {
  ok,            // 200 with a small JSON body
  html,          // 200 with a web page: still a yes
  no_content,    // 204
  server_error,  // 500 always
  gone,          // 410
  refuse,        // 400
  redirect,      // 302 elsewhere
  hang,          // takes it and never answers; whoever plays the network does the hanging
};

struct Options {
  Mode mode = Mode::ok;
  std::string secret;  // whsec_...; empty: signatures are not verified, only their presence
  std::int64_t tolerance_s = 300;
  std::uint32_t throttle_next = 0;  // so many requests get 429
  std::uint32_t fail_next = 0;      // so many requests get 500
  std::uint32_t retry_after_s = 1;
  std::uint32_t delay_ms = 0;
};

struct Delivery {
  std::string id, body;
  std::int64_t at_ms = 0;  // of the first acceptance
  std::uint32_t times =
      0;  // accepted so often; more than one is a repeat that the id makes harmless
};

struct Counters {
  std::uint64_t requests = 0, accepted = 0, unsigned_ = 0, wrong_signature = 0, throttled = 0,
                failed = 0;
};

// Does `signatures` (space-separated "v1,BASE64") hold a valid one of the message, and is the
// timestamp (whole seconds) within `tolerance_s` of now? `why` says what is wrong.
bool verified(std::string_view secret, std::string_view id, std::string_view timestamp,
              std::string_view body, std::string_view signatures, std::int64_t now_s,
              std::int64_t tolerance_s, std::string& why);

class WebhookReceiver : public tenon::testkit::LoadableModel {
 public:
  explicit WebhookReceiver(Options options = {}) : options_(std::move(options)) {}
  ModelReply handle(const ModelRequest& request, std::int64_t now_ms,
                    std::uint64_t random) override;
  std::unique_ptr<VendorModel> clone() const override;
  std::string set(const std::string& options) override;  // by their names above
  std::string state() const override;
  // Which events came, without their order and how often each did.
  std::string holdings() const override;
  tenon::testkit::DevSetup dev() const override;

  Options& options() { return options_; }
  const Counters& counters() const { return counters_; }
  // What was accepted, by webhook-id.
  const std::map<std::string, Delivery>& deliveries() const { return deliveries_; }
  // The ids in the order of their first acceptance.
  const std::vector<std::string>& order() const { return order_; }

 private:
  ModelReply answer(std::uint32_t status, std::string text) const;
  void remember(std::string_view id, const ModelRequest& request, std::int64_t now_ms);

  Options options_;
  Counters counters_;
  std::map<std::string, Delivery> deliveries_;
  std::vector<std::string> order_;
};

}  // namespace webhook::fake
