// tenon ci run: a connector's whole gate in one command with one verdict.
#include <filesystem>

#include "cli/ci_steps.hpp"
#include "cli/package_files.hpp"
#include "cli/private_file.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

struct CiArguments {
  CiOptions options;
  std::string junit, sarif;
  bool no_package = false;
};

// Beside this program; else that of PATH, which the child is looked up in.
std::string conformance_program() {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "tenon-check";
  return !error && fs::exists(beside, error) ? beside.string() : "tenon-check";
}

// The three parts of tenon-check together are all of its cases, and each is run once.
constexpr const char* kGoldens = "^golden\\.";
constexpr const char* kScan = "^(load|hardening)\\.";
constexpr const char* kTheRest = "^(?!golden\\.|load\\.|hardening\\.)";

int ci_run(Session& session, const CiArguments& given) {
  std::error_code error;
  if (!fs::is_directory(given.options.folder, error)) {
    return session.usage("FOLDER: wanted a connector's folder, found none: " +
                         clean(given.options.folder));
  }
  CiRun run;
  run.folder = given.options.folder;
  const auto tell = [&](CiStep step) {
    if (!session.json) session.out() << ci_step_text(step, session.style) << std::flush;
    run.steps.push_back(std::move(step));
    return run.steps.back().verdict != CiVerdict::bad;
  };
  const CiOptions& options = given.options;
  tell(ci_lint(options, run));
  // A manifest with a mistake is built nevertheless: its author sees all that is wrong at once.
  const bool built = tell(ci_build(options, run));
  if (!options.so.empty()) {
    tell(ci_not_run("unit", "--so was given"));
  } else {
    tell(built ? ci_unit(options) : ci_not_run("unit", "nothing was built"));
  }
  const std::pair<const char*, const char*> parts[] = {
      {"goldens", kGoldens}, {"check", kTheRest}, {"scan", kScan}};
  for (const auto& [name, only] : parts) {
    tell(run.so.empty() ? ci_not_run(name, "nothing was built")
                        : ci_cases(options, run, name, only));
  }
  if (given.no_package) {
    tell(ci_not_run("package", "--no-package"));
  } else {
    tell(run.good() ? ci_package(options, run) : ci_not_run("package", "a step before failed"));
  }
  for (const auto& [file, text] :
       {std::pair{&given.junit, &ci_junit}, std::pair{&given.sarif, &ci_sarif}}) {
    if (file->empty()) continue;
    const auto written = write_package_file(*file, text(run));
    if (!written) return session.fail(written.error());
  }
  session.print(ci_json(run), ci_verdict_text(run, session.style));
  return run.good() ? kOk : kFailed;
}

}  // namespace

void add_ci(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("ci", "The gate that a connector passes before it is released");
  group->require_subcommand(1);
  auto given = std::make_shared<CiArguments>();
  auto* command = group->add_subcommand(
      "run", "Lint, build, unit tests, goldens, check, scan of the .so, package");
  command->add_option("FOLDER", given->options.folder, "The connector's folder")->default_val(".");
  command->add_option("--so", given->options.so,
                      "An already built connector: nothing is built, no unit tests");
  command->add_option("--build", given->options.build, "The build's folder; default: FOLDER/build");
  command->add_option("--waivers", given->options.waivers,
                      "For tenon check; default: FOLDER/conformance.toml");
  command->add_option("--junit", given->junit, "Write JUnit XML into this file, a suite per step");
  command->add_option("--sarif", given->sarif, "Write SARIF 2.1.0 into this file");
  command->add_option("--out", given->options.package,
                      "The package's file or folder; default: the build's folder");
  command->add_flag("--strict", given->options.strict,
                    "A warning of the manifest is a failure, too");
  command->add_flag("--no-package", given->no_package, "Stop before the package is made");
  command->footer(
      "Each step is a line with its time; what failed is told below it. lint reads manifest.toml,\n"
      "or with --so and without such a file the one inside. build and unit are cmake and ctest.\n"
      "goldens, check and scan are the cases of tenon check: see tenon check --help. Needs no "
      "host\n"
      "and no network.\n"
      "Exit status: 0 good, 1 a step failed, 2 wrong usage.\n\n"
      "Examples:\n"
      "  tenon ci run .\n"
      "  tenon ci run . --junit build/ci.xml --sarif build/ci.sarif\n"
      "  tenon ci run connectors/acme --so build/plain/connectors/acme.so --no-package");
  command->callback([&session, given] {
    given->options.check = conformance_program();
    session.run = [&session, given] { return ci_run(session, *given); };
  });
}

}  // namespace tenon::cli
