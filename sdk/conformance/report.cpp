// Report: the forms for programs, and one finding as text.
#include "conformance/report.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tenon::conformance {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNameColumn = 9, kWhyColumn = 42;
constexpr std::chrono::milliseconds kSlow{1'000};

// As a shell takes it for one word.
std::string quoted(const std::string& word) {
  const std::string plain = "+,-./:=@_%";
  const bool safe = !word.empty() && std::all_of(word.begin(), word.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || plain.find(static_cast<char>(c)) != std::string::npos;
  });
  if (safe) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\n" + by : std::string(1, c);
  return out;
}

// What stands below a finding that is not good.
std::string details(const RunInfo& info, const Finding& finding) {
  std::string text;
  const auto add = [&](const char* word, const std::string& what) {
    if (!what.empty())
      text += std::string("\n    ") + word + indented(harmless(what), "             ");
  };
  for (const std::string& note : finding.notes) text += "\n      " + harmless(note);
  if (is_bad(finding.verdict)) add("expected ", finding.what);
  add("matters  ", finding.matters);
  add("waiver   ", finding.waiver);
  if (is_bad(finding.verdict)) add("debug    ", debugger_line(info, finding.name));
  return text;
}

// As XML's attribute values hold it.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string whole_text(const RunInfo& info, const Finding& finding) {
  return harmless(finding.why) + details(info, finding);
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default:
        // XML knows no other control characters, and our text may quote a connector's bytes.
        out += c != '\n' && (static_cast<unsigned char>(c) < 0x20 ||
                             static_cast<unsigned char>(c) > 0x7e)
                   ? '?'
                   : c;
    }
  }
  return out;
}

std::string harmless(const std::string& text) {
  std::string out = text;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; },
      '?');
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

Counts count(const std::vector<Finding>& findings) {
  Counts counts;
  for (const Finding& finding : findings) {
    switch (finding.verdict) {
      case Verdict::pass: ++counts.passed; break;
      case Verdict::skip: ++counts.skipped; break;
      case Verdict::warn: ++counts.warned; break;
      case Verdict::waived: ++counts.waived; break;
      default: ++counts.failed;
    }
  }
  return counts;
}

std::string summary(const Counts& counts) {
  std::string text = std::to_string(counts.passed) + " passed, " + std::to_string(counts.failed) +
                     " failed, " + std::to_string(counts.skipped) + " skipped";
  if (counts.warned > 0) text += ", " + std::to_string(counts.warned) + " warned";
  if (counts.waived > 0) text += ", " + std::to_string(counts.waived) + " waived";
  return text;
}

std::string short_summary(const Counts& counts) {
  const std::pair<int, const char*> parts[] = {{counts.passed, " passed"},
                                               {counts.failed, " failed"},
                                               {counts.skipped, " skipped"},
                                               {counts.warned, " warned"},
                                               {counts.waived, " waived"}};
  std::string text;
  for (const auto& [number, word] : parts) {
    if (number > 0) text += (text.empty() ? "" : ", ") + std::to_string(number) + word;
  }
  return text;
}

std::string group_of(const std::string& name) { return name.substr(0, name.find('.')); }

std::string seconds_text(std::chrono::milliseconds took) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(took.count()) / 1000);
  return text.data();
}

std::string debugger_line(const RunInfo& info, const std::string& name) {
  std::string line = "gdb -ex run --args " + quoted(info.program) + " " + quoted(info.so);
  if (!info.golden.empty()) line += " --golden " + quoted(info.golden);
  if (!info.against.empty()) line += " --against " + quoted(info.against);
  if (!info.model.empty()) line += " --model " + quoted(info.model);
  line += " --in-process --case " + quoted(name);
  if (info.seed != info.usual_seed) line += " --reproduce " + std::to_string(info.seed);
  return line;
}

std::string as_text(const RunInfo& info, const Finding& finding) {
  std::string line = name_of(finding.verdict);
  line.resize(kNameColumn, ' ');
  line += finding.name;
  line.resize(std::max(line.size() + 2, kWhyColumn), ' ');
  line += harmless(finding.verdict == Verdict::pass ? finding.what : finding.why);
  if (finding.took >= kSlow) line += " (" + seconds_text(finding.took) + ")";
  const bool good = finding.verdict == Verdict::pass || finding.verdict == Verdict::skip;
  return good ? line : line + details(info, finding);
}

