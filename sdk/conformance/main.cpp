// tenon-check: checks one connector against the contract, without network and vendor.
#include <CLI/CLI.hpp>
#include <charconv>
#include <clocale>
#include <filesystem>
#include <iostream>
#include <random>
#include <regex>
#include <thread>

#include "conformance/bundle_check.hpp"
#include "conformance/cost.hpp"
#include "conformance/file_kind.hpp"
#include "conformance/terminal.hpp"
#include "conformance/waivers.hpp"

namespace {

using namespace tenon::conformance;

constexpr int kPassed = 0, kFailed = 1, kUsage = 2;
constexpr std::uint64_t kUsualSeed = 1;

struct Options {
  std::string so, golden, waivers, bundle, only, name, format = "text", seed_text, reproduce;
  Subject::Beside beside;
  std::string cost;
  unsigned rounds = 0;
  std::uint64_t seed = kUsualSeed;
  std::uint32_t timeout_ms = 30'000;
  unsigned jobs = 0;
  bool in_process = false, list = false, transcript = false, update = false;
};

int usage(const std::string& what) {
  std::cerr << what << '\n';
  return kUsage;
}

int print_transcript(const Options& options) {
  // Takes the language of the environment, which is what this mode is for.
  std::setlocale(LC_ALL, "");
  Subject subject(options.so, options.golden, options.seed);
  try {
    std::cout << transcripts(subject) << std::flush;
    return std::cout ? kPassed : kFailed;
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip& skip) {
    std::cerr << skip.why << '\n';
  }
  return kFailed;
}

std::vector<Case> chosen(const Options& options, const std::vector<Case>& all) {
  std::vector<Case> cases;
  const std::regex wanted(options.only);
  for (const Case& test : all) {
    if (!options.name.empty() && test.name != options.name) continue;
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
    return good ? kPassed : kFailed;
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip&) {
    return usage("--update: wanted the folder of goldens; see --golden");
  }
  return kFailed;
}

// --cost and --rounds: what its work costs, no verdict.
int measure(const Options& options) {
  Subject subject(options.so, options.golden, options.seed);
  try {
    if (options.cost.empty()) {
      run_rounds(subject, options.rounds);
      return kPassed;
    }
    if (write_cost(subject, options.cost, std::cout)) return kPassed;
    std::cerr << "--cost " << options.cost << ": cannot be written\n";
  } catch (const Failure& failure) {
    std::cerr << failure.why << '\n';
  } catch (const Skip& skip) {
    return usage("--cost: " + skip.why);
  }
  return kFailed;
}

// The folder that stands where one looks first; "" where there is none.
std::string usual_golden(const std::string& so) {
  std::error_code error;
  const auto beside = std::filesystem::path(so).parent_path() / "golden";
  for (const auto& folder : {beside, std::filesystem::path("golden")}) {
    if (std::filesystem::is_directory(folder, error)) return folder.string();
  }
  return {};
}

std::string release_of(const std::string& so) {
  try {
    Subject subject(so, "", kUsualSeed);
    return subject.facts().id + "@" + subject.facts().version;
  } catch (const Failure&) {
    return {};  // a case tells why
  }
}

// As one would start this program again.
std::string own_name(const char* started_as) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const char* path = std::getenv("PATH");
  for (std::stringstream folders(path == nullptr ? "" : path); folders;) {
    std::string folder;
    if (!std::getline(folders, folder, ':')) break;
    const auto found = std::filesystem::path(folder) / self.filename();
    if (std::filesystem::exists(found, error)) {
      if (std::filesystem::equivalent(found, self, error)) return self.filename().string();
      break;
    }
  }
  return std::string_view(started_as).find('/') == std::string_view::npos ? self.string()
                                                                          : started_as;
}

std::string about(const Options& options, std::size_t cases) {
  const std::string goldens =
      options.golden.empty() ? "no goldens (see --golden)" : "goldens " + options.golden;
  return goldens + ", " + std::to_string(cases) + " cases, " + std::to_string(options.jobs) +
         " at once, seed " + std::to_string(options.seed);
}

void print(const Options& options, const RunInfo& info, const std::vector<Finding>& findings) {
  if (options.format == "json") std::cout << as_json(info, findings);
  if (options.format == "junit") std::cout << as_junit(info, findings);
  if (options.format == "tap") std::cout << as_tap(info, findings);
  if (options.format == "html") std::cout << as_html(info, findings);
  std::cout << std::flush;
}

// Told in the form that was asked for: a program that reads it wants no special case.
int refuse(const Options& options, RunInfo info, const std::string& why) {
  Finding finding;
  finding.name = "file.is_connector";
  finding.what = "the file is a connector for this machine";
  finding.verdict = Verdict::fail;
  finding.why = info.so + ": " + why;
  print(options, info, {finding});
  return usage("not checked: " + harmless(finding.why));
}

