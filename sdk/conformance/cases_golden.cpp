// Cases over the goldens: they hold, always the same, and account for every record.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "conformance/case.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;

void all_readable(Subject& subject) { subject.goldens(); }

void holds(Subject& subject, const std::string& file) {
  Golden golden;
  std::string error;
  if (!testkit::read_golden(file, golden, error)) fail(error);
  const auto instance = subject.instance(golden.settings);
  const auto differences = testkit::differences(golden, run_golden(*instance, golden));
  if (differences.empty()) return;
  fail(file +
       (differences.size() == 1 ? ": one difference\n"
                                : ": " + std::to_string(differences.size()) + " differences\n") +
       testkit::shown(differences));
}

void same_again(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut first = run_golden(*instance, golden);
    for (int i = 0; i < 10; ++i) {
      if (run_golden(*instance, golden) != first) {
        fail(golden.name + ": the same call gave other pushes the second time");
      }
    }
  }
}

void same_elsewhere(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto first = subject.instance(golden.settings);
    const CallOut out = run_golden(*first, golden);
    const auto second = subject.instance(golden.settings);
    if (run_golden(*second, golden) != out) {
      fail(golden.name + ": another instance gave other pushes");
    }
  }
}

// Fills the stack below the caller, where the next functions will have what they never set.
__attribute__((noinline)) void dirty_stack(int byte) {
  volatile unsigned char room[64 * 1024];
  for (volatile unsigned char& one : room) one = static_cast<unsigned char>(byte);
}

void same_on_dirty_stack(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    dirty_stack(0);
    const CallOut out = run_golden(*instance, golden);
    for (const int byte : {0x55, 0xff}) {
      dirty_stack(byte);
      if (run_golden(*instance, golden) == out) continue;
      fail(golden.name +
           ": other bytes on the stack before the call gave other pushes; a variable "
           "is read before it is set");
    }
  }
}

// Everything that the program prints with `--transcript`, in the environment given.
std::string transcripts_of_child(Subject& subject, std::vector<std::string> environment) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe: no file descriptor left");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> words{"tenon-check", subject.so(), "--golden", subject.golden_folder(),
                                 "--transcript"};
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& line : environment) envp.push_back(line.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  std::array<char, 65536> part;
  for (ssize_t got = 0; error == 0 && (got = read(ends[0], part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child || status != 0) {
    fail("another process did not come to an end as this one did");
  }
  return text;
}

void same_in_other_process(Subject& subject) {
  const std::string here = transcripts(subject);
  // Other time zone, language, fill of fresh memory; addresses differ by themselves.
  const std::string there =
      transcripts_of_child(subject, {"TZ=Pacific/Chatham", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8",
                                     "MALLOC_PERTURB_=165", "HOME=/nonexistent", "USER=nobody"});
  if (here != there) fail("another process with other TZ, LANG and memory gave other pushes");
}

// A record that counts as done must have been in a request, or have needed none.
void every_record_once(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut out = run_golden(*instance, golden);
    if (const auto broken = out.violations(); !broken.empty()) {
      fail(golden.name + ": " + broken.front());
    }
    std::set<std::uint32_t> covered;
    for (const testkit::StepOut& step : out.steps) {
      for (const testkit::RequestOut& request : step.requests) {
        covered.insert(request.covers.begin(), request.covers.end());
      }
    }
    for (const testkit::OutcomeOut& outcome : out.outcomes) {
      const bool done = outcome.verdict == TENON_ACCEPTED || outcome.verdict == TENON_DUPLICATE;
      if (done && covered.count(outcome.index) == 0) {
        fail(golden.name + ": record " + std::to_string(outcome.index) + " is " +
             std::string(testkit::verdict_name(outcome.verdict)) + ", but no request covers it");
      }
      if (outcome.verdict == TENON_SKIPPED && covered.count(outcome.index) != 0) {
        fail(golden.name + ": record " + std::to_string(outcome.index) +
             " is skipped, but a request covers it");
      }
    }
  }
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void names_declared(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    for (const testkit::StepOut& step : run_golden(*instance, golden).steps) {
      for (const testkit::RequestOut& request : step.requests) {
        const auto endpoint = std::find_if(
            facts.endpoints.begin(), facts.endpoints.end(),
            [&](const ManifestFacts::Endpoint& one) { return one.name == request.endpoint; });
        if (endpoint == facts.endpoints.end()) {
          fail(golden.name + ": endpoint " + request.endpoint + " is not in the manifest");
        }
        if (!has(endpoint->methods, request.method)) {
          fail(golden.name + ": method " + request.method + " of endpoint " + request.endpoint +
               " is not in the manifest");
        }
        if (!request.bucket.empty() && !has(facts.buckets, request.bucket)) {
          fail(golden.name + ": bucket " + request.bucket + " is not in the manifest");
        }
        for (const testkit::SecretOut& secret : request.secrets) {
          if (!has(facts.slots, secret.slot)) {
            fail(golden.name + ": slot " + secret.slot + " is not in the manifest");
          }
        }
      }
    }
  }
}

}  // namespace

std::vector<Case> golden_cases(const std::string& golden_folder) {
  std::vector<Case> cases{{"golden.readable", "each golden says what it wants", all_readable}};
  std::vector<std::string> ignored;  // told by the case above
  for (const Golden& golden : testkit::read_goldens(golden_folder, ignored)) {
    cases.push_back({"golden." + golden.name, golden.title,
                     [file = golden.file](Subject& subject) { holds(subject, file); }});
  }
  const std::vector<Case> about_all{
      {"names.declared", "endpoints, methods, buckets and slots stand in the manifest",
       names_declared},
      {"determinism.same_instance", "the same call gives the same pushes, ten times", same_again},
      {"determinism.new_instance", "so does another instance", same_elsewhere},
      {"determinism.other_process", "so does another process with other TZ, LANG, memory",
       same_in_other_process},
      {"determinism.stack", "so does a stack with other bytes on it", same_on_dirty_stack,
       "what was never set is another thing in each worker"},
      {"conservation.every_record", "each record has one outcome that a request supports",
       every_record_once},
  };
  cases.insert(cases.end(), about_all.begin(), about_all.end());
  return cases;
}

}  // namespace tenon::conformance
