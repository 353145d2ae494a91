// The steps that are cases of tenon-check, run as a program and read from its JSON.
#include <algorithm>
#include <filesystem>

#include "cli/child_program.hpp"
#include "cli/ci_steps.hpp"
#include "cli/render.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::minutes kCheckWithin{10};

std::string help_of(const Json& one) {
  std::string help = "expected " + text_of(one, "what");
  for (const auto& [key, word] :
       {std::pair{"matters", "matters  "}, std::pair{"waiver", "waiver   "},
        std::pair{"debug", "debug    "}}) {
    if (const auto text = text_of(one, key); !text.empty()) help += std::string("\n") + word + text;
  }
  return help;
}

// A case of a golden, or one that begins its words with a golden's name, is about that file.
std::string file_of(const Json& one, const CiOptions& options) {
  const auto name = text_of(one, "name"), why = text_of(one, "why");
  std::string stem =
      name.starts_with("golden.") ? name.substr(7) : why.substr(0, why.find_first_of(":,"));
  if (stem.empty() || stem.find('/') != std::string::npos) return {};
  const auto file = fs::path(options.folder) / "golden" / (stem + ".json");
  std::error_code error;
  return fs::is_regular_file(file, error) ? file.lexically_normal().string() : std::string();
}

}  // namespace

std::vector<CiItem> ci_items_of(const Json& answer, const CiOptions& options) {
  std::vector<CiItem> items;
  if (!answer.is_object() || !answer.contains("cases") || !answer["cases"].is_array()) return items;
  for (const auto& one : answer["cases"]) {
    CiItem item;
    item.name = text_of(one, "name");
    item.result = text_of(one, "result");
    item.rule = text_of(one, "what");
    item.took = std::chrono::milliseconds(number_of(one, "took_ms"));
    if (item.result != "pass") {
      item.text = text_of(one, "why");
      if (one.contains("notes") && one["notes"].is_array()) {
        for (const auto& note : one["notes"]) {
          if (note.is_string()) item.text += "\n  " + note.get<std::string>();
        }
      }
    }
    if (item.result != "pass" && item.result != "skip") {
      item.help = help_of(one);
      item.file = file_of(one, options);
    }
    items.push_back(std::move(item));
  }
  return items;
}

CiStep ci_cases(const CiOptions& options, const CiRun& run, const std::string& name,
                const std::string& only) {
  CiStep step{name, CiVerdict::good, {}, {}, {}, {}};
  const Stopwatch watch;
  ChildProgram program{{options.check, run.so, "--format", "json", "--only", only},
                       {},
                       kCheckWithin,
                       ChildProgram::Errors::dropped};
  const auto golden = (fs::path(options.folder) / "golden").string();
  std::error_code error;
  if (fs::is_directory(golden, error)) {
    program.words.insert(program.words.end(), {"--golden", golden});
  }
  if (!options.waivers.empty()) {
    program.words.insert(program.words.end(), {"--waivers", options.waivers});
  }
  const auto end = run_child(program);
  const auto answer = end ? Json::parse(end->output, nullptr, false) : Json();
  if (end) step.items = ci_items_of(answer, options);
  const auto failed = std::count_if(step.items.begin(), step.items.end(),
                                    [](const CiItem& item) { return item.failed(); });
  if (!end || !end->in_time || end->status != 0 || failed > 0 || step.items.empty()) {
    step.verdict = CiVerdict::bad;
  }
  if (!end) {
    step.about = end.error().text() + "; install the SDK";
  } else if (step.items.empty()) {
    // What it said, without being asked for JSON: a file of waivers that cannot be read, for one.
    auto again = program;
    again.errors = ChildProgram::Errors::merged;
    const auto words = run_child(again);
    step.about = "tenon-check ended with status " + std::to_string(end->status);
    step.log = words ? last_lines(words->output) : std::string();
  } else {
    std::size_t passed = 0, waived = 0, warned = 0;
    for (const auto& item : step.items) {
      passed += item.result == "pass" ? 1 : 0;
      waived += item.result == "waived" ? 1 : 0;
      warned += item.result == "warn" ? 1 : 0;
    }
    step.about = std::to_string(passed) + " passed";
    if (failed > 0) step.about += ", " + std::to_string(failed) + " failed";
    if (warned > 0) step.about += ", " + std::to_string(warned) + " warned";
    if (waived > 0) step.about += ", " + std::to_string(waived) + " waived";
  }
  step.took = watch.took();
  return step;
}

}  // namespace tenon::cli
