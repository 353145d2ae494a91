// What was given up on purpose, or would be, as text.
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {

using nlohmann::json;

namespace {

constexpr std::size_t kHoursShown = 48;

// "  2026-11-24 04:00  12" a line.
std::string hour_lines(const json& hours) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& hour : hours) {
    if (shown++ == kHoursShown) {
      out += "  ... and " + std::to_string(hours.size() - kHoursShown) +
             " hours more; --json has all\n";
      break;
    }
    std::string from = clean(text_of(hour, "from")).substr(0, 16);
    if (from.size() > 10) from[10] = ' ';
    out += "  " + from + "  " + std::to_string(number_of(hour, "count")) + "\n";
  }
  return out;
}

}  // namespace

std::string render_skip_dry_run(const json& answer, const View&) {
  const auto count = number_of(answer, "given_up");
  const auto name = clean(text_of(answer, "name"));
  if (count == 0) return "nothing of " + name + " is open: a skip would give up nothing\n";
  return "a skip would give up " + count_text(count, "delivery", "deliveries") + " of " + name +
         ", by the hour (UTC) their events came in:\n" +
         hour_lines(answer.value("hours", json::array())) + "nothing was changed\n";
}

std::string render_skips(const json& page, const View& view) {
  std::string out;
  for (const auto& act : page.value("data", json::array())) {
    out += clean(text_of(act, "at")) + " (" + ago_text(time_of(act, "at"), view.now) + ")  " +
           count_text(number_of(act, "given_up"), "delivery", "deliveries") + " by " +
           clean(text_of(act, "actor")) + ": " + clean(text_of(act, "reason"), 500) + "\n" +
           hour_lines(act.value("hours", json::array()));
  }
  return out.empty() ? "nothing was ever skipped here\n" : out;
}

}  // namespace tenon::cli
