// Reading what tenon-check prints: {"cases": [{"name", "result", "why"}], "passed", ...}.
#include "backends/conformance/conformance_report.hpp"

#include <nlohmann/json.hpp>

namespace tenon {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxNameTold = 100, kMaxWhyTold = 300;

// As people see it: one line, cut between characters.
std::string first_line(std::string text, std::size_t most) {
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    text.resize(most);
    text += "...";
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_count(const Json& all, const char* name, std::uint32_t count) {
  const auto found = all.find(name);
  return found != all.end() && found->is_number_unsigned() && found->get<std::uint64_t>() == count;
}

}  // namespace

Result<ConformanceReport> read_conformance(std::string_view json) {
  const Json all = Json::parse(json, nullptr, false);
  if (!all.is_object() || !all.contains("cases") || !all["cases"].is_array()) {
    return corrupt("tenon-check: wanted its report as JSON, found something else");
  }
  ConformanceReport report;
  for (const auto& one : all["cases"]) {
    const std::string name = one.is_object() ? member(one, "name") : "";
    const std::string result = one.is_object() ? member(one, "result") : "";
    if (name.empty() || result.empty()) {
      return corrupt("tenon-check: wanted name and result of each case, found one without");
    }
    if (result == "pass") {
      ++report.passed;
    } else if (result == "skip") {
      ++report.skipped;
    } else if (result == "warn" || result == "waived") {
      continue;  // told to the author; it stops no rollout
    } else {
      ++report.failed;
      if (report.failures.size() == kMaxFailuresTold) continue;
      report.failures.push_back(
          {first_line(name, kMaxNameTold), first_line(member(one, "why"), kMaxWhyTold)});
    }
  }
  if (!is_count(all, "passed", report.passed) || !is_count(all, "failed", report.failed) ||
      !is_count(all, "skipped", report.skipped)) {
    return corrupt("tenon-check: its counts are not those of its cases");
  }
  return report;
}

}  // namespace tenon
