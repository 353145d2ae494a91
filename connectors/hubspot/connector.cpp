// HubSpot: settings, dispatch, and the table of the connector.
#include "tenon/connector.hpp"

#include "hubspot.hpp"
#include "tenon/settings.hpp"

namespace hubspot {

HubSpot::HubSpot(std::string_view json) {
  const Settings settings(json);
  settings.only({"settle_s"});
  settle_ms_ = settings.integer_or("settle_s", settle_ms_ / 1'000, 0, 3'600) * 1'000;
}

Next HubSpot::deliver(const Call& call, DeliverStep& step) const {
  if (call.action() == "upsert_contact") return upsert_contact(call, step);
  if (call.action() == "fill_contact") return fill_contact(call, step);
  throw unknown_action(call, "upsert_contact or fill_contact");
}

Next HubSpot::pull(const Call& call, PullStep& step) const {
  if (call.stream() == "contacts") return pull_contacts(call, settle_ms_, step);
  throw unknown_stream(call, "contacts");
}

Next HubSpot::readback(const Call& call, ReadbackStep& step) const {
  const bool known = call.action() == "upsert_contact" || call.action() == "fill_contact";
  if (known) return read_contacts(call, step);
  throw unknown_action(call, "upsert_contact or fill_contact");
}

Next HubSpot::check(const Call& call, CheckStep& step) const { return check_token(call, step); }

Next HubSpot::webhook(const Call& call, WebhookStep& step) const {
  return take_webhook(call, step);
}

}  // namespace hubspot

TENON_CONNECTOR(hubspot::HubSpot)
