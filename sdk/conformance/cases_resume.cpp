// Cases about what is between two steps: only what was given to suspend.
#include <set>

#include "conformance/case.hpp"
#include "conformance/child.hpp"
#include "conformance/fuzz.hpp"
#include "conformance/walk.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallIn;
using testkit::Golden;
using testkit::Json;
using testkit::StepOut;

constexpr std::size_t kMostCuts = 64;
constexpr std::size_t kLargeState = TENON_MAX_STATE_BYTES;

std::string line_of(const StepOut& step) {
  return to_json(step).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string in_hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string of_hex(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return out;
}

// A whole call in a process of its own: of each step its pushes as text, and what the next needs.
Json uninterrupted(Subject& subject, const Golden& golden) {
  return Json::parse(in_child([&] {
    const auto instance = subject.instance(golden.settings);
    Json steps = Json::array();
    for (const StepOut& step :
         walk(golden, [&](const CallIn& call) { return instance->step(call); })) {
      Json tags = Json::array();
      for (const auto& request : step.requests) tags.push_back(request.tag);
      steps.push_back({{"line", line_of(step)}, {"state", in_hex(step.state)}, {"tags", tags}});
    }
    return steps.dump();
  }));
}

void every_step(Subject& subject) {
  subject.goldens();
  subject.elf();  // read before, so that each child begins with it, and with nothing else
  for (const Golden& golden : subject.goldens()) {
    const Json steps = uninterrupted(subject, golden);
    for (std::size_t k = 1; k < steps.size(); ++k) {
      StepOut before;
      before.state = of_hex(steps[k - 1]["state"]);
      for (const Json& tag : steps[k - 1]["tags"]) {
        before.requests.emplace_back().tag = tag.get<std::uint32_t>();
      }
      CallIn call = golden.call;
      call.step = static_cast<std::uint32_t>(k - 1);
      call = next_call(golden, call, before);
      const std::string found =
          in_child([&] { return line_of(subject.instance(golden.settings)->step(call)); });
      if (found == steps[k]["line"].get<std::string>()) continue;
      fail(golden.name + ", step " + std::to_string(k) +
           ": wanted the same pushes after the worker was killed before it, found others\n" +
           "    uninterrupted  " + steps[k]["line"].get<std::string>() + "\n    resumed        " +
           found);
    }
  }
}

// Every call of a step that got a state, in any golden.
std::vector<std::pair<const Golden*, CallIn>> later_calls(Subject& subject) {
  std::vector<std::pair<const Golden*, CallIn>> calls;
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    walk(golden, [&](const CallIn& call) {
      if (call.step > 0) calls.emplace_back(&golden, call);
      return instance->step(call);
    });
  }
  return calls;
}

std::string shown_state(const std::string& state) {
  return std::to_string(state.size()) + " bytes, in hex " + in_hex(state.substr(0, 24)) +
         (state.size() > 24 ? "..." : "");
}

void strange_states(Subject& subject) {
  Random random(subject.seed());
  const auto calls = later_calls(subject);
  for (const auto& [golden, call] : calls) {
    std::vector<std::string> states{"",
                                    "\0",
                                    std::string(8, '\0'),
                                    "\xff\xff\xff\xff",
                                    std::string(kLargeState, 'A'),
                                    call.state + "x"};
    for (std::size_t cut = 0; cut < std::min(call.state.size(), kMostCuts); ++cut) {
      states.push_back(call.state.substr(0, call.state.size() * cut / kMostCuts));
    }
    for (int i = 0; i < 40; ++i) states.push_back(noise(random, 80));
    for (int i = 0; i < 40; ++i) states.push_back(mutated(call.state, random));
    const auto instance = subject.instance(golden->settings);
    for (const std::string& state : states) {
      CallIn changed = call;
      changed.state = state;
      const StepOut out = instance->step(changed);
      if (!out.violations.empty()) {
        fail(golden->name + ", step " + std::to_string(call.step) + ", with a state of " +
             shown_state(state) + ": " + out.violations.front());
      }
    }
  }
}

// What is plainly not ours is refused; or it is not looked at, and then it changes nothing.
void foreign_states(Subject& subject) {
  bool any = false;
  for (const auto& [golden, call] : later_calls(subject)) {
    if (call.state.empty()) continue;
    any = true;
    const auto instance = subject.instance(golden->settings);
    const StepOut own = instance->step(call);
    for (const std::string& state :
         {std::string(), std::string("another release's state, version 4711"),
          std::string(call.state.size(), '\x7f'), call.state.substr(0, call.state.size() / 2)}) {
      if (state == call.state) continue;
      CallIn changed = call;
      changed.state = state;
      const StepOut out = instance->step(changed);
      if (out.status != TENON_OK || out == own) continue;
      fail(golden->name + ", step " + std::to_string(call.step) +
           ": wanted E_INPUT for a state that is not ours, found ok, and other pushes than with " +
           "its own; the state: " + shown_state(state));
    }
  }
  if (!any) throw Skip{"no golden has a state"};
}

}  // namespace

std::vector<Case> resume_cases() {
  return {
      {"resume.every_step", "each step in a process of its own gives the same call", every_step,
       "a worker may die or be replaced between two steps; the rest of the call would be wrong"},
      {"state.strange", "states of any bytes do no harm", strange_states,
       "a state may come from another release, and a crash there costs the call"},
      {"state.foreign", "a state that is not ours is refused", foreign_states,
       "a guess from a foreign state ends records in a way that nobody has told"},
  };
}

}  // namespace tenon::conformance
