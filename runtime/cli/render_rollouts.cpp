// Rollouts as text: a line each, and one of them in full.
#include "cli/cells.hpp"

#include <algorithm>
#include <cstdio>

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

std::string stage_text(const Json& rollout) {
  const std::string stage = text_of(rollout, "stage");
  const auto percent = number_of(rollout, "percent");
  std::string text = stage == "none" ? "-" : stage;
  if (percent > 0) text += " " + std::to_string(percent) + " %";
  if (flag_of(rollout, "frozen")) text += ", frozen";
  return text;
}

std::string last_text(const Json& rollout, const View& view) {
  const Json last = rollout.value("last", Json::object());
  std::string text = clean(text_of(last, "deed")) + " by " + clean(text_of(last, "actor"), 40) +
                     " " + when(last, "at", view.now);
  const std::string reason = clean(text_of(last, "reason"), 300);
  return reason.empty() ? text : text + ": " + reason;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%",
                100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

// "-" where nothing was looked for, or cannot be; else how many of how many the vendor has not.
std::string nothing_text(const Json& health) {
  const auto looked_for = number_of(health, "looked_for");
  if (looked_for == 0) return "-";
  return std::to_string(number_of(health, "did_nothing")) + " of " + std::to_string(looked_for);
}

std::vector<Table::Cell> health_row(const std::string& title, const Json& health) {
  const auto records = number_of(health, "records");
  const auto calls = number_of(health, "calls");
  std::vector<Table::Cell> row{title, std::to_string(calls), std::to_string(records)};
  for (const char* kind : {"delivered", "skipped", "retry", "dead", "unclear"}) {
    row.emplace_back(share(number_of(health, kind), records));
  }
  row.emplace_back(share(number_of(health, "failed_calls"), calls));
  row.emplace_back(calls == 0 ? std::string("-")
                              : std::to_string(number_of(health, "mean_ms")) + " ms");
  row.emplace_back(nothing_text(health));
  return row;
}

std::string health_text(const Json& rollout, const View& view) {
  const Json health = rollout.value("health", Json::object());
  if (!health.contains("candidate")) return "";
  Table table;
  table.column("SINCE THEN");
  for (const char* title : {"CALLS", "RECORDS", "DELIVERED", "SKIPPED", "AGAIN", "DEAD", "UNCLEAR",
                            "CALLS FAILED", "MEAN", "DID NOTHING"}) {
    table.column(title, Table::Align::right);
  }
  table.row(health_row("stable " + clean(text_of(rollout, "stable"), 40),
                       health.value("stable", Json::object())));
  table.row(
      health_row("candidate " + clean(text_of(rollout, "candidate"), 40), health["candidate"]));
  return "\n" + table.text(view.style);
}

std::string shadow_text(const Json& rollout, const View& view) {
  const Json shadow = rollout.value("shadow", Json::object());
  const auto calls = number_of(shadow, "calls");
  if (calls == 0) return "no call was compared yet";
  std::string text = std::to_string(calls) + " calls compared, " +
                     std::to_string(number_of(shadow, "different")) + " different";
  const auto diverged = number_of(shadow, "diverged");
  if (diverged > 0) text += ", " + std::to_string(diverged) + " diverged";
  const auto unlisted = number_of(shadow, "unlisted");
  if (unlisted == 0) return text + "; none that changes.toml does not list";
  return text +
         "; not listed in changes.toml: " + view.style.warn(clean(text_of(shadow, "first"), 120)) +
         " (" + std::to_string(unlisted) + ")";
}

std::string conformance_text(const Json& rollout, const View& view) {
  const Json verdict = rollout.value("conformance", Json::object());
  const std::string version = clean(text_of(verdict, "version"), 40);
  const std::string state = text_of(verdict, "state");
  if (state.empty()) return "";
  if (state == "not_run") return version + "  not run: " + clean(text_of(verdict, "why"), 200);
  std::string text = version + "  " + std::to_string(number_of(verdict, "passed")) + " passed, " +
                     std::to_string(number_of(verdict, "failed")) + " failed, " +
                     std::to_string(number_of(verdict, "skipped")) + " skipped, with " +
                     std::to_string(number_of(verdict, "goldens")) + " goldens";
  std::string failures;
  for (const auto& name : verdict.value("failures", Json::array())) {
    if (!name.is_string()) continue;
    failures += (failures.empty() ? "" : ", ") + clean(name.get<std::string>(), 100);
  }
  if (failures.empty()) return text;
  return text + "; not started for: " + view.style.bad(failures);
}

std::string policy_text(const Json& rollout) {
  const Json policy = rollout.value("policy", Json::object());
  std::string text;
  for (const auto& step : policy.value("steps", Json::array())) {
    if (step.is_number()) text += (text.empty() ? "" : ", ") + step.dump() + " %";
  }
  text = text.empty() ? "by hand"
                      : text + "; each for " + std::to_string(number_of(policy, "every_s")) +
                            " s and " + std::to_string(number_of(policy, "records")) + " records";
  return text + (flag_of(policy, "gate") ? "; rolls back by itself" : "; no gate");
}

}  // namespace

