// Operations on OAuth connections, and what an operator should know of them.
#include <algorithm>

#include "app/operations.hpp"
#include "delivery/auto_pause.hpp"

namespace tenon::app {

Result<ConnectOffer> HostOperations::begin_connect(std::string destination,
                                                   std::string redirect_uri) {
  TENON_TRY_AS(const auto target, this->target(destination));
  TENON_TRY_AS(auto begun, parts_.tokens.begin_connect(*target->destination, target->manifest,
                                                       *target->settings, std::move(redirect_uri)));
  ConnectOffer offer;
  offer.url = std::move(begun.url);
  offer.state = std::move(begun.state);
  offer.until = begun.until;
  return offer;
}

Task<Result<Connected>> HostOperations::finish_connect(ConnectReturn back) {
  auto finishing = parts_.tokens.finish_connect(std::move(back.state), std::move(back.code));
  auto finished = co_await std::move(finishing);
  if (!finished) co_return std::move(finished.error());
  Connected out;
  out.destination = std::move(*finished);
  parts_.telemetry.log(LogLevel::info, "oauth.connected",
                       {{"destination", out.destination}, {"actor", back.actor}});
  delivery::Runner* runner = parts_.delivery.runner(out.destination);
  if (runner == nullptr) co_return out;
  const auto pause = runner->status().pause;
  // Another pause is somebody's own decision, or has another cause.
  if (pause.paused && pause.actor == delivery::kHostActor &&
      pause.reason.starts_with("needs_reconnect")) {
    DestinationAct act;
    act.name = out.destination;
    act.actor = back.actor;
    auto resuming = resume(std::move(act));
    const auto resumed = co_await std::move(resuming);
    out.resumed = resumed.has_value();
  }
  co_return out;
}

std::vector<OAuthView> HostOperations::oauth_connections() {
  std::vector<OAuthView> out;
  const auto workspace = parts_.config.workspace();
  if (!workspace) return out;
  const auto known = parts_.tokens.connections();
  for (const auto& destination : workspace->destinations) {
    if (!destination.oauth) continue;
    OAuthView view;
    view.destination = destination.name.value;
    view.grant = destination.oauth->grant;
    view.state = "unused";
    const auto at = std::find_if(known.begin(), known.end(), [&](const auto& one) {
      return one.destination == view.destination;
    });
    if (at != known.end()) {
      view.token_url = at->token_url;
      view.generation = at->generation;
      view.obtained = at->obtained;
      view.expires = at->expires;
      view.retry_at = at->retry_at;
      view.state = !at->reconnect.empty() ? "needs_reconnect" : at->usable ? "usable" : "failing";
      view.reason = !at->reconnect.empty() ? at->reconnect : at->failing;
    }
    out.push_back(std::move(view));
  }
  return out;
}

void HostOperations::find_oauth_faults(const Workspace& workspace,
                                       std::vector<DoctorFinding>& findings) {
  for (const auto& view : oauth_connections()) {
    if (view.reason.empty()) continue;
    DoctorFinding finding;
    finding.name = "oauth";
    const bool person = view.state == "needs_reconnect";
    finding.level = person ? FindingLevel::error : FindingLevel::warning;
    const Destination* destination = workspace.destination(view.destination);
    const std::string owner =
        destination == nullptr ? "" : delivery::owner_of(workspace, *destination);
    finding.text = view.destination + (person ? " needs reconnect: " : " gets no new token: ") +
                   view.reason + (owner.empty() ? "" : "; owner: " + owner);
    finding.mend = !person ? "nothing is lost: it is tried again"
                   : view.grant == "authorization_code"
                       ? "tenon vault connect " + view.destination
                       : "put a new secret where [destinations.oauth] says, or mend the client at "
                         "the vendor; then tenon destinations resume " +
                             view.destination;
    findings.push_back(std::move(finding));
  }
}

}  // namespace tenon::app
