// Lines of at most two levels: the place, and below it what changed and how often.
#include "cli/render_diff.hpp"

#include "shadow/render.hpp"

namespace tenon::cli {
namespace {

using shadow::Report;

constexpr std::size_t kMaxValue = 160;  // characters of a value; the other forms have more
constexpr std::size_t kMaxRequestLines = 12;

std::string value_line(const char* title, const std::string& value) {
  return std::string("      ") + title + (value.empty() ? "nothing" : clean(value, kMaxValue)) +
         "\n";
}

std::string listed_text(const std::string& why, const Style& style) {
  return why.empty() ? style.bad("not listed") : style.good("meant: ") + clean(why, 120);
}

std::string kind_text(const shadow::KindGroup& kind, const Report& report, const Style& style) {
  std::string count = shadow::calls_of(kind.calls, report);
  if (kind.times > kind.calls) count += ", " + shadow::grouped(kind.times) + " times";
  return "    " + clean(kind.kind, 80) + "  " + style.dim(count) + "  " +
         listed_text(kind.why, style) + "\n" + value_line("before  ", kind.example.before) +
         value_line("after   ", kind.example.after) +
         style.dim("      in " + clean(kind.example.call, 100)) + "\n";
}

std::string places_text(const Report& report, const Style& style) {
  std::string out;
  const shadow::PlaceGroup* last = nullptr;
  for (const auto& place : report.places) {
    if (last == nullptr || last->rank != place.rank) {
      out += "\n" + style.bold(shadow::title_of(place.rank)) + "\n";
    }
    last = &place;
    out += "  " + style.bold(clean(place.place)) + "  " + clean(place.action, 100) + "\n";
    for (const auto& kind : place.kinds) out += kind_text(kind, report, style);
  }
  return out;
}

std::string request_lines(const char* title, const std::string& text) {
  if (text.empty()) return std::string("      ") + title + "nothing\n";
  std::string out;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    if (++lines > kMaxRequestLines) return out + "               ...\n";
    out +=
        std::string("      ") + (lines == 1 ? title : "         ") + clean(line, kMaxValue) + "\n";
  }
  return out;
}

std::string divergences_text(const Report& report, const Style& style) {
  std::string out;
  for (const auto& away : report.divergences) {
    if (out.empty()) out = "\n" + style.bold("Diverged") + "\n";
    out += "  " + style.bold("step " + std::to_string(away.step)) + "  " + clean(away.action, 100) +
           "  " + style.dim(shadow::calls_of(away.calls, report)) + "  " +
           listed_text(away.why, style) + "\n    " +
           clean(away.newer ? report.after : report.before) + ": " + clean(away.example_why) +
           "\n" + request_lines("asked    ", away.asked_text) +
           request_lines("recorded ", away.recorded_text) +
           style.dim("      in " + clean(away.call, 100)) + "\n";
  }
  return out;
}

std::string notes_text(const Report& report) {
  std::string out;
  for (const auto& [why, calls] : report.not_run) {
    out += "  " + shadow::grouped(calls) + " not run: " + clean(why) + "\n";
  }
  for (const auto& change : report.not_seen) {
    out += "  listed and not seen: " + clean(change.field) + " of " + clean(change.action) + "\n";
  }
  if (report.beyond > 0) {
    out += "  " + shadow::grouped(report.beyond) + " differences are beyond the limits of groups\n";
  }
  return out.empty() ? out : "\nNotes\n" + out;
}

}  // namespace

std::string render_diff(const Report& report, const Style& style) {
  std::string out = style.bold(clean(report.before) + " -> " + clean(report.after)) + "  " +
                    clean(report.source) + "\n" + shadow::grouped(report.calls) +
                    (report.calls == 1 ? " call: " : " calls: ") + shadow::grouped(report.same) +
                    " alike, " + shadow::grouped(report.different) + " different, " +
                    shadow::grouped(report.diverged) + " diverged\n";
  out += places_text(report, style) + divergences_text(report, style) + notes_text(report);
  const std::string verdict = shadow::verdict_text(report);
  return out + "\n" + (report.passed() ? style.good(verdict) : style.bad(verdict)) + "\n";
}

}  // namespace tenon::cli