std::string render_rollouts(const Json& page, const View& view) {
  Table table;
  for (const char* title : {"CONNECTOR", "STABLE", "CANDIDATE", "STAGE", "LAST"}) {
    table.column(title);
  }
  for (const auto& rollout : page.value("data", Json::array())) {
    const std::string candidate = clean(text_of(rollout, "candidate"), 40);
    table.row({cell(rollout, "connector"), cell(rollout, "stable"),
               candidate.empty() ? "-" : candidate, stage_text(rollout),
               clean(last_text(rollout, view), 80)});
  }
  return finish(table, page, view,
                "No rollouts: no destination leaves the version of its connector open.\n");
}

std::string render_rollout(const Json& rollout, const View& view) {
  const auto line = [](const char* title, const std::string& text) {
    std::string out = "  ";
    out += title;
    out.resize(std::max<std::size_t>(out.size() + 1, 14), ' ');
    return out + text + "\n";
  };
  const std::string candidate = clean(text_of(rollout, "candidate"), 40);
  std::string out = view.style.bold(clean(text_of(rollout, "connector"), 80)) + "\n";
  const std::string before = clean(text_of(rollout, "before"), 40);
  out += line("stable", clean(text_of(rollout, "stable"), 40) +
                            (before.empty() ? "" : "  (a rollback goes back to " + before + ")"));
  if (!candidate.empty()) {
    out += line("candidate", candidate + "  " + stage_text(rollout) + ", since " +
                                 when(rollout, "since", view.now));
    out += line("forward", policy_text(rollout));
    out += line("shadow", shadow_text(rollout, view));
  }
  const std::string conformance = conformance_text(rollout, view);
  if (!conformance.empty()) out += line("tenon-check", conformance);
  if (flag_of(rollout, "frozen")) {
    out += line("frozen", view.style.warn(clean(text_of(rollout, "frozen_why"), 300)));
  }
  out += line("last", last_text(rollout, view));
  const std::string refused = clean(text_of(rollout, "refused"), 40);
  if (!refused.empty()) out += line("rolled back", view.style.warn(refused));
  const Json pins = rollout.value("pins", Json::object());
  const Json destinations = rollout.value("destinations", Json::object());
  for (const auto& [name, version] : destinations.items()) {
    out += line("runs", clean(name, 60) + "  " +
                            (version.is_string() ? clean(version.get<std::string>(), 40) : "") +
                            (pins.contains(name) ? "  (pinned)" : ""));
  }
  const std::string worse = clean(text_of(rollout, "worse"), 300);
  if (!worse.empty()) out += line("worse", view.style.bad(worse));
  return out + health_text(rollout, view);
}

}  // namespace tenon::cli
