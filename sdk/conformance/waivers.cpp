// A waiver is a debt: it is worth nothing without a reason and an end.
#include "conformance/waivers.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tenon::conformance {
namespace {

constexpr std::uintmax_t kMaxWaiverBytes = 256 * 1024;
constexpr std::string_view kKeys[] = {"case", "reason", "until", "issue"};

// The name with the fewest letters to change, if that is few.
std::string nearest(const std::string& name, const std::vector<Case>& cases) {
  std::string best;
  std::size_t least = name.size() / 3 + 1;
  for (const Case& test : cases) {
    std::vector<std::size_t> row(test.name.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t before = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t other = before + (name[i - 1] == test.name[j - 1] ? 0 : 1);
        before = row[j];
        row[j] = std::min({other, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() >= least) continue;
    least = row.back();
    best = test.name;
  }
  return best;
}

std::string date_of(const toml::node* node) {
  if (node == nullptr) return {};
  const auto date = node->value<toml::date>();
  if (!date || !node->is_date()) return "?";
  std::ostringstream out;
  out << *date;
  return out.str();
}

// Reads one; what is wrong with it, or "".
std::string read_waiver(const toml::table& table, Waiver& waiver) {
  for (const auto& [key, value] : table) {
    if (std::find(std::begin(kKeys), std::end(kKeys), std::string_view(key)) == std::end(kKeys)) {
      return "unknown key \"" + std::string(key.str()) + "\"; known: case, reason, until, issue";
    }
  }
  waiver.name = table["case"].value_or(std::string());
  waiver.reason = table["reason"].value_or(std::string());
  waiver.issue = table["issue"].value_or(std::string());
  waiver.until = date_of(table.get("until"));
  if (waiver.name.empty()) return "case: wanted the name of one (--list has them), found none";
  const std::string of = "waiver of " + waiver.name + ": ";
  if (waiver.reason.empty()) return of + "reason: wanted why this is accepted, found none";
  if (waiver.until == "?") return of + "until: wanted a date as 2027-03-01, without quotes";
  if (waiver.until.empty() && waiver.issue.empty()) {
    return of + "wanted its end: until = 2027-03-01, or issue = \"where it is followed up\"";
  }
  return {};
}

}  // namespace

Waivers Waivers::read(const std::string& file, const std::vector<Case>& cases,
                      std::vector<std::string>& errors) {
  Waivers waivers;
  waivers.file_ = file;
  if (file.empty()) return waivers;
  const auto wrong = [&](int line, const std::string& what) {
    errors.push_back(file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
  };
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > kMaxWaiverBytes) {
    wrong(0, error ? "cannot be read: " + error.message() : "wanted at most 256 KiB of waivers");
    return waivers;
  }
  toml::table root;
  try {
    root = toml::parse_file(file);
  } catch (const toml::parse_error& bad) {
    wrong(static_cast<int>(bad.source().begin.line), std::string(bad.description()));
    return waivers;
  }
  for (const auto& [key, value] : root) {
    if (key.str() == "waiver" && value.is_array_of_tables()) continue;
    wrong(static_cast<int>(value.source().begin.line),
          "wanted tables [[waiver]] and nothing else, found \"" + std::string(key.str()) + "\"");
  }
  const toml::array* all = root["waiver"].as_array();
  if (all == nullptr) return waivers;
  if (all->size() > kMaxWaivers) wrong(0, "wanted at most " + std::to_string(kMaxWaivers));
  for (const toml::node& node : *all) {
    const toml::table* table = node.as_table();
    if (table == nullptr || waivers.all_.size() >= kMaxWaivers) break;
    Held held;
    held.waiver.line = static_cast<int>(node.source().begin.line);
    std::string what = read_waiver(*table, held.waiver);
    const auto same = [&](const auto& name) { return name == held.waiver.name; };
    if (what.empty() && std::none_of(cases.begin(), cases.end(),
                                     [&](const Case& test) { return same(test.name); })) {
      const std::string near = nearest(held.waiver.name, cases);
      what = "no case is named \"" + held.waiver.name + "\"" +
             (near.empty() ? "; --list has their names" : "; did you mean \"" + near + "\"?");
    }
    if (what.empty() && std::any_of(waivers.all_.begin(), waivers.all_.end(),
                                    [&](const Held& one) { return same(one.waiver.name); })) {
      what = "waiver of " + held.waiver.name + ": wanted one, found a second";
    }
    if (!what.empty()) {
      wrong(held.waiver.line, what);
    } else {
      waivers.all_.push_back(std::move(held));
    }
  }
  return waivers;
}

void Waivers::apply(Finding& finding, const std::string& today) {
  for (Held& held : all_) {
    const Waiver& waiver = held.waiver;
    if (waiver.name != finding.name) continue;
    held.ran = true;
    if (!is_bad(finding.verdict)) return;
    held.needed = true;
    if (!waiver.until.empty() && waiver.until < today) {
      finding.notes.push_back("its waiver ended on " + waiver.until + ": mend it, or say anew why");
      return;
    }
    finding.waiver = waiver.reason;
    if (!waiver.issue.empty()) finding.waiver += " (" + waiver.issue + ")";
    if (!waiver.until.empty()) finding.waiver += ", until " + waiver.until;
    finding.why = std::string(name_of(finding.verdict)) + ": " + finding.why;
    finding.verdict = Verdict::waived;
    return;
  }
}

std::vector<std::string> Waivers::unused() const {
  std::vector<std::string> lines;
  for (const Held& held : all_) {
    if (!held.ran || held.needed) continue;
    lines.push_back(file_ + ":" + std::to_string(held.waiver.line) + ": the waiver of " +
                    held.waiver.name + " is not needed: take it out");
  }
  return lines;
}

std::string waivers_beside(const std::string& golden_folder) {
  if (golden_folder.empty()) return {};
  std::filesystem::path folder = std::filesystem::path(golden_folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "golden/"
  const auto file = folder.parent_path() / "conformance.toml";
  std::error_code error;
  return std::filesystem::exists(file, error) ? file.string() : std::string();
}

std::string today_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 16> text;
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

}  // namespace tenon::conformance
