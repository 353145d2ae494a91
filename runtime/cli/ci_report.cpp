// Rendering only; nothing here looks at files.
#include "cli/ci_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kStepColumn = 9;
constexpr std::size_t kMaxLogLine = 400;

std::string ci_seconds(std::chrono::milliseconds took) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(took.count()) / 1'000);
  return text.data();
}

// Lines of text from programs and connectors, each made harmless and set in.
std::string ci_lines(const std::string& text, const std::string& before) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += before + clean(text.substr(at, end - at), kMaxLogLine) + "\n";
    at = end + 1;
  }
  return out;
}

std::string ci_word(CiVerdict verdict) {
  return verdict == CiVerdict::good ? "pass" : verdict == CiVerdict::bad ? "fail" : "skip";
}

std::string painted_word(CiVerdict verdict, const Style& style) {
  const auto word = ci_word(verdict);
  if (verdict == CiVerdict::good) return style.good(word);
  return verdict == CiVerdict::bad ? style.bad(word) : style.dim(word);
}

std::string item_text(const CiItem& item, const Style& style) {
  const auto word = item.failed() ? style.bad(item.result) : style.warn(item.result);
  std::string text = "      " + word + " " + clean(item.name, 120) + "\n";
  return text + ci_lines(item.text, "          ") + ci_lines(item.help, "          ");
}

std::string xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c != '\n' && (byte < 0x20 || byte > 0x7e) ? '?' : c;
    }
  }
  return out;
}

std::string xml_time(std::chrono::milliseconds took) {
  return "time=\"" + std::to_string(static_cast<double>(took.count()) / 1'000) + "\"";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string junit_case(const CiStep& step, const CiItem& item) {
  std::string out = "    <testcase classname=\"" + xml(step.name) + "\" name=\"" + xml(item.name) +
                    "\" " + xml_time(item.took) + ">";
  const auto line = xml(first_line(item.text));
  if (item.failed()) {
    out += "<failure type=\"" + xml(item.result) + "\" message=\"" + line + "\">" +
           xml(item.text + "\n" + item.help) + "</failure>";
  } else if (item.result == "skip" || item.result == "waived") {
    out += "<skipped message=\"" + xml(item.result) + ": " + line + "\"/>";
  } else if (item.result == "warn") {
    out += "<system-out>warning: " + xml(item.text) + "</system-out>";
  }
  return out + "</testcase>\n";
}

// A step that looked at nothing by name is one case of its own.
CiItem as_item(const CiStep& step) {
  CiItem item;
  item.name = step.name;
  item.result = ci_word(step.verdict);
  item.text = step.about;
  item.help = step.log;
  item.took = step.took;
  return item;
}

std::vector<CiItem> items_of(const CiStep& step) {
  const bool told = std::any_of(step.items.begin(), step.items.end(),
                                [](const CiItem& item) { return item.failed(); });
  std::vector<CiItem> items = step.items;
  if (items.empty() || (step.verdict == CiVerdict::bad && !told)) items.push_back(as_item(step));
  return items;
}

std::string rule_of(const CiStep& step, const CiItem& item) {
  const auto dot = item.name.find('.');
  // A golden's name is the author's own; what it breaks is one rule.
  if (item.name.starts_with("golden.")) return "tenon/golden";
  if (step.name == "lint") return "tenon/manifest";
  return "tenon/" + (dot == std::string::npos ? step.name : item.name);
}

}  // namespace

bool CiRun::good() const {
  return std::none_of(steps.begin(), steps.end(),
                      [](const CiStep& step) { return step.verdict == CiVerdict::bad; });
}

std::string CiRun::failed_steps() const {
  std::string text;
  for (const auto& step : steps) {
    if (step.verdict == CiVerdict::bad) text += (text.empty() ? "" : ", ") + step.name;
  }
  return text;
}

