// Operations on rollouts: handed to the desk, which the gate shares.
#include <algorithm>

#include "app/operations.hpp"

namespace tenon::app {

std::vector<RolloutView> HostOperations::rollouts() { return parts_.rollouts.views(); }

Result<RolloutView> HostOperations::rollout(const std::string& connector) {
  return parts_.rollouts.view(connector);
}

Task<Result<RolloutView>> HostOperations::roll_out(RolloutAsk ask) {
  const std::string deed = ask.deed, connector = ask.connector, actor = ask.actor;
  auto acting = parts_.rollouts.act(std::move(ask));
  auto view = co_await std::move(acting);
  if (!view) {
    const std::string why = view.error().text();
    parts_.telemetry.log(
        LogLevel::warning, "rollout.refused",
        {{"connector", connector}, {"deed", deed}, {"why", why}, {"actor", actor}});
  }
  co_return view;
}

// What does not run, or runs without being told to.
void HostOperations::find_rollout_faults(std::vector<DoctorFinding>& findings) {
  for (const auto& view : parts_.rollouts.views()) {
    const Rollout& rollout = view.rollout;
    const auto add = [&](FindingLevel level, std::string text, std::string mend) {
      DoctorFinding out;
      out.level = level;
      out.name = "rollout";
      out.text = rollout.connector + ": " + text;
      out.mend = std::move(mend);
      findings.push_back(std::move(out));
    };
    const auto installed = [&](const std::string& version) {
      return std::find(view.installed.begin(), view.installed.end(), version) !=
             view.installed.end();
    };
    if (!view.followers.empty() && !installed(rollout.stable)) {
      add(FindingLevel::error,
          "stable is " + rollout.stable + ", which is not installed; its events wait",
          "install it, or go over to another one: tenon rollout start " + rollout.connector +
              "@VERSION, then promote");
    }
    for (const auto& pin : rollout.pins) {
      if (installed(pin.version) || !view.followers.contains(pin.destination)) continue;
      add(FindingLevel::error,
          "destination " + pin.destination + " has a pin on " + pin.version +
              ", which is not installed; its events wait",
          "install it, or: tenon rollout unpin " + rollout.connector + " " + pin.destination);
    }
    if (rollout.frozen) {
      add(FindingLevel::warning, "frozen: " + rollout.frozen_why,
          "tenon rollout unfreeze " + rollout.connector);
    }
    if (!rollout.candidate.empty()) {
      add(FindingLevel::ok,
          rollout.candidate + " is rolled out: " + std::string(name_of(rollout.stage)) +
              (rollout.percent == 0 ? "" : " at " + std::to_string(rollout.percent) + " %"),
          "");
    }
  }
}

// Of releases that somebody runs; what is only installed harms nobody.
void HostOperations::find_support_faults(std::vector<DoctorFinding>& findings) {
  for (const auto& release : parts_.catalog.releases()) {
    const auto used = status_of(release).destinations;
    if (used.empty()) continue;
    for (const auto& ending : endings_of(release.manifest, parts_.clock.now())) {
      DoctorFinding out;
      out.level = ending.close ? FindingLevel::error : FindingLevel::warning;
      out.name = "support";
      out.text = release.id.value + ": " + ending.text + "; used by";
      for (const auto& name : used) out.text += (name == used.front() ? " " : ", ") + name;
      out.mend = ending.mend;
      findings.push_back(std::move(out));
    }
  }
}

}  // namespace tenon::app
