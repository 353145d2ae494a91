// Operations on vendors' webhooks: what stands in their way, and another try.
#include "app/operations.hpp"

namespace tenon::app {
namespace {

DoctorFinding about_webhooks(FindingLevel level, std::string text, std::string mend) {
  DoctorFinding out;
  out.level = level;
  out.name = "webhooks";
  out.text = std::move(text);
  out.mend = std::move(mend);
  return out;
}

}  // namespace

// A webhook that was given up goes to its connector again, which may be a mended release by now.
Task<Result<Reentered>> HostOperations::retry_webhook(EventId rejected, Record record,
                                                      std::string actor) {
  const EventId webhook = record.header.parent;
  TENON_CO_TRY_AS(const auto ended, parts_.webhooks.retry(webhook, rejected, std::move(actor)));
  Reentered answer;
  answer.id = ended.events.empty() ? webhook : ended.events.front();
  co_return answer;
}

void HostOperations::find_webhook_faults(const Workspace& workspace,
                                         std::vector<DoctorFinding>& findings) {
  for (const auto& source : workspace.sources) {
    if (!source.webhook) continue;
    const auto& instance = source.webhook->instance;
    const Manifest* manifest = manifest_of(instance, parts_.installed);
    if (manifest == nullptr || !manifest->webhook) {
      findings.push_back(
          about_webhooks(FindingLevel::error,
                         "source " + source.name.value + ": no release of " + instance.connector +
                             " that takes webhooks is installed; what comes is answered by 404",
                         "install the connector or change the workspace file"));
      continue;
    }
    for (const auto& slot : manifest->slots) {
      if (!manifest->is_inbound_slot(slot.name)) continue;
      const auto secret = parts_.vault.credential(instance, slot.name);
      if (secret) continue;
      findings.push_back(about_webhooks(FindingLevel::error, secret.error().text(),
                                        "put it where the workspace file says (tenon vault put for "
                                        "vault:), and restart if it is a variable"));
    }
  }
  const auto waiting = parts_.webhooks.waiting();
  if (waiting.empty()) return;
  const auto& oldest = waiting.front();
  const std::string source = oldest.source.empty() ? "(no longer configured)" : oldest.source;
  findings.push_back(about_webhooks(
      FindingLevel::warning,
      std::to_string(waiting.size()) + " wait to be parsed, the oldest of source " + source +
          " since " + to_rfc3339(oldest.received) +
          (oldest.why.empty() ? "" : ", last try: " + oldest.why),
      "they are durable and tried again by themselves; see tenon explain " + to_text(oldest.id)));
}

}  // namespace tenon::app