int check(const Options& options, RunInfo info) {
  if (const std::string why = no_connector(options.so); !why.empty()) {
    return refuse(options, info, why);
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Case> all = all_cases(options.golden);
  const std::vector<Case> cases = chosen(options, all);
  if (cases.empty()) {
    return usage(options.name.empty()
                     ? "--only " + options.only +
                           ": wanted a part of a case's name, found none; "
                           "see --list"
                     : "--case " + options.name + ": wanted the name of a case; see --list");
  }
  std::vector<std::string> errors;
  Waivers waivers = Waivers::read(
      options.waivers.empty() ? waivers_beside(options.golden) : options.waivers, all, errors);
  for (const std::string& error : errors) std::cerr << error << '\n';
  if (!errors.empty()) return kUsage;

  info.release = release_of(options.so);
  const bool text = options.format == "text";
  Terminal terminal(std::cout, info, Terminal::of_stdout(), cases.size());
  if (text) terminal.begin(about(options, cases.size()));
  Progress progress;
  const std::string today = today_utc();
  progress.found = [&](Finding& finding) {
    waivers.apply(finding, today);
    if (text) terminal.found(finding);
  };
  if (text && !options.in_process) {
    progress.goes_on = [&](const std::string& name, std::size_t ended) {
      terminal.goes_on(name, ended);
    };
  }
  Subject subject(options.so, options.golden, options.seed);
  subject.set_beside(options.beside);
  const RunOptions how{options.in_process, std::chrono::milliseconds(options.timeout_ms),
                       options.jobs};
  const auto findings = run_all(cases, subject, how, progress);
  info.told = waivers.unused();
  info.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (text) terminal.end(findings);
  print(options, info, findings);
  const Counts counts = count(findings);
  if (!text) std::cerr << summary(counts) << std::endl;
  return counts.failed == 0 ? kPassed : kFailed;
}

bool read_seed(const std::string& text, std::uint64_t& seed) {
  if (text.empty()) return true;
  if (text == "random") {
    std::random_device random;
    seed = (std::uint64_t{random()} << 32) | random();
    return true;
  }
  const auto got = std::from_chars(text.data(), text.data() + text.size(), seed);
  return got.ec == std::errc() && got.ptr == text.data() + text.size();
}

constexpr const char* kFooter =
    "A case ends as pass, fail, crash, timeout, warn, skip (the manifest has no such op, or there\n"
    "are no goldens) or waived. Exit status: 0 good, 1 a case failed, 2 wrong usage or no "
    "connector.\n\n"
    "Waivers stand in conformance.toml beside the folder of goldens; each wants its reason and "
    "its\n"
    "end, as a date or as the place where it is followed up:\n"
    "  [[waiver]]\n"
    "  case = \"reply.item_missing\"\n"
    "  reason = \"the vendor names no item of a batch\"\n"
    "  until = 2027-03-01          # or: issue = \"ACME-17\"\n\n"
    "Examples:\n"
    "  tenon check build/connectors/acme.so --golden golden\n"
    "  tenon check build/connectors/acme.so --golden golden --only '^reply'\n"
    "  tenon check build/connectors/acme.so --golden golden --format html > check.html\n"
    "  tenon check build/connectors/acme.so --golden golden --seed random\n"
    "  gdb --args tenon-check acme.so --golden golden --in-process --case reply.garbage";

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Checks a connector against the Tenon contract; needs no network and no vendor.",
               "tenon check");
  app.footer(kFooter);
  app.add_option("connector", options.so, "the connector's .so");
  app.add_option("--golden", options.golden,
                 "folder with the connector's goldens; default: golden beside the .so or here");
  app.add_option("--waivers", options.waivers, "file of waivers; default: see below");
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
  app.add_option("--case", options.name, "run the case of this name");
  app.add_option("--format", options.format, "text, json, junit, tap or html")
      ->check(CLI::IsMember({"text", "json", "junit", "tap", "html"}));
  app.add_option("--jobs", options.jobs, "cases at once; default: one for each CPU, at most 8")
      ->check(CLI::Range(1u, kMaxJobs));
  auto* seed = app.add_option("--seed", options.seed_text,
                              "of the strange input: a number (default 1), or random");
  app.add_option("--reproduce", options.reproduce,
                 "run with the seed of a report; with --case that case alone")
      ->excludes(seed);
  app.add_option("--timeout-ms", options.timeout_ms, "for each case");
  app.add_flag("--in-process", options.in_process,
               "no child processes, for a debugger: a crash ends the program");
  app.add_flag("--update", options.update, "write what happens into the goldens (those of --only)");
  app.add_flag("--list", options.list, "print the names of the cases");
  app.add_flag("--transcript", options.transcript, "print what the goldens push, and nothing else");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kUsage;
  }
  const std::string& given = options.reproduce.empty() ? options.seed_text : options.reproduce;
  if (!read_seed(given, options.seed)) {
    return usage("--seed: wanted a number below 2^64, or random, found " + harmless(given));
  }
  if (options.jobs == 0) options.jobs = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  try {
    if (options.list) {
      for (const Case& test : chosen(options, all_cases(options.golden))) {
        std::cout << test.name << ": " << test.what << '\n';
      }
      return kPassed;
    }
    if (options.so.empty()) return usage("wanted the path of a connector's .so; see --help");
    if (!options.bundle.empty()) {
      const RunOptions how{options.in_process, std::chrono::milliseconds(options.timeout_ms)};
      return check_bundle(options.so, options.bundle, how);
    }
    if (options.transcript) return print_transcript(options);
    if (!options.cost.empty() || options.rounds > 0) return measure(options);
    if (options.update) return update(options);
    if (options.golden.empty()) options.golden = usual_golden(options.so);
    RunInfo info;
    info.program = own_name(argv[0]);
    info.so = options.so;
    info.golden = options.golden;
    info.against = options.beside.against;
    info.model = options.beside.model;
    info.seed = options.seed;
    info.usual_seed = kUsualSeed;
    return check(options, info);
  } catch (const std::regex_error& error) {
    return usage("--only " + options.only + ": not an expression: " + error.what());
  }
}
