// What an operator should know of the audit chain.
#include "app/operations.hpp"

namespace tenon::app {

void HostOperations::find_audit_faults(std::vector<DoctorFinding>& findings) {
  const auto head = parts_.chain.head();
  DoctorFinding finding;
  finding.name = "audit";
  finding.text = std::to_string(head.sequence) + (head.sequence == 1 ? " entry" : " entries") +
                 " in the audit chain, ";
  if (parts_.chain.key_id() != 0) {
    finding.text += "under a key of the vault";
  } else if (parts_.secret_vault.status().problem) {
    finding.level = FindingLevel::warning;
    finding.text += "without a key now, since the vault is closed";
    finding.mend = "open the vault (see the finding above); entries made until then stand apart";
  } else {
    finding.text +=
        "without a key: keep its head elsewhere (tenon audit head), or put a secret into the vault";
  }
  findings.push_back(std::move(finding));
}

}  // namespace tenon::app
