// Operations on the vault, and what an operator should know of it.
#include "app/operations.hpp"
#include "base/locked_memory.hpp"

namespace tenon::app {
namespace {

void find_memory_faults(std::vector<DoctorFinding>& findings) {
  const auto memory = locked_memory();
  if (memory.locked && memory.outside == 0) return;
  DoctorFinding finding;
  finding.name = "locked_memory";
  finding.level = FindingLevel::warning;
  finding.text = memory.locked
                     ? "secrets of " + std::to_string(memory.outside) +
                           " bytes found no room in the " + std::to_string(memory.bytes / 1'024) +
                           " KiB that are kept out of swap and core files"
                     : "the machine locks no page for this process, so swap may get secrets";
  finding.mend = "raise LimitMEMLOCK of the unit (ulimit -l) to 2 MiB or more, and restart";
  findings.push_back(std::move(finding));
}

}  // namespace

Task<Result<VaultChange>> HostOperations::change_vault(VaultAct act) {
  if (act.deed == VaultDeed::put && is_host_secret(act.name)) {
    co_return invalid("wanted a name that does not begin with \"" + std::string(kGrantSecrets) +
                      "\" or \"" + std::string(kHostSecrets) +
                      "\", where the host keeps the tokens of OAuth and its own keys");
  }
  auto changing = parts_.vault_keeper.change(std::move(act));
  auto change = co_await std::move(changing);
  co_return change;
}

void HostOperations::find_vault_faults(std::vector<DoctorFinding>& findings) {
  find_memory_faults(findings);
  const auto status = parts_.secret_vault.status();
  DoctorFinding finding;
  finding.name = "vault";
  if (status.problem) {
    finding.level = FindingLevel::error;
    finding.text = "closed: " + status.problem->text();
    finding.mend =
        "nothing is lost: what needs its secrets waits; runtime/vault/README.md says "
        "what to do, then restart tenond";
  } else if (status.generation == 0) {
    return;  // not in use
  } else {
    const auto secrets = parts_.secret_vault.list().size();
    finding.text = std::to_string(secrets) + (secrets == 1 ? " secret" : " secrets") +
                   ", generation " + std::to_string(status.generation) + ", locked by " +
                   status.key_source;
    if (status.key_source == "file:" + parts_.data + "/vault.key") {
      finding.text +=
          " (beside what it locks: whoever copies the whole data folder has both; "
          "--vault-key names another place)";
    }
  }
  findings.push_back(std::move(finding));
}

}  // namespace tenon::app
