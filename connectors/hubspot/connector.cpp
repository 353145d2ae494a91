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

void HubSpot::step(const Call& call, Step& step) const {
  if (call.op() == TENON_OP_CHECK) return check(call, step);
  if (call.op() != TENON_OP_DELIVER) {
    throw unsupported("op: wanted deliver or check, found " + std::to_string(call.op()));
  }
  if (call.action() == "upsert_contact") return upsert_contact(call, step);
  throw unsupported("action: wanted upsert_contact, found " + std::string(call.action()));
}

}  // namespace hubspot

TENON_CONNECTOR(hubspot::HubSpot)
