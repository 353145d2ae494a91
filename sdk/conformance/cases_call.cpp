// Cases about settings and calls that make no sense: refused cleanly, whatever comes.
#include <random>

#include "conformance/case.hpp"
#include "conformance/fuzz.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallIn;
using testkit::Instance;
using testkit::StepOut;

constexpr int kRounds = 500;

void refusals(Subject& subject) {
  const std::string good = subject.settings();
  std::vector<std::string> bad{
      "", "null", "[]", "\"text\"", "{", "{\"a\":", "\xff\xfe", "7", std::string(100'000, '[')};
  std::vector<std::string> any{"{}", R"({"url":7})", R"({"url":null,"x":{}})", R"({"":""})"};
  std::mt19937_64 random(subject.seed());
  for (int i = 0; i < kRounds; ++i) any.push_back(mutated(good, random));
  for (const bool must_refuse : {true, false}) {
    for (const std::string& settings : must_refuse ? bad : any) {
      tenon_status status = TENON_OK;
      std::string explain;
      const auto instance = Instance::create(subject.table(), settings, status, explain);
      const std::string shown = settings.substr(0, 60);
      if (must_refuse && instance) fail("create: took settings that are no object: " + shown);
      if (status != TENON_OK && status != TENON_E_CONFIG) {
        fail("create: wanted E_CONFIG or OK, found " + std::string(testkit::status_name(status)) +
             " for: " + shown);
      }
      if (status != TENON_OK && explain.empty()) fail("create: refused without explain: " + shown);
    }
  }
}

void refused(const StepOut& out, const std::string& what) {
  if (out.status != TENON_E_UNSUPPORTED) {
    fail(what + ": wanted E_UNSUPPORTED, found " + std::string(testkit::status_name(out.status)));
  }
  if (!out.violations.empty()) fail(what + ": " + out.violations.front());
}

void unknown(Subject& subject) {
  const auto instance = subject.instance(subject.settings());
  for (const char* action : {"", "no_such_action", "SEND", "../send", "\xff"}) {
    CallIn call;
    call.action = action;
    call.records.push_back({"evt_0", "track", "{}", "", 1, 0});
    if ((subject.facts().ops & TENON_OP_DELIVER) != 0) {
      refused(instance->step(call), "action \"" + std::string(action) + "\"");
    }
  }
  for (std::uint32_t op : {0u, 1u, 2u, 4u, 8u, 16u, 3u, 32u, 0xffffffffu}) {
    if ((op & (op - 1)) == 0 && (subject.facts().ops & op) != 0) continue;
    CallIn call;
    call.op = op;
    refused(instance->step(call), "op " + std::to_string(op));
  }
  if (subject.table().extension({"tenon.none/1", 12}) != nullptr) {
    fail("extension: gave a table for an id that is none");
  }
}

// A step in the middle of a call that never began, with a state that is not ours.
void strange_calls(Subject& subject) {
  const auto instance = subject.instance(subject.settings());
  std::mt19937_64 random(subject.seed());
  for (const auto& action : subject.facts().actions) {
    for (int i = 0; i < kRounds; ++i) {
      CallIn call;
      call.action = action.name;
      call.step = static_cast<std::uint32_t>(random() % 4);
      call.state = noise(random, 40);
      for (std::uint64_t n = random() % 4; n > 0; --n) {
        const std::string id = "evt_" + std::to_string(random() % 1000);
        call.records.push_back({id, "track", strange_json(random), noise(random, 8), 1, 0});
      }
      for (std::uint64_t n = random() % 3; n > 0; --n)
        call.replies.push_back(strange_reply(random));
      const StepOut out = instance->step(call);
      if (!out.violations.empty()) fail(action.name + ": " + out.violations.front());
    }
  }
}

// A webhook of any bytes: the host has proven who sent it, not what.
void strange_webhooks(Subject& subject) {
  if ((subject.facts().ops & TENON_OP_WEBHOOK) == 0) return;
  const auto instance = subject.instance(subject.settings());
  std::mt19937_64 random(subject.seed());
  std::vector<std::string> bodies{"", "null", "[]", "[[]]", "{}", "[{}]", "\xff"};
  for (const testkit::Golden& golden : subject.goldens()) {
    if (golden.call.inbound) bodies.push_back(golden.call.inbound->body);
  }
  for (int i = 0; i < kRounds; ++i) {
    CallIn call;
    call.op = TENON_OP_WEBHOOK;
    call.inbound.emplace();
    call.inbound->body = bodies[static_cast<std::size_t>(random() % bodies.size())];
    if (i >= static_cast<int>(bodies.size())) {
      call.inbound->body = mutated(std::move(call.inbound->body), random);
    }
    const StepOut out = instance->step(call);
    if (!out.violations.empty()) fail("webhook: " + out.violations.front());
    if (instance->step(call) != out) fail("webhook: the same one gave other pushes");
  }
}

// A host that takes nothing must be believed.
void full_host(Subject& subject) {
  testkit::Bounds none;
  none.requests_per_record = none.requests_extra = 0;
  for (const testkit::Golden& golden : subject.goldens()) {
    if (golden.steps.empty()) continue;
    const auto instance = subject.instance(golden.settings);
    const StepOut out = instance->step(golden.call, none);
    if (out.status != TENON_E_LIMIT) {
      fail(golden.name + ": the host took no request; wanted E_LIMIT, found " +
           std::string(testkit::status_name(out.status)));
    }
    if (!out.violations.empty()) fail(golden.name + ": " + out.violations.front());
  }
}

}  // namespace

std::vector<Case> call_cases() {
  return {
      {"instance.refusals", "unusable settings are refused with E_CONFIG and a reason", refusals},
      {"call.unknown", "unknown ops, actions and extensions are refused cleanly", unknown},
      {"call.strange", "records, states and replies of any shape do no harm", strange_calls},
      {"call.strange_webhooks", "webhooks of any bytes do no harm", strange_webhooks},
      {"call.full_host", "a host that takes no request gets E_LIMIT back", full_host},
  };
}

}  // namespace tenon::conformance
