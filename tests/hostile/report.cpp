// Judging and printing.
#include "hostile/report.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace hostile {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out + ' ';
}

std::string_view expected_of(const Run& run) {
  return run.at_load ? run.one->load : run.one->event;
}

std::string title_of(const Run& run) {
  return std::string(run.one->name) + (run.at_load ? " at load, " : " at the event, ") +
         std::string(name_of(run.level));
}

}  // namespace

bool Run::contained() const {
  const bool told = at_load || ended.text.find(words_of(one->name)) != std::string::npos;
  return host_lives && told && ended.cause != "done" &&
         allows(expected_of(*this), level, ended.cause);
}
bool Run::known() const {
  return host_lives && ended.cause == "done" && allows(expected_of(*this), level, "done");
}

std::string lines_of(const std::vector<Run>& runs) {
  std::string out;
  for (const auto& run : runs) {
    nlohmann::json line{{"case", run.one->name},  {"level", name_of(run.level)},
                        {"at_load", run.at_load}, {"cause", run.ended.cause},
                        {"text", run.ended.text}, {"host_lives", run.host_lives}};
    out += line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return out;
}

std::vector<Run> runs_of(const std::string& lines) {
  std::vector<Run> out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    const auto read = nlohmann::json::parse(line);
    Run run;
    for (const auto& one : cases()) {
      if (one.name == read["case"].get<std::string>()) run.one = &one;
    }
    run.level = level_of(read["level"].get<std::string>()).value();
    run.at_load = read["at_load"];
    run.ended = {read["cause"], read["text"]};
    run.host_lives = read["host_lives"];
    out.push_back(std::move(run));
  }
  return out;
}

bool Control::succeeded() const {
  const auto wanted = one->control.starts_with("?") ? "done" : one->control;
  return tried && ended.cause == wanted;
}
bool Control::fine() const {
  if (!tried || succeeded()) return true;
  if (!one->control.starts_with("?")) return false;
  const auto errors = one->control.substr(1, one->control.find(':') - 1);
  const auto word = ended.cause.substr(0, ended.cause.find(':'));  // "unloadable: and why"
  return allows(errors, Level::full, word);
}

bool Report::passed() const {
  return std::all_of(runs.begin(), runs.end(),
                     [](const Run& run) { return run.contained() || run.known(); }) &&
         std::all_of(controls.begin(), controls.end(), [](const auto& c) { return c.fine(); }) &&
         std::all_of(mutants.begin(), mutants.end(),
                     [](const auto& mutant) { return !mutant.caught_by.empty(); }) &&
         !runs.empty();
}

std::string Report::table() const {
  std::map<std::string_view, const Control*> control_of;
  for (const auto& control : controls) control_of[control.one->name] = &control;
  std::map<std::string_view, std::string> row_of;
  for (const auto& run : runs) {
    auto& row = row_of[run.one->name];
    const bool good = run.contained() || run.known();
    row += padded((good ? "" : "!!") + run.ended.cause, 7);
  }
  std::ostringstream out;
  out << padded("row", 3) << padded("case", 25) << padded("control", 9)
      << "event and load, at each level (K killed, W deadline, C died, X ended, V frame, A file, S "
         "push, R request)\n";
  for (const auto& one : cases()) {
    if (row_of.count(one.name) == 0) continue;
    const auto at = control_of.find(one.name);
    std::string control = "-";
    if (at != control_of.end() && at->second->tried) {
      control =
          at->second->succeeded() ? at->second->ended.cause : "(" + at->second->ended.cause + ")";
      if (!at->second->fine()) control = "!!" + control;
    }
    out << padded(std::to_string(one.row), 3) << padded(one.name, 25) << padded(control, 9)
        << row_of[one.name] << "\n";
  }
  for (const auto& run : runs) {
    if (run.known()) out << "known residue: " << title_of(run) << "\n";
    if (run.contained() || run.known()) continue;
    out << "NOT CONTAINED: " << title_of(run) << ": wanted " << expected_of(run)
        << (words_of(run.one->name).empty() ? "" : " saying \"") << words_of(run.one->name)
        << (words_of(run.one->name).empty() ? "" : "\"") << ", found " << run.ended.cause << " ("
        << run.ended.text << ")" << (run.host_lives ? "" : ", and the host is dead") << "\n";
  }
  for (const auto& control : controls) {
    if (control.fine()) continue;
    out << "CONTROL FAILED: " << control.one->name << ": wanted " << control.one->control
        << ", found " << control.ended.cause << " (" << control.ended.text << ")\n";
  }
  for (const auto& mutant : mutants) {
    out << "mutant " << padded(mutant.name, 16)
        << (mutant.caught_by.empty() ? "NOT CAUGHT" : "caught by " + mutant.caught_by) << "\n";
  }
  for (const auto& why : skipped) out << "skipped " << why << "\n";
  return out.str();
}

std::string Report::junit() const {
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"hostile\" tests=\""
      << runs.size() + controls.size() + mutants.size() << "\">\n";
  const auto put = [&](std::string_view kind, const std::string& name, bool good,
                       const std::string& text) {
    out << "  <testcase classname=\"" << kind << "\" name=\"" << escaped(name) << "\">";
    if (!good) out << "<failure message=\"" << escaped(text) << "\"/>";
    out << "</testcase>\n";
  };
  for (const auto& run : runs) {
    put("sandbox", title_of(run), run.contained() || run.known(),
        run.ended.cause + ": " + run.ended.text);
  }
  for (const auto& control : controls) {
    if (!control.tried) {
      out << "  <testcase classname=\"control\" name=\"" << control.one->name
          << "\"><skipped message=\"" << escaped(control.one->control.substr(1))
          << "\"/></testcase>\n";
      continue;
    }
    put("control", std::string(control.one->name), control.fine(), control.ended.text);
  }
  for (const auto& mutant : mutants) {
    put("mutant", mutant.name, !mutant.caught_by.empty(), "no case saw it");
  }
  out << "</testsuite>\n";
  return out.str();
}

std::string Report::line() const {
  std::set<std::string_view> names;
  std::set<Level> levels;
  std::size_t contained = 0, known = 0, succeeded = 0, tried = 0, caught = 0;
  for (const auto& run : runs) {
    names.insert(run.one->name);
    levels.insert(run.level);
    contained += run.contained() ? 1 : 0;
    known += run.known() ? 1 : 0;
  }
  for (const auto& control : controls) {
    tried += control.tried ? 1 : 0;
    succeeded += control.succeeded() ? 1 : 0;
  }
  for (const auto& mutant : mutants) caught += mutant.caught_by.empty() ? 0 : 1;
  std::ostringstream out;
  out << "cases=" << names.size() << " contained=" << contained << "/" << runs.size()
      << " known=" << known << " controls=" << succeeded << "/" << tried
      << " levels=" << levels.size() << " mutants=" << caught << "/" << mutants.size();
  return out.str();
}

}  // namespace hostile
