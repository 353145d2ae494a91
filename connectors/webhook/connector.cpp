// Webhook: settings, dispatch, and the table of the connector.
#include "tenon/connector.hpp"

#include <string>

#include "tenon/settings.hpp"
#include "webhook.hpp"

namespace webhook {

Webhook::Webhook(std::string_view json) {
  const Settings settings(json);
  settings.only({"url", "token_url", "authorize_url"});  // the host alone goes to the others
  const std::string url = settings.text_or("url", "");
  if (url.empty()) {
    throw bad_config("url: wanted the address that takes the events, found none");
  }
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    throw bad_config("url: wanted an address that begins with https://, found another scheme");
  }
}

Next Webhook::deliver(const Call& call, DeliverStep& step) const {
  if (call.action() == "send") return send(call, step);
  if (call.action() == "send_batch") return send_batch(call, step);
  throw unknown_action(call, "send or send_batch");
}

// Settings are all that can be proved: an event is the only request that a receiver knows.
Next Webhook::check(const Call&, CheckStep& step) const { return step.done(); }

}  // namespace webhook

TENON_CONNECTOR(webhook::Webhook)