std::string as_json(const RunInfo& info, const std::vector<Finding>& findings) {
  Json json;
  const Counts counts = count(findings);
  json["subject"] = info.so;
  json["release"] = info.release.empty() ? Json() : Json(info.release);
  json["verdict"] = counts.failed == 0 ? "pass" : "fail";
  json["seed"] = info.seed;
  json["cases"] = Json::array();
  for (const Finding& finding : findings) {
    Json one = {{"name", finding.name},
                {"result", name_of(finding.verdict)},
                {"what", finding.what},
                {"why", finding.why},
                {"took_ms", finding.took.count()}};
    if (!finding.matters.empty()) one["matters"] = finding.matters;
    if (!finding.notes.empty()) one["notes"] = finding.notes;
    if (!finding.waiver.empty()) one["waiver"] = finding.waiver;
    if (is_bad(finding.verdict)) one["debug"] = debugger_line(info, finding.name);
    json["cases"].push_back(std::move(one));
  }
  json["told"] = info.told;
  json["passed"] = counts.passed;
  json["failed"] = counts.failed;
  json["skipped"] = counts.skipped;
  json["warned"] = counts.warned;
  json["waived"] = counts.waived;
  json["took_ms"] = info.took.count();
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_junit(const RunInfo& info, const std::vector<Finding>& findings) {
  const Counts counts = count(findings);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" +
                    escaped(info.so) + "\" tests=\"" + std::to_string(findings.size()) +
                    "\" failures=\"" + std::to_string(counts.failed) + "\" skipped=\"" +
                    std::to_string(counts.skipped + counts.waived) + "\" time=\"" +
                    std::to_string(static_cast<double>(info.took.count()) / 1000) + "\">\n";
  for (const Finding& finding : findings) {
    const std::string why = first_line(harmless(finding.why));
    xml += "  <testcase classname=\"" + escaped(group_of(finding.name)) + "\" name=\"" +
           escaped(finding.name) + "\" time=\"" +
           std::to_string(static_cast<double>(finding.took.count()) / 1000) + "\">";
    if (finding.verdict == Verdict::skip) {
      xml += "<skipped message=\"" + escaped(why) + "\"/>";
    } else if (finding.verdict == Verdict::waived) {
      xml += "<skipped message=\"waived: " + escaped(finding.waiver + "; " + why) + "\"/>";
    } else if (is_bad(finding.verdict)) {
      xml += std::string("<failure type=\"") + name_of(finding.verdict) + "\" message=\"" +
             escaped(why) + "\">" + escaped(whole_text(info, finding)) + "</failure>";
    } else if (finding.verdict == Verdict::warn) {
      xml += "<system-out>warning: " + escaped(whole_text(info, finding)) + "</system-out>";
    }
    xml += "</testcase>\n";
  }
  return xml + "</testsuite>\n";
}

std::string as_tap(const RunInfo& info, const std::vector<Finding>& findings) {
  std::string tap = "TAP version 14\n1.." + std::to_string(findings.size()) + "\n";
  std::size_t number = 0;
  for (const Finding& finding : findings) {
    const bool not_ok = is_bad(finding.verdict) || finding.verdict == Verdict::waived;
    tap += (not_ok ? "not ok " : "ok ") + std::to_string(++number) + " - " + finding.name;
    const std::string why = first_line(harmless(finding.why));
    if (finding.verdict == Verdict::skip) tap += " # SKIP " + why;
    if (finding.verdict == Verdict::waived) tap += " # TODO waived: " + finding.waiver;
    tap += "\n";
    if (finding.verdict == Verdict::warn) tap += "# warning: " + why + "\n";
    if (!is_bad(finding.verdict)) continue;
    tap += "  ---\n  result: " + std::string(name_of(finding.verdict)) + "\n  message: |-\n    " +
           indented(whole_text(info, finding), "    ") + "\n  ...\n";
  }
  for (const std::string& line : info.told) tap += "# " + harmless(line) + "\n";
  return tap;
}

}  // namespace tenon::conformance
