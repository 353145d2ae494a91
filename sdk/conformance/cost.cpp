// cost: goldens run many times, and once more under callgrind.
#include "conformance/cost.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <optional>
#include <ostream>
#include <vector>

namespace tenon::conformance {
namespace {

using testkit::Golden;
using testkit::Json;

constexpr unsigned kRuns = 5, kRoundsOfRun = 40;
constexpr unsigned kFewRounds = 1, kMoreRounds = 11;  // the difference leaves out the start

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e6 + double(now.tv_nsec) / 1e3;
}

// How many events a golden is about; 0: it is none that maps any.
std::size_t events_of(const Golden& golden) {
  switch (golden.call.op) {
    case TENON_OP_DELIVER: return golden.call.records.size();
    case TENON_OP_PULL: return golden.emits.size();
    case TENON_OP_WEBHOOK: return golden.emits.size();
    default: return 0;
  }
}

double median_us(Subject& subject, const Golden& golden) {
  const auto instance = subject.instance(golden.settings);
  run_golden(*instance, golden);
  std::vector<double> runs;
  for (unsigned run = 0; run < kRuns; ++run) {
    const double begin = cpu_us();
    for (unsigned i = 0; i < kRoundsOfRun; ++i) run_golden(*instance, golden);
    runs.push_back((cpu_us() - begin) / kRoundsOfRun);
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  return runs[kRuns / 2];
}

// What callgrind says of so many rounds in a process of their own; none: it did not run.
std::optional<std::uint64_t> instructions_of(Subject& subject, unsigned rounds) {
  std::array<char, 4096> self{};
  if (readlink("/proc/self/exe", self.data(), self.size() - 1) <= 0) return std::nullopt;
  std::vector<std::string> words{"valgrind",
                                 "--tool=callgrind",
                                 "--callgrind-out-file=/dev/null",
                                 self.data(),
                                 subject.so(),
                                 "--golden",
                                 subject.golden_folder(),
                                 "--rounds",
                                 std::to_string(rounds)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  pid_t child = 0;
  const int error = posix_spawnp(&child, "valgrind", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 1;
  if (error != 0 || waitpid(child, &status, 0) != child || status != 0) return std::nullopt;
  const std::size_t at = text.find("Collected :");
  return at == std::string::npos ? std::nullopt : std::optional(std::stoull(text.substr(at + 11)));
}

}  // namespace

void run_rounds(Subject& subject, unsigned rounds) {
  for (const Golden& golden : subject.goldens()) {
    if (events_of(golden) == 0) continue;
    const auto instance = subject.instance(golden.settings);
    for (unsigned i = 0; i < rounds; ++i) run_golden(*instance, golden);
  }
}

bool write_cost(Subject& subject, const std::string& file, std::ostream& out) {
  Json goldens = Json::object();
  double all_us = 0;
  std::size_t all_events = 0;
  for (const Golden& golden : subject.goldens()) {
    const std::size_t events = events_of(golden);
    if (events == 0) continue;
    const double us = median_us(subject, golden);
    goldens[golden.name] = {{"events", events}, {"us_per_event", us / double(events)}};
    all_us += us;
    all_events += events;
  }
  if (all_events == 0) throw Skip{"no golden maps an event"};
  Json cost{{"connector", subject.facts().id},
            {"version", subject.facts().version},
            {"events", all_events},
            {"us_per_event", all_us / double(all_events)}};
  out << "cost: " << all_us / double(all_events) << " us of CPU for each event";
  const auto few = instructions_of(subject, kFewRounds);
  const auto more = instructions_of(subject, kMoreRounds);
  if (few && more) {
    const std::uint64_t each = (*more - *few) / (kMoreRounds - kFewRounds) / all_events;
    cost["instructions_per_event"] = each;
    out << ", " << each << " instructions";
  } else {
    out << "; instructions are not counted, since valgrind did not run";
  }
  out << std::endl;
  cost["goldens"] = goldens;
  std::ofstream to(file);
  to << cost.dump(2) << '\n';
  return static_cast<bool>(to.flush());
}

}  // namespace tenon::conformance
