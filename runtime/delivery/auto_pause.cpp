// Reasons to pause.
#include "delivery/auto_pause.hpp"

namespace tenon::delivery {

std::optional<std::string> why_pause(const Trouble& trouble, Time now) {
  if (trouble.failure == "quarantined") return "connector_quarantined: " + trouble.failure_text;
  if (trouble.reconnect) return "needs_reconnect: " + *trouble.reconnect;
  if (trouble.blocked.calls >= kPauseAfterBlocked) {
    return "cannot_send: " + std::to_string(trouble.blocked.calls) +
           " calls in a row were stopped before anything was sent; the last one: " +
           trouble.blocked.text;
  }
  const auto& hold = trouble.hold;
  if (!hold) return std::nullopt;
  if (hold->kind == HintKind::auth_rejected && hold->times >= kPauseAfterRefusals) {
    return "credential_refused: " + hold->text() + "; " + std::to_string(hold->times) +
           " tries since " + to_rfc3339(hold->since);
  }
  if (hold->kind == HintKind::vendor_down && now - hold->since >= kPauseAfterDown) {
    return "vendor_down: " + hold->text() + "; " + std::to_string(hold->times) + " tries since " +
           to_rfc3339(hold->since);
  }
  return std::nullopt;
}

const std::string& owner_of(const Workspace& workspace, const Destination& destination) {
  return destination.owner.empty() ? workspace.owner : destination.owner;
}

}  // namespace tenon::delivery
