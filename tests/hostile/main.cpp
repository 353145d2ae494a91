// hostile_tests: hostile connectors against the sandbox, against nothing, and against sandboxes
// that lack a layer. See README.md.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hostile/mutants.hpp"
#include "hostile/outer.hpp"
#include "hostile/report.hpp"

namespace hostile {
namespace {

using tenon::Result;

const std::string kSkipped = "skipped ";

struct Arguments {
  std::string only;   // a case's name; empty: all
  std::string junit;  // a file
  bool mutants = true;
  bool texts = false;  // tells what each deed at the event ended with, in words
};

bool wanted(const Arguments& arguments, const Case& one) {
  return arguments.only.empty() || arguments.only == one.name;
}

// What the sweep for a host that is root came to; it has walls of its own.
struct RootSweep {
  std::vector<Run> runs;
  std::string skipped;
};

void run_controls(const Arguments& arguments, Stage& stage, Report& report) {
  for (const auto& one : cases()) {
    if (!wanted(arguments, one)) continue;
    Control control;
    control.one = &one;
    control.tried = !one.control.starts_with("-");
    if (control.tried) {
      stage.reset();
      const std::string file = stage.file_for(one, one.late ? "late" : "event");
      control.ended = run_control(one, stage.program("hostile-control"), file);
    }
    report.controls.push_back(control);
  }
}

void run_level(const Arguments& arguments, Stage& stage, Level level, Report& report) {
  Sandboxed::Options options;
  options.level = level;
  options.worker = stage.program("tenon-worker");
  options.spawner = stage.program("tenon-spawner");
  Sandboxed sandbox(options);
  if (const std::string why = sandbox.unable(); !why.empty()) {
    report.skipped.push_back("level " + std::string(name_of(level)) + ": " + why);
    return;
  }
  stage.reset();
  for (const auto& one : cases()) {
    if (!wanted(arguments, one) || (level == Level::root && !is_for_kernel(one))) continue;
    for (const bool at_load : {false, true}) {
      if ((at_load ? one.load : one.event).empty()) continue;
      Run run;
      run.one = &one;
      run.level = level;
      run.at_load = at_load;
      run.ended = sandbox.run(one,
                              stage.file_for(one, at_load    ? "load"
                                                  : one.late ? "late"
                                                             : "event"),
                              at_load);
      run.host_lives = stage.host_lives();
      if (!run.contained()) stage.reset();
      if (arguments.texts) {
        std::printf("%s%s: %s\n", std::string(one.name).c_str(), at_load ? " at load" : "",
                    run.ended.text.c_str());
      }
      report.runs.push_back(std::move(run));
    }
  }
}

// All it has to say goes into the file: what it saw, or why it saw nothing.
int sweep_as_root(const Arguments& arguments, const Programs& programs, int out) {
  Stage stage(programs);
  Report report;
  run_level(arguments, stage, Level::root, report);
  std::string said = lines_of(report.runs);
  for (const auto& why : report.skipped) said += kSkipped + why + "\n";
  for (std::size_t at = 0; at < said.size();) {
    const ssize_t wrote = ::write(out, said.data() + at, said.size() - at);
    if (wrote <= 0) return 2;
    at += static_cast<std::size_t>(wrote);
  }
  return 0;
}

Result<RootSweep> root_sweep(const Arguments& arguments, const Programs& programs) {
  RootSweep sweep;
  if (::geteuid() != 0) {
    sweep.skipped = "level root: the suite does not run as root here";
    return sweep;
  }
  // A file, as nobody reads while it runs.
  const int out = ::memfd_create("root-sweep", MFD_CLOEXEC);
  const int status =
      run_inside_walls_as_root([&] { return sweep_as_root(arguments, programs, out); });
  std::string said(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(out, 0, SEEK_END))), '\0');
  const bool all = ::pread(out, said.data(), said.size(), 0) == static_cast<ssize_t>(said.size());
  ::close(out);
  if (status != 0 || !all) return tenon::unavailable("the sweep for a host that is root failed");
  if (said.starts_with(kSkipped)) {
    sweep.skipped = said.substr(kSkipped.size(), said.find('\n') - kSkipped.size());
  } else {
    sweep.runs = runs_of(said);
  }
  return sweep;
}

int run_all(const Arguments& arguments, const Programs& programs, const RootSweep& sweep,
            int junit) {
  if (::geteuid() == 0) {
    std::fputs("hostile_tests: still root inside the walls\n", stderr);
    return 2;
  }
  Stage stage(programs);
  Report report;
  run_controls(arguments, stage, report);
  for (const Level level : kLevels) run_level(arguments, stage, level, report);
  report.runs.insert(report.runs.end(), sweep.runs.begin(), sweep.runs.end());
  if (!sweep.skipped.empty()) report.skipped.push_back(sweep.skipped);
  if (arguments.mutants) run_mutants(stage, report);
  std::fputs(report.table().c_str(), stdout);
  if (junit >= 0) {
    const std::string xml = report.junit();
    if (::write(junit, xml.data(), xml.size()) != static_cast<ssize_t>(xml.size())) return 2;
  }
  std::printf("hostile: %s\n", report.line().c_str());
  return report.passed() ? 0 : 1;
}

}  // namespace
}  // namespace hostile

// A killed sandbox must not look like a leak of the runner's; it is process 1 of its namespace,
// where the leak checker cannot trace it.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

int main(int argc, char** argv) {
  hostile::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--case="))
      arguments.only = word.substr(7);
    else if (word.starts_with("--junit="))
      arguments.junit = word.substr(8);
    else if (word == "--no-mutants")
      arguments.mutants = false;
    else if (word == "--texts")
      arguments.texts = true;
    else {
      std::fputs("usage: hostile_tests [--case=NAME] [--junit=FILE] [--no-mutants] [--texts]\n",
                 stderr);
      return 2;
    }
  }
  std::vector<std::string> names = {"hostile.so", "hostile_ifunc.so", "hostile-control",
                                    "tenon-worker", "tenon-spawner"};
  for (const auto& mutant : hostile::mutant_workers()) names.push_back(mutant);
  const auto programs = hostile::Programs::read(TENON_BINARY_DIR, names);
  int junit = -1;
  if (!arguments.junit.empty()) {
    junit = ::open(arguments.junit.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    if (junit < 0) {
      std::fprintf(stderr, "hostile_tests: %s: %s\n", arguments.junit.c_str(),
                   std::strerror(errno));
      return 2;
    }
  }
  const auto sweep = hostile::root_sweep(arguments, programs);
  if (!sweep) {
    std::fprintf(stderr, "hostile_tests: %s\n", sweep.error().text().c_str());
    return 2;
  }
  return hostile::run_inside_walls(
      [&] { return hostile::run_all(arguments, programs, *sweep, junit); });
}