std::string ci_step_text(const CiStep& step, const Style& style) {
  std::string name = step.name;
  name.resize(std::max(name.size() + 1, kStepColumn), ' ');
  std::string text = "  " + painted_word(step.verdict, style) + " " + name + clean(step.about, 200);
  if (step.verdict != CiVerdict::skipped) text += style.dim("  " + ci_seconds(step.took));
  text += "\n";
  for (const auto& item : step.items) {
    if (item.result != "pass" && item.result != "skip") text += item_text(item, style);
  }
  if (step.verdict == CiVerdict::bad) text += ci_lines(step.log, "      | ");
  return text;
}

std::string ci_verdict_text(const CiRun& run, const Style& style) {
  const std::string what = run.release.empty() ? run.folder : run.release;
  if (!run.good()) {
    return "\n" + style.bad("not good") + ": " + clean(what) + ": " + run.failed_steps() +
           " failed\n";
  }
  return "\n" + style.good("good") + ": " + clean(what) +
         (run.package.empty() ? "" : ", packed into " + clean(run.package)) + "\n";
}

Json ci_json(const CiRun& run) {
  Json steps = Json::array();
  for (const auto& step : run.steps) {
    Json items = Json::array();
    for (const auto& item : step.items) {
      items.push_back({{"name", item.name},
                       {"result", item.result},
                       {"text", item.text},
                       {"took_ms", item.took.count()}});
    }
    steps.push_back({{"name", step.name},
                     {"result", ci_word(step.verdict)},
                     {"about", step.about},
                     {"took_ms", step.took.count()},
                     {"items", std::move(items)}});
  }
  return {{"good", run.good()},
          {"release", run.release},
          {"so", run.so},
          {"package", run.package},
          {"steps", std::move(steps)}};
}

std::string ci_junit(const CiRun& run) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" +
                    xml(run.release.empty() ? run.folder : run.release) + "\">\n";
  for (const auto& step : run.steps) {
    const auto items = items_of(step);
    const auto failed =
        std::count_if(items.begin(), items.end(), [](const CiItem& item) { return item.failed(); });
    const auto skipped = std::count_if(items.begin(), items.end(), [](const CiItem& item) {
      return item.result == "skip" || item.result == "waived";
    });
    out += "  <testsuite name=\"" + xml(step.name) + "\" tests=\"" + std::to_string(items.size()) +
           "\" failures=\"" + std::to_string(failed) + "\" skipped=\"" + std::to_string(skipped) +
           "\" " + xml_time(step.took) + ">\n";
    for (const auto& item : items) out += junit_case(step, item);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string ci_sarif(const CiRun& run) {
  Json rules = Json::array(), results = Json::array();
  std::set<std::string> known;
  for (const auto& step : run.steps) {
    for (const auto& item : items_of(step)) {
      if (!item.failed() && item.result != "warn" && item.result != "waived") continue;
      const auto id = rule_of(step, item);
      if (known.insert(id).second) {
        rules.push_back({{"id", id},
                         {"shortDescription",
                          {{"text", item.rule.empty() ? "step " + step.name : item.rule}}}});
      }
      Json place = {{"artifactLocation", {{"uri", item.file.empty() ? run.manifest : item.file}}}};
      if (item.line > 0) place["region"] = {{"startLine", item.line}};
      Json result = {
          {"ruleId", id},
          {"level", item.failed()           ? "error"
                    : item.result == "warn" ? "warning"
                                            : "note"},
          {"message",
           {{"text", item.name + ": " + item.text + (item.help.empty() ? "" : "\n" + item.help)}}},
          {"locations", Json::array({{{"physicalLocation", std::move(place)}}})}};
      if (item.result == "waived") {
        result["suppressions"] =
            Json::array({{{"kind", "external"}, {"justification", item.help}}});
      }
      results.push_back(std::move(result));
    }
  }
  const Json sarif = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array({{{"tool", {{"driver", {{"name", "tenon ci"}, {"rules", std::move(rules)}}}}},
                     {"results", std::move(results)}}})}};
  return sarif.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tenon::cli
