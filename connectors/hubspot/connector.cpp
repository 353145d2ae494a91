// HubSpot: settings, dispatch, and the table of the connector.
#include "tenon/connector.hpp"

#include <string>

#include "hubspot.hpp"

namespace hubspot {

HubSpot::HubSpot(std::string_view settings) {
  const Json values = read_settings(settings);
  if (!values.empty()) {
    throw bad_config(values.begin().key() + ": no such setting; hubspot has none");
  }
}

Next HubSpot::deliver(const Call& call, DeliverStep& step) const {
  if (call.action() == "upsert_contact") return upsert_contact(call, step);
  throw unknown_action(call, "upsert_contact");
}

Next HubSpot::check(const Call& call, CheckStep& step) const { return check_token(call, step); }

}  // namespace hubspot

TENON_CONNECTOR(hubspot::HubSpot)
