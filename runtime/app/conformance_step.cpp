// Whether the suite is run, what it gets, and waiting for it without holding up the host.
#include "app/conformance_step.hpp"

#include <unistd.h>

#include "backends/sandbox/uid_range.hpp"

namespace tenon::app {
namespace {

constexpr milliseconds kLookEvery{50};
constexpr std::string_view kGoldenFolder = "golden/";
// As root: the last of the workers' uids, which workers come to after all others.
constexpr std::uint32_t kConformanceUid = sandbox::kFirstWorkerUid + sandbox::kWorkerUids - 1;

// One at a time: each may take all of a CPU.
class Busy {
 public:
  explicit Busy(bool& busy) : busy_(busy) { busy_ = true; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { busy_ = false; }

 private:
  bool& busy_;
};

}  // namespace

std::string refusal_of(const std::string& release, const ConformanceVerdict& verdict) {
  std::string text = release + " does not keep the contract of connectors: tenon-check failed " +
                     std::to_string(verdict.failed) + " of " +
                     std::to_string(verdict.failed + verdict.passed) + " cases:";
  for (const auto& name : verdict.failures) {
    text += (name == verdict.failures.front() ? " " : ", ") + name;
  }
  if (verdict.failures.size() < verdict.failed) text += " and others";
  return text +
         "; mend it and give it a new version (see what fails: tenon-check CONNECTOR.so "
         "--golden FOLDER), or set [rollout] conformance = \"off\" if you accept that";
}

Result<std::optional<ConformancePlan>> ConformanceStep::plan(const InstalledRelease& release,
                                                             ConformanceVerdict& verdict) {
  const auto workspace = doors_.workspace();
  const ConformanceRule rule =
      workspace ? workspace->rollout.conformance : ConformanceRule::with_goldens;
  if (rule == ConformanceRule::off) {
    verdict.why = "[rollout] conformance is off";
    return std::nullopt;
  }
  ConformancePlan plan;
  const auto* stored = doors_.store.find(release.id.value);
  if (stored != nullptr && stored->so_path == release.so_path) {
    TENON_TRY_AS(const auto package, doors_.store.read(release.id.value));
    for (const auto& file : package.files) {
      if (!file.name.starts_with(kGoldenFolder)) continue;
      plan.goldens.push_back({file.name.substr(kGoldenFolder.size()), file.bytes});
    }
  }
  verdict.goldens = static_cast<std::uint32_t>(plan.goldens.size());
  if (plan.goldens.empty() && rule == ConformanceRule::required) {
    return conflict(release.id.value +
                    " has no goldens, so that it cannot be checked, and [rollout] conformance is "
                    "\"required\": install it as a package with goldens (tenon connector pack), or "
                    "leave that key out");
  }
  if (plan.goldens.empty()) {
    verdict.why = "it has no goldens";
    return std::nullopt;
  }
  plan.confine = doors_.confine;
  plan.check = doors_.check;
  plan.folder = doors_.folder;
  plan.connector = release.manifest.id;
  plan.so_path = release.so_path;
  if (::geteuid() == 0) plan.uid = kConformanceUid;
  return plan;
}

Task<Result<ConformanceVerdict>> ConformanceStep::look(std::string connector, std::string version) {
  const std::string name = connector + "@" + version;
  const auto* release = doors_.catalog.find(ReleaseId(name));
  if (release == nullptr) co_return not_found(name + " is not installed");
  if (busy_) co_return conflict("another release is being checked by tenon-check: try again");
  const Busy busy(busy_);
  ConformanceVerdict verdict;
  verdict.version = version;
  verdict.state = ConformanceState::not_run;
  verdict.at = doors_.clock.now();
  auto planned = plan(*release, verdict);
  if (!planned) co_return Error(planned.error());
  if (!*planned) co_return verdict;
  const Instant began = doors_.clock.instant();
  // Leaving this early, as when the host stops, ends the process and waits for its thread.
  ConformanceRun run(std::move(**planned));
  while (!run.done()) {
    const Instant again = doors_.clock.instant() + kLookEvery;
    co_await doors_.clock.sleep_until(again);
  }
  auto report = run.take();
  const auto took = std::chrono::duration_cast<milliseconds>(doors_.clock.instant() - began);
  const std::string ms = std::to_string(took.count());
  if (!report) {
    Error why = report.error();
    doors_.telemetry.log(LogLevel::warning, "rollout.conformance_not_run",
                         {{"release", name}, {"why", why.text()}, {"took_ms", ms}});
    why.message = name + " could not be checked: " + why.message +
                  "; mend that, or set [rollout] conformance = \"off\"";
    co_return why;
  }
  verdict.state = report->failed == 0 ? ConformanceState::passed : ConformanceState::failed;
  verdict.passed = report->passed;
  verdict.failed = report->failed;
  verdict.skipped = report->skipped;
  for (const auto& failure : report->failures) {
    if (verdict.failures.size() < kMaxConformanceFailures) verdict.failures.push_back(failure.name);
    doors_.telemetry.log(LogLevel::warning, "rollout.conformance_case",
                         {{"release", name}, {"case", failure.name}, {"why", failure.why}});
  }
  doors_.telemetry.log(LogLevel::info, "rollout.conformance",
                       {{"release", name},
                        {"passed", std::to_string(verdict.passed)},
                        {"failed", std::to_string(verdict.failed)},
                        {"skipped", std::to_string(verdict.skipped)},
                        {"goldens", std::to_string(verdict.goldens)},
                        {"took_ms", ms}});
  co_return verdict;
}

}  // namespace tenon::app
