// Report: three forms of the same findings.
#include "conformance/report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tenon::conformance {
namespace {

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

}  // namespace

Counts count(const std::vector<Finding>& findings) {
  Counts counts;
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::pass || finding.verdict == Verdict::warn) {
      ++counts.passed;
    } else if (finding.verdict == Verdict::skip) {
      ++counts.skipped;
    } else {
      ++counts.failed;
    }
  }
  return counts;
}

std::string summary(const Counts& counts) {
  return std::to_string(counts.passed) + " passed, " + std::to_string(counts.failed) + " failed, " +
         std::to_string(counts.skipped) + " skipped";
}

std::string as_text(const Finding& finding) {
  std::string line = name_of(finding.verdict);
  line.resize(9, ' ');
  line += finding.name;
  line.resize(std::max<std::size_t>(line.size() + 2, 42), ' ');
  line += finding.verdict == Verdict::pass ? finding.what : finding.why;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  const bool good = finding.verdict == Verdict::pass || finding.verdict == Verdict::skip;
  if (!good && !finding.matters.empty()) line += "\n    why it matters: " + finding.matters;
  return line;
}

std::string as_json(const std::string& subject, const std::vector<Finding>& findings) {
  nlohmann::ordered_json json;
  json["subject"] = subject;
  json["cases"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    json["cases"].push_back({{"name", finding.name},
                             {"result", name_of(finding.verdict)},
                             {"why", finding.why},
                             {"took_ms", finding.took.count()}});
  }
  const Counts counts = count(findings);
  json["passed"] = counts.passed;
  json["failed"] = counts.failed;
  json["skipped"] = counts.skipped;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string as_junit(const std::string& subject, const std::vector<Finding>& findings) {
  const Counts counts = count(findings);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" +
                    escaped(subject) + "\" tests=\"" + std::to_string(findings.size()) +
                    "\" failures=\"" + std::to_string(counts.failed) + "\" skipped=\"" +
                    std::to_string(counts.skipped) + "\">\n";
  for (const Finding& finding : findings) {
    xml += "  <testcase name=\"" + escaped(finding.name) + "\" time=\"" +
           std::to_string(static_cast<double>(finding.took.count()) / 1000) + "\">";
    if (finding.verdict == Verdict::skip) {
      xml += "<skipped message=\"" + escaped(finding.why) + "\"/>";
    } else if (finding.verdict != Verdict::pass && finding.verdict != Verdict::warn) {
      xml += std::string("<failure type=\"") + name_of(finding.verdict) + "\" message=\"" +
             escaped(finding.why.substr(0, finding.why.find('\n'))) + "\">" + escaped(finding.why) +
             "</failure>";
    }
    xml += "</testcase>\n";
  }
  return xml + "</testsuite>\n";
}

}  // namespace tenon::conformance
