// Operations on connectors: what is installed, what comes in, and whom the host may trust.
#include <algorithm>

#include "app/operations.hpp"

namespace tenon::app {
namespace {

DoctorFinding trust_finding(FindingLevel level, std::string text, std::string mend = {}) {
  DoctorFinding out;
  out.level = level;
  out.name = "trust";
  out.text = std::move(text);
  out.mend = std::move(mend);
  return out;
}

}  // namespace

ConnectorStatus HostOperations::status_of(const InstalledRelease& release) const {
  const auto workspace = parts_.config.workspace();
  ConnectorStatus status;
  status.id = release.manifest.id;
  status.version = release.manifest.version;
  status.title = release.manifest.title;
  status.path = release.so_path;
  status.digest = release.digest;
  status.isolation = is_isolation_off(release) ? "none" : release.manifest.profile;
  for (const auto& action : release.manifest.actions) status.actions.push_back(action.name);
  for (const auto& destination : workspace ? workspace->destinations : std::vector<Destination>{}) {
    const Manifest* used = manifest_of(destination, parts_.installed);
    if (used != nullptr && used->release() == release.manifest.release()) {
      status.destinations.push_back(destination.name.value);
    }
  }
  for (const auto& one : parts_.hosting.status()) {
    if (one.release != release.id) continue;
    status.state = std::string(name_of(one.state));
    status.strikes = one.strikes;
    status.retry_after = one.retry_after;
    if (one.state != HostedState::ready) status.problem = status.state + ": " + one.reason;
  }
  if (const auto* stored = parts_.packages.of(release)) {
    status.package = parts_.packages.status_of(*stored);
  }
  return status;
}

std::vector<ConnectorStatus> HostOperations::connectors() {
  std::vector<ConnectorStatus> all;
  for (const auto& release : parts_.catalog.releases()) all.push_back(status_of(release));
  for (const auto& error : parts_.catalog.errors()) {
    ConnectorStatus status;
    status.path = error.context;
    status.problem = error.text();
    all.push_back(std::move(status));
  }
  return all;
}

Result<ConnectorStatus> HostOperations::connector(const std::string& release) {
  const auto* found = parts_.catalog.find(ReleaseId(release));
  if (found == nullptr) {
    return not_found("no release " + release + " is installed; tenon connector list shows what is");
  }
  auto status = status_of(*found);
  if (const auto* stored = parts_.packages.of(*found)) {
    status.changelog = parts_.packages.file_of(*stored, "CHANGELOG.md");
  }
  return status;
}

Result<InstallAnswer> HostOperations::install(InstallAsk ask) {
  auto answer = parts_.packages.install(ask);
  if (!answer) {
    const std::string why = answer.error().text();
    parts_.telemetry.log(LogLevel::warning, "connector.refused",
                         {{"why", why}, {"actor", ask.actor}});
  }
  return answer;
}

// The rule holds for what comes in. What is there goes on running, and is told of here.
void HostOperations::find_trust_faults(std::vector<DoctorFinding>& findings) {
  const bool required = parts_.packages.signature_required();
  std::string loose;
  std::size_t trusted = 0;
  for (const auto& release : parts_.catalog.releases()) {
    const auto* stored = parts_.packages.of(release);
    if (stored == nullptr) {
      loose += (loose.empty() ? "" : ", ") + release.id.value;
      continue;
    }
    const auto judged = parts_.packages.judge(*stored);
    if (judged.trusted()) {
      ++trusted;
      continue;
    }
    findings.push_back(trust_finding(
        required ? FindingLevel::error : FindingLevel::warning,
        release.id.value + ": " + judged.doubt +
            (required ? "; it was installed before [trust] required a signature that counts" : ""),
        "sign its package and install it once more, or name the key in [trust] of the workspace "
        "file"));
  }
  if (trusted > 0) {
    findings.push_back(
        trust_finding(FindingLevel::ok, std::to_string(trusted) +
                                            (trusted == 1 ? " package is" : " packages are") +
                                            " signed by a key of the workspace"));
  }
  if (required && !loose.empty()) {
    findings.push_back(trust_finding(
        FindingLevel::warning,
        "[trust] requires signatures, and " + loose +
            " came as .so files in a folder, which nobody can have signed",
        "install them as packages, and start tenond with a folder (--connectors) without them"));
  }
}

}  // namespace tenon::app
