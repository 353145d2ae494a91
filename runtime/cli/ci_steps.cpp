// The steps but for those of tenon-check: each runs what an author would run by hand.
#include "cli/ci_steps.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "cli/child_program.hpp"
#include "cli/package_files.hpp"
#include "cli/session.hpp"
#include "manifest/changes.hpp"
#include "manifest/elf_section.hpp"
#include "manifest/manifest.hpp"
#include "packages/layout.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxCiManifest = 1u << 20;
constexpr std::chrono::minutes kBuildWithin{30}, kUnitWithin{15};

std::string build_folder(const CiOptions& options) {
  return options.build.empty() ? (fs::path(options.folder) / "build").string() : options.build;
}

// "manifest.toml:12: connector.abi" -> 12.
int line_in(const std::string& place) {
  const auto colon = place.find(".toml:");
  return colon == std::string::npos ? 0 : std::atoi(place.c_str() + colon + 6);
}

void add_mistakes(const std::vector<Error>& all, const std::string& result, CiStep& step,
                  const std::string& file) {
  for (const auto& one : all) {
    CiItem item;
    item.name = one.context.empty() ? file : one.context;
    item.result = result;
    item.text = one.message;
    item.rule = "what a manifest says is known, complete and as narrow as it can be";
    item.file = file;
    item.line = line_in(one.context);
    step.items.push_back(std::move(item));
  }
}

// True if it ended well; else `step` says how it did not.
bool ran(const ChildProgram& program, CiStep& step, std::string& output) {
  auto end = run_child(program);
  if (end && end->in_time && end->status == 0) {
    output += end->output;
    return true;
  }
  step.verdict = CiVerdict::bad;
  const std::string name =
      program.words.front() + (program.words.size() > 1 ? " " + program.words[1] : "");
  if (!end) {
    step.about = end.error().text();
  } else if (!end->in_time) {
    step.about = name + ": no end within " + std::to_string(program.within.count()) + " s";
  } else {
    step.about = name + ": ended with status " + std::to_string(end->status);
  }
  if (end) output += end->output;
  step.log = last_lines(output);
  return false;
}

// The number that ctest tells: "100% tests passed, 0 tests failed out of 12".
std::string tests_told(const std::string& output) {
  const std::string words = "tests failed out of ";
  const auto at = output.find(words);
  const int count = at == std::string::npos ? 0 : std::atoi(output.c_str() + at + words.size());
  return count_text(static_cast<std::uint64_t>(std::max(count, 0)), "test", "tests");
}

}  // namespace

CiStep ci_not_run(const std::string& name, const std::string& why) {
  return {name, CiVerdict::skipped, why, {}, {}, {}};
}

CiStep ci_lint(const CiOptions& options, CiRun& run) {
  CiStep step{"lint", CiVerdict::good, {}, {}, {}, {}};
  const Stopwatch watch;
  std::error_code error;
  const auto own = fs::path(options.folder) / "manifest.toml";
  const bool as_file = fs::is_regular_file(own, error);
  run.manifest = as_file || options.so.empty() ? own.lexically_normal().string() : options.so;
  const auto toml = as_file || options.so.empty() ? read_file(run.manifest, kMaxCiManifest)
                                                  : read_manifest_text(options.so);
  const auto check = toml ? check_manifest(*toml, run.manifest) : ManifestCheck{};
  if (toml) {
    add_mistakes(check.errors, "error", step, run.manifest);
    add_mistakes(check.warnings, options.strict ? "error" : "warn", step, run.manifest);
  } else {
    add_mistakes({toml.error()}, "error", step, run.manifest);
  }
  const auto bad = std::count_if(step.items.begin(), step.items.end(),
                                 [](const CiItem& item) { return item.failed(); });
  step.verdict = bad == 0 ? CiVerdict::good : CiVerdict::bad;
  step.about = run.manifest;
  if (bad > 0) step.about += ": " + count_text(static_cast<std::uint64_t>(bad), "error", "errors");
  if (toml && check.errors.empty()) run.release = check.manifest.release();
  step.took = watch.took();
  return step;
}

CiStep ci_build(const CiOptions& options, CiRun& run) {
  if (!options.so.empty()) {
    run.so = options.so;
    return ci_not_run("build", "--so was given: " + options.so);
  }
  CiStep step{"build", CiVerdict::good, {}, {}, {}, {}};
  const Stopwatch watch;
  std::string output;
  const auto build = build_folder(options);
  std::error_code error;
  if (!fs::is_regular_file(fs::path(options.folder) / "CMakeLists.txt", error)) {
    step.verdict = CiVerdict::bad;
    step.about = "wanted a CMakeLists.txt in " + options.folder + ", or --so FILE, found neither";
  } else if (ran({{"cmake", "-S", options.folder, "-B", build}, {}, kBuildWithin, {}}, step,
                 output) &&
             ran({{"cmake", "--build", build}, {}, kBuildWithin, {}}, step, output)) {
    const auto id = run.release.substr(0, run.release.find('@'));
    run.so = (fs::path(build) / "connectors" / (id + ".so")).lexically_normal().string();
    step.about = run.so;
    if (!fs::is_regular_file(run.so, error)) {
      step.verdict = CiVerdict::bad;
      step.about = "wanted " + run.so + " (tenon_connector() makes it), found none";
      run.so.clear();
    }
  }
  step.took = watch.took();
  return step;
}

CiStep ci_unit(const CiOptions& options) {
  CiStep step{"unit", CiVerdict::good, {}, {}, {}, {}};
  const Stopwatch watch;
  std::string output;
  if (ran({{"ctest", "--test-dir", build_folder(options), "--output-on-failure",
            "--no-tests=error"},
           {},
           kUnitWithin,
           {}},
          step, output)) {
    step.about = tests_told(output);
  }
  step.took = watch.took();
  return step;
}

CiStep ci_package(const CiOptions& options, CiRun& run) {
  CiStep step{"package", CiVerdict::good, {}, {}, {}, {}};
  const Stopwatch watch;
  const auto pack = [&]() -> Result<std::string> {
    TENON_TRY_AS(auto files, gather(run.so, options.folder));
    TENON_TRY_AS(const auto package, packages::make_package(std::move(files)));
    if (const auto* changes = package.file("changes.toml")) {
      TENON_TRY_AS(
          const auto parsed,
          parse_changes(changes->bytes, (fs::path(options.folder) / "changes.toml").string()));
    }
    TENON_TRY_AS(const auto bytes, packages::write_package(package));
    std::error_code error;
    std::string out = options.package.empty() ? build_folder(options) : options.package;
    if (options.package.empty()) fs::create_directories(out, error);
    if (fs::is_directory(out, error)) {
      out = (fs::path(out) / packages::file_name_of(package.manifest)).string();
    }
    TENON_TRY(write_package_file(out, bytes));
    step.about = out + ", " + bytes_text(bytes.size());
    run.release = package.release();
    return out;
  };
  auto out = pack();
  if (out) {
    run.package = *out;
  } else {
    step.verdict = CiVerdict::bad;
    step.about = out.error().text();
  }
  step.took = watch.took();
  return step;
}

}  // namespace tenon::cli
