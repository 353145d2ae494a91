// tenon-check: checks one connector against the contract, without network and vendor.
#include <CLI/CLI.hpp>
#include <clocale>
#include <iostream>
#include <regex>

#include "conformance/bundle_check.hpp"
#include "conformance/cost.hpp"
#include "conformance/report.hpp"

namespace {

using namespace tenon::conformance;

struct Options {
  std::string so, golden, bundle, only, format = "text";
  Subject::Beside beside;
  std::string cost;
  unsigned rounds = 0;
  std::uint64_t seed = 1;
  std::uint32_t timeout_ms = 30'000;
  bool in_process = false, list = false, transcript = false, update = false;
};

int print_transcript(const Options& options) {
  // Takes the language of the environment, which is what this mode is for.
  std::setlocale(LC_ALL, "");
  Subject subject(options.so, options.golden, options.seed);
  try {
    std::cout << transcripts(subject) << std::flush;
    return std::cout ? 0 : 1;
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip& skip) {
    std::cerr << skip.why << '\n';
  }
  return 1;
}

std::vector<Case> chosen(const Options& options) {
  std::vector<Case> cases;
  const std::regex wanted(options.only);
  for (const Case& test : all_cases(options.golden)) {
    if (options.only.empty() || std::regex_search(test.name, wanted)) cases.push_back(test);
  }
  return cases;
}

int update(const Options& options) {
  Subject subject(options.so, options.golden, options.seed);
  const std::regex wanted(options.only);
  try {
    const bool good = update_goldens(
        subject, [&](const std::string& name) { return std::regex_search(name, wanted); },
        std::cout);
    return good ? 0 : 1;
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip&) {
    std::cerr << "--update: wanted the folder of goldens; see --golden\n";
    return 2;
  }
  return 1;
}

// --cost and --rounds: what its work costs, no verdict.
int measure(const Options& options) {
  Subject subject(options.so, options.golden, options.seed);
  try {
    if (options.cost.empty()) {
      run_rounds(subject, options.rounds);
      return 0;
    }
    if (write_cost(subject, options.cost, std::cout)) return 0;
    std::cerr << "--cost " << options.cost << ": cannot be written\n";
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip& skip) {
    std::cerr << "--cost: " << skip.why << '\n';
    return 2;
  }
  return 1;
}

int check(const Options& options) {
  Subject subject(options.so, options.golden, options.seed);
  subject.set_beside(options.beside);
  const RunOptions run_options{options.in_process, std::chrono::milliseconds(options.timeout_ms)};
  std::vector<Finding> findings;
  for (const Case& test : chosen(options)) {
    findings.push_back(run(test, subject, run_options));
    if (options.format == "text") std::cout << as_text(findings.back()) << std::endl;
  }
  if (findings.empty()) {
    std::cerr << "--only " << options.only << ": wanted a part of a case's name, found none; "
              << "see --list\n";
    return 2;
  }
  const Counts counts = count(findings);
  if (options.format == "json") std::cout << as_json(options.so, findings) << '\n';
  if (options.format == "junit") std::cout << as_junit(options.so, findings);
  (options.format == "text" ? std::cout : std::cerr) << summary(counts) << std::endl;
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Checks a connector against the Tenon contract; needs no network and no vendor.",
               "tenon-check");
  app.add_option("connector", options.so, "the connector's .so");
  app.add_option("--golden", options.golden, "folder with the connector's goldens");
  app.add_option("--against", options.beside.against,
                 ".so of the release before: compare manifests and what both do");
  app.add_option("--model", options.beside.model,
                 ".so of the vendor's model: deliver to it, with lost and doubled answers");
  app.add_option("--cost", options.cost,
                 "measure its work for each event, write the figures there, and check nothing");
  app.add_option("--rounds", options.rounds, "run the goldens so often and end, for a profiler")
      ->excludes("--cost");
  app.add_option("--bundle", options.bundle,
                 "run one captured call again (tenon repro --bundle writes it), and nothing else");
  app.add_option("--only", options.only, "run cases whose name matches this expression");
  app.add_option("--format", options.format, "text, json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  app.add_option("--seed", options.seed, "of the strange input; the same seed, the same input");
  app.add_option("--timeout-ms", options.timeout_ms, "for each case");
  app.add_flag("--in-process", options.in_process, "no child processes, for a debugger");
  app.add_flag("--update", options.update, "write what happens into the goldens (those of --only)");
  app.add_flag("--list", options.list, "print the names of the cases");
  app.add_flag("--transcript", options.transcript, "print what the goldens push, and nothing else");
  CLI11_PARSE(app, argc, argv);
  if (options.list) {
    for (const Case& test : chosen(options)) std::cout << test.name << ": " << test.what << '\n';
    return 0;
  }
  if (options.so.empty()) {
    std::cerr << "wanted the path of a connector's .so; see --help\n";
    return 2;
  }
  if (!options.bundle.empty()) {
    const RunOptions how{options.in_process, std::chrono::milliseconds(options.timeout_ms)};
    return check_bundle(options.so, options.bundle, how);
  }
  try {
    if (options.transcript) return print_transcript(options);
    if (!options.cost.empty() || options.rounds > 0) return measure(options);
    return options.update ? update(options) : check(options);
  } catch (const std::regex_error& error) {
    std::cerr << "--only " << options.only << ": not an expression: " << error.what() << '\n';
    return 2;
  }
}
