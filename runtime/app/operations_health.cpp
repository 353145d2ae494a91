// Operations on health: what is installed, and what an operator should mend.
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "app/operations.hpp"
#include "async/when_all.hpp"
#include "calls/target.hpp"

namespace tenon::app {
namespace {

DoctorFinding finding(FindingLevel level, std::string name, std::string text,
                      std::string mend = "") {
  DoctorFinding out;
  out.level = level;
  out.name = std::move(name);
  out.text = std::move(text);
  out.mend = std::move(mend);
  return out;
}

constexpr std::uint64_t kLowDisk = 1ull << 30;
constexpr std::size_t kChecksTogether = 32;
constexpr std::size_t kMaxRecovered = 20;

DoctorFinding disk_finding(const std::string& data) {
  std::error_code error;
  const auto space = std::filesystem::space(data, error);
  if (error) {
    return finding(FindingLevel::error, "disk", "cannot look at " + data + ": " + error.message());
  }
  const std::string text = std::to_string(space.available >> 20) + " MiB free for " + data;
  if (space.available >= kLowDisk) return finding(FindingLevel::ok, "disk", text);
  return finding(FindingLevel::warning, "disk", text,
                 "free some: when it is full, events are refused with 429 and deliveries go on");
}

// Each loss with its place; a log has no more of them than chunks, unless it was badly damaged.
void add_recovery(const std::vector<std::string>& messages, std::vector<DoctorFinding>& findings) {
  if (messages.empty()) findings.push_back(finding(FindingLevel::ok, "log", "opened clean"));
  for (std::size_t i = 0; i < messages.size() && i < kMaxRecovered; ++i) {
    findings.push_back(finding(FindingLevel::warning, "log", "opened after mending: " + messages[i],
                               "what a write left unfinished was never acknowledged; what was "
                               "damaged is lost: restore a backup if you need it"));
  }
  if (messages.size() > kMaxRecovered) {
    findings.push_back(finding(FindingLevel::warning, "log",
                               std::to_string(messages.size() - kMaxRecovered) +
                                   " more places were mended; the log lines log.mended name all"));
  }
}

DoctorFinding isolation_finding(const sandbox::Capabilities& machine) {
  std::string missing;
  for (const auto& one : machine.missing()) missing += (missing.empty() ? "" : "; ") + one;
  if (!missing.empty()) {
    return finding(FindingLevel::error, "isolation", "connectors cannot run here: " + missing,
                   "use a kernel with seccomp and Landlock");
  }
  const std::string text =
      "level " + machine.level() + ": seccomp" + (machine.gate ? ", gate" : "") +
      (machine.landlock_abi > 0 ? ", Landlock ABI " + std::to_string(machine.landlock_abi) : "") +
      (machine.namespaces ? ", namespaces, private root" : "") +
      (machine.uid_drop ? ", a uid for each worker" : "");
  std::string less;
  for (const auto& one : machine.reduced()) less += (less.empty() ? "" : "; ") + one;
  if (less.empty()) return finding(FindingLevel::ok, "isolation", text);
  return finding(FindingLevel::warning, "isolation", text + "; " + less,
                 "a newer kernel, or user namespaces allowed on this machine, add layers");
}

std::string mib_text(std::uint64_t bytes) {
  return bytes < 1u << 20 ? "less than 1 MiB" : std::to_string(bytes >> 20) + " MiB";
}

std::string days_text(std::chrono::hours hours) { return std::to_string(hours.count() / 24); }

// How large the log is, how far back it goes, and what keeps it from being forgotten.
DoctorFinding retention_finding(const retention::Retention& retention) {
  const auto& status = retention.status();
  const auto& rules = retention.rules();
  std::string text = "the log has " + mib_text(status.bytes);
  if (status.oldest) text += ", since " + to_rfc3339(*status.oldest).substr(0, 16) + "Z";
  text += "; events are kept for " + days_text(rules.keep) + " days";
  if (rules.most_bytes > 0) text += ", at most " + mib_text(rules.most_bytes);
  if (status.trimmed_bytes > 0) {
    text += "; " + mib_text(status.trimmed_bytes) + " forgotten since the start";
  }
  std::string held;
  for (const auto& [who, partitions] : status.held_by) {
    if (who != "age") {
      held += (held.empty() ? "" : ", ") + who + " (" + std::to_string(partitions) + " partitions)";
    }
  }
  if (held.empty()) return finding(FindingLevel::ok, "retention", text);
  const bool too_large = rules.most_bytes > 0 && status.bytes > rules.most_bytes;
  return finding(too_large ? FindingLevel::warning : FindingLevel::ok, "retention",
                 text + "; older records stay for: " + held,
                 too_large ? "resume or skip what waits (tenon destinations list), redrive or let "
                             "age dead letters, or shorten [dedupe] window"
                           : "");
}

DoctorFinding spawner_finding(const sandbox::SpawnerInfo& spawner) {
  if (spawner.last_end.empty() && spawner.pid > 0) {
    return finding(FindingLevel::ok, "spawner",
                   "starts workers, pid " + std::to_string(spawner.pid));
  }
  if (spawner.last_end.empty()) {
    return finding(FindingLevel::error, "spawner", "tenon-spawner could not be started",
                   "see the log lines spawner.not_started; it lies beside tenond");
  }
  return finding(FindingLevel::warning, "spawner",
                 "the last one " + spawner.last_end + "; started " +
                     std::to_string(spawner.starts) + " times" +
                     (spawner.pid > 0 ? ", one runs" : ", the next start of a worker starts one"),
                 "workers run on without it; if nobody killed it, look for the kernel's messages "
                 "about memory");
}

}  // namespace

Result<void> HostOperations::clear(const ReleaseAct& act) {
  const ReleaseId release(act.release);
  const auto hosted = parts_.hosting.status();
  const auto it = std::find_if(hosted.begin(), hosted.end(),
                               [&](const HostedRelease& one) { return one.release == release; });
  if (it != hosted.end() && it->state == HostedState::ready && it->strikes == 0) {
    return conflict("nothing is held against release " + act.release + ": it is ready");
  }
  TENON_TRY(parts_.hosting.clear(release));
  parts_.telemetry.log(LogLevel::warning, "release.cleared",
                       {{"release", act.release},
                        {"was", name_of(it->state)},
                        {"held_against_it", it->reason},
                        {"reason", act.reason},
                        {"actor", act.actor}});
  return {};
}

bool HostOperations::is_isolation_off(const InstalledRelease& release) const {
  const auto& ids = parts_.not_isolated;
  return std::find(ids.begin(), ids.end(), release.manifest.id) != ids.end();
}

void HostOperations::find_faults(std::vector<DoctorFinding>& findings) {
  for (const auto& release : parts_.catalog.releases()) {
    if (!is_isolation_off(release)) continue;
    findings.push_back(finding(FindingLevel::error, "isolation",
                               "OFF for " + release.id.value +
                                   " by --isolation-none-i-accept: it runs with the host's rights, "
                                   "and can read every secret and send anything anywhere",
                               "start tenond without that option"));
  }
  for (const auto& error : parts_.catalog.errors()) {
    findings.push_back(finding(FindingLevel::error, "connector", error.text(),
                               "replace or remove the file and restart tenond; a package: install "
                               "it again (tenon connector install)"));
  }
  for (const auto& release : parts_.hosting.status()) {
    if (release.state == HostedState::ready) continue;
    findings.push_back(finding(FindingLevel::error, "worker",
                               release.release.value + " is " +
                                   std::string(name_of(release.state)) + ": " + release.reason,
                               release.state == HostedState::quarantined
                                   ? "install another release; or, if you know why, tenon "
                                     "connectors clear " +
                                         release.release.value + " --reason WHY"
                                   : "see the log lines of its worker; tenon connectors list"));
  }
  for (const auto& [name, why] : parts_.delivery.problems()) {
    findings.push_back(finding(FindingLevel::error, "destination", name + ": " + why,
                               "install the connector or change the workspace file"));
  }
  find_pull_faults(findings);
  find_vault_faults(findings);
  find_token_faults(findings);
  find_audit_faults(findings);
  find_capture_faults(findings);
  find_trust_faults(findings);
  find_rollout_faults(findings);
  find_support_faults(findings);
  for (const auto& broken : parts_.completeness.conditions()) {
    findings.push_back(finding(FindingLevel::error, "completeness",
                               broken.subject + ": " + broken.reason, broken.mend));
  }
  std::error_code error;
  if (std::filesystem::exists(parts_.data + "/restored.json", error)) {
    findings.push_back(finding(FindingLevel::warning, "restored",
                               "this data folder was restored from a backup; what the original "
                               "took after that is not here",
                               "run one of the two only; when nothing is missed any more, remove " +
                                   parts_.data + "/restored.json"));
  }
  const auto workspace = parts_.config.workspace();
  if (!workspace) return;
  find_webhook_faults(*workspace, findings);
  find_oauth_faults(*workspace, findings);
  for (const auto& destination : workspace->destinations) {
    const Manifest* manifest = manifest_of(destination, parts_.installed);
    if (manifest == nullptr) continue;
    for (const auto& problem : parts_.vault.problems(destination, *manifest)) {
      findings.push_back(
          finding(FindingLevel::error, "credential", problem.text(),
                  "put it where the workspace file says (tenon vault put for vault:), "
                  "and restart if it is a variable"));
    }
  }
  for (const auto& warning : parts_.files.warnings()) {
    findings.push_back(finding(FindingLevel::warning, "secret", warning, "chmod 600 the file"));
  }
  for (const auto& destination : destinations()) {
    if (destination.pending > 0 && workspace->destination(destination.name) == nullptr) {
      findings.push_back(finding(FindingLevel::warning, "destination",
                                 destination.name + " is not in the configuration, and " +
                                     std::to_string(destination.pending) +
                                     " deliveries wait for it",
                                 mend_of_removed(destination.name)));
    }
    if (destination.state == DestinationState::paused) {
      findings.push_back(finding(FindingLevel::warning, "destination",
                                 destination.name + " is paused: " + destination.reason,
                                 "tenon destinations resume " + destination.name));
    }
    if (const auto hold = parts_.holds.of(destination.name)) {
      findings.push_back(
          finding(FindingLevel::error, "vendor", destination.name + " is held: " + hold->text(),
                  "nothing is lost; mend it, then: tenon destinations check " + destination.name));
    }
    if (destination.dead + destination.parked + destination.ambiguous > 0) {
      findings.push_back(finding(FindingLevel::warning, "dead_letters",
                                 destination.name + ": " + std::to_string(destination.dead) +
                                     " dead, " + std::to_string(destination.parked) + " parked, " +
                                     std::to_string(destination.ambiguous) + " ambiguous",
                                 "tenon dead-letters list --destination " + destination.name));
    }
  }
}

void HostOperations::find_pull_faults(std::vector<DoctorFinding>& findings) {
  const auto pulls = parts_.sync.status();
  if (!pulls) return;
  for (const auto& pull : *pulls) {
    if (pull.reason.empty()) continue;
    const bool bad = pull.phase == sync::PullPhase::unusable ||
                     (pull.phase == sync::PullPhase::failing && pull.failures > 2);
    findings.push_back(finding(bad ? FindingLevel::error : FindingLevel::warning, "pull",
                               pull.name + ": " + pull.reason,
                               "nothing is lost: it goes on from its cursor; tenon pull status"));
  }
}

Task<void> HostOperations::ask_vendors(std::vector<DoctorFinding>& findings) {
  const auto workspace = parts_.config.workspace();
  if (!workspace) co_return;
  std::vector<std::string> names;
  for (const auto& destination : workspace->destinations) {
    const auto target = this->target(destination.name.value);
    if (target && can((*target)->manifest, "check")) names.push_back(destination.name.value);
  }
  // Together, so that many that do not answer take no longer than one.
  for (std::size_t first = 0; first < names.size(); first += kChecksTogether) {
    std::vector<Task<DoctorFinding>> asking;
    for (std::size_t i = first; i < std::min(names.size(), first + kChecksTogether); ++i) {
      asking.push_back(ask_vendor(names[i]));
    }
    auto found = co_await when_all(std::move(asking));
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
}

Task<DoctorFinding> HostOperations::ask_vendor(std::string name) {
  const auto report = co_await check(name);
  if (report && report->ok) {
    co_return finding(FindingLevel::ok, "vendor", name + ": the vendor answers");
  }
  co_return finding(FindingLevel::error, "vendor",
                    name + ": " + (report ? report->text : report.error().text()),
                    "mend it, then: tenon destinations check " + name);
}

Task<Result<std::vector<DoctorFinding>>> HostOperations::doctor(DoctorReach reach) {
  std::vector<DoctorFinding> findings;
  findings.push_back(isolation_finding(parts_.runtime.capabilities()));
  findings.push_back(spawner_finding(parts_.runtime.spawner()));
  findings.push_back(disk_finding(parts_.data));
  add_recovery(parts_.log.recovery().messages, findings);
  findings.push_back(retention_finding(parts_.retention));
  const auto workspace = parts_.config.workspace();
  if (workspace && !workspace->consent_enforced) {
    findings.push_back(
        finding(FindingLevel::warning, "consent", "not enforced, as the workspace file says",
                "each decision records it; nothing to do until consent rules exist"));
  }
  const std::string not_ready = parts_.not_ready();
  if (!not_ready.empty()) {
    findings.push_back(finding(FindingLevel::error, "ready", "not ready: " + not_ready));
  }
  find_faults(findings);
  if (reach == DoctorReach::vendors) co_await ask_vendors(findings);
  co_return findings;
}

}  // namespace tenon::app
