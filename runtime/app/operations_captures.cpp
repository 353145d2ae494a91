// Operations on captures, and what an operator should know of them.
#include "app/operations.hpp"

namespace tenon::app {

Result<KeptCall> HostOperations::capture(const std::string& attempt) {
  KeptCall out;
  TENON_TRY_AS(out.json, parts_.captures.read(attempt));
  const auto workspace = parts_.config.workspace();
  if (workspace && workspace->capture) out.redact = workspace->capture->redact;
  return out;
}

void HostOperations::find_capture_faults(std::vector<DoctorFinding>& findings) {
  const auto workspace = parts_.config.workspace();
  if (!workspace || !workspace->capture) return;  // nobody wants them
  const auto status = parts_.captures.status();
  DoctorFinding finding;
  finding.name = "captures";
  if (!status.on) {
    finding.level = FindingLevel::error;
    finding.text = "off, though the workspace has [capture]: " +
                   (status.off_because.empty() ? "their key is being made" : status.off_because);
    finding.mend = "open the vault (runtime/vault/README.md, \"When the vault does not open\")";
    findings.push_back(std::move(finding));
    return;
  }
  finding.text = std::to_string(status.calls) + " calls kept, " +
                 std::to_string(status.bytes >> 20) + " of " + std::to_string(status.budget >> 20) +
                 " MiB";
  const auto lost = status.too_large + status.too_many + status.no_disk;
  if (lost > 0) {
    finding.level = FindingLevel::warning;
    finding.text += "; since the start not kept: " + std::to_string(status.too_large) +
                    " too large, " + std::to_string(status.too_many) + " too many at once, " +
                    std::to_string(status.no_disk) + " not written";
    finding.mend =
        "a smaller [capture] sample where they are too many; see the log lines capture.*";
  }
  if (status.damaged > 0) {
    finding.level = FindingLevel::warning;
    finding.text += "; " + std::to_string(status.damaged) + " damaged";
    finding.mend = "look at the disk: the log lines capture.damaged name the files";
  }
  if (status.locked > 0) {
    finding.text += "; " + std::to_string(status.locked) +
                    " files are sealed under a key that is gone, and go when their time comes";
  }
  findings.push_back(std::move(finding));
}

void HostOperations::add_capture_metrics() {
  const auto status = parts_.captures.status();
  const auto tell = [this](std::string_view name, std::uint64_t value) {
    parts_.telemetry.gauge(name, static_cast<double>(value), {});
  };
  tell("capture_on", status.on ? 1 : 0);
  tell("capture_calls", status.calls);
  tell("capture_bytes", status.bytes);
  tell("capture_budget_bytes", status.budget);
  tell("capture_files_locked", status.locked);
  tell("capture_damaged", status.damaged);
}

}  // namespace tenon::app
