// Cases about hostile replies: no success out of a failure, and no harm from garbage.
#include <algorithm>
#include <functional>
#include <set>

#include "conformance/case.hpp"
#include "conformance/fuzz.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::ReplyIn;

constexpr int kGarbagePerGolden = 300;

bool is_yes(const ReplyIn& reply) {
  return reply.got == TENON_GOT_HTTP && reply.status >= 200 && reply.status < 300;
}

std::set<std::uint32_t> accepted(const CallOut& out) {
  std::set<std::uint32_t> indexes;
  for (const testkit::OutcomeOut& outcome : out.outcomes) {
    if (outcome.verdict == TENON_ACCEPTED || outcome.verdict == TENON_DUPLICATE) {
      indexes.insert(outcome.index);
    }
  }
  return indexes;
}

// What each request covered, by its place in the script.
std::set<std::uint32_t> covered(const CallOut& out, std::size_t step, std::size_t index) {
  if (step >= out.steps.size() || index >= out.steps[step].requests.size()) return {};
  const auto& covers = out.steps[step].requests[index].covers;
  return {covers.begin(), covers.end()};
}

CallOut run_changed(Subject& subject, const Golden& golden, std::size_t step, std::size_t index,
                    const std::function<void(ReplyIn&)>& change) {
  const auto instance = subject.instance(golden.settings);
  return run_golden(*instance, golden, [&](std::size_t s, std::size_t i, ReplyIn& reply) {
    if (s == step && i == index) change(reply);
  });
}

// Calls `visit` for each positive reply in the goldens that made a record count as done.
using Visit = std::function<void(const Golden&, const CallOut&, std::size_t, std::size_t)>;
void each_success(Subject& subject, const Visit& visit) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut out = run_golden(*instance, golden);
    for (std::size_t s = 0; s < golden.steps.size(); ++s) {
      for (std::size_t i = 0; i < golden.steps[s].size(); ++i) {
        if (is_yes(golden.steps[s][i].reply)) visit(golden, out, s, i);
      }
    }
  }
}

struct Corruption {
  const char* name;
  bool of_body;  // pointless where a vendor's body means nothing
  void (*apply)(ReplyIn&);
};

void no_answer(ReplyIn& reply, std::uint32_t got) {
  reply.got = got;
  reply.status = 0;
  reply.headers.clear();
  reply.body.clear();
}

const Corruption kCorruptions[] = {
    {"status 500", false, [](ReplyIn& reply) { reply.status = 500; }},
    {"status 400", false, [](ReplyIn& reply) { reply.status = 400; }},
    {"status 302", false, [](ReplyIn& reply) { reply.status = 302; }},
    {"status 429", false, [](ReplyIn& reply) { reply.status = 429; }},
    {"status 0", false, [](ReplyIn& reply) { reply.status = 0; }},
    {"a timeout", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_TIMEOUT); }},
    {"a lost answer", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_LOST); }},
    {"no connection", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_NO_CONNECTION); }},
    {"an unknown fate", false, [](ReplyIn& reply) { reply.got = 4711; }},
    {"a web page", true,
     [](ReplyIn& reply) {
       reply.headers = {{"content-type", "text/html"}};
       reply.body = "<!doctype html><html><body>Sign in</body></html>";
     }},
    {"an empty body", true, [](ReplyIn& reply) { reply.body.clear(); }},
    {"an empty object", true, [](ReplyIn& reply) { reply.body = "{}"; }},
    {"half a body", true, [](ReplyIn& reply) { reply.body.resize(reply.body.size() / 2); }},
    {"a body without its last byte", true,
     [](ReplyIn& reply) { reply.body.resize(reply.body.empty() ? 0 : reply.body.size() - 1); }},
    {"null", true, [](ReplyIn& reply) { reply.body = "null"; }},
};

void no_success_from_failure(Subject& subject) {
  each_success(
      subject, [&](const Golden& golden, const CallOut& out, std::size_t s, std::size_t i) {
        for (const Corruption& corruption : kCorruptions) {
          if (corruption.of_body && !golden.body_ignored.empty()) continue;
          const auto still = accepted(run_changed(subject, golden, s, i, corruption.apply));
          for (const std::uint32_t index : covered(out, s, i)) {
            if (still.count(index) != 0) {
              fail(golden.name + ": record " + std::to_string(index) +
                   " is accepted although its reply became " + corruption.name);
            }
          }
        }
      });
}

// Every array of objects in the reply that may be a list of results: the body itself, or below
// objects alone. An array inside of another's items tells about one item.
void each_list(
    const Json& body,
    const std::function<void(const Json::json_pointer&, const std::string&, std::size_t)>& visit,
    const Json::json_pointer& place = Json::json_pointer(), const std::string& name = "the body") {
  if (body.is_array() && !body.empty() && body[0].is_object()) visit(place, name, body.size());
  if (!body.is_object()) return;
  for (const auto& [own, value] : body.items()) each_list(value, visit, place / own, own);
}

void item_missing(Subject& subject) {
  each_success(
      subject, [&](const Golden& golden, const CallOut& out, std::size_t s, std::size_t i) {
        if (!golden.body_ignored.empty()) return;
        // What a look-up does not find may well be created, and accepted for that.
        const bool asked = s < out.steps.size() && i < out.steps[s].requests.size();
        if (asked && out.steps[s].requests[i].effect == TENON_EFFECT_READ) return;
        const Json body = Json::parse(golden.steps[s][i].reply.body, nullptr, false);
        const auto before = accepted(out);
        each_list(body, [&](const auto& place, const std::string& name, std::size_t size) {
          if (name == "errors" || before.empty()) return;
          for (std::size_t gone = 0; gone < size; ++gone) {
            const auto after = accepted(run_changed(subject, golden, s, i, [&](ReplyIn& reply) {
              Json changed = body;
              changed[place].erase(gone);
              reply.body = changed.dump();
            }));
            if (size <= before.size() && after.size() >= before.size()) {
              fail(golden.name + ": item " + std::to_string(gone) + " of " + name +
                   " was taken out, and as many records as before are accepted");
            }
            if (!std::includes(before.begin(), before.end(), after.begin(), after.end())) {
              fail(golden.name + ": item " + std::to_string(gone) + " of " + name +
                   " was taken out, and another record became accepted");
            }
          }
        });
      });
}

void order_changed(Subject& subject) {
  each_success(
      subject, [&](const Golden& golden, const CallOut& out, std::size_t s, std::size_t i) {
        if (!golden.body_ignored.empty()) return;
        const Json body = Json::parse(golden.steps[s][i].reply.body, nullptr, false);
        each_list(body, [&](const auto& place, const std::string& name, std::size_t) {
          const CallOut turned = run_changed(subject, golden, s, i, [&](ReplyIn& reply) {
            Json changed = body;
            std::reverse(changed[place].begin(), changed[place].end());
            reply.body = changed.dump();
          });
          if (turned.outcomes != out.outcomes) {
            fail(golden.name + ": other outcomes when " + name + " comes in another order");
          }
        });
      });
}

// Garbage may make records fail, never succeed: only replies that the vendor meant as a yes may.
void garbage(Subject& subject) {
  Random random(subject.seed());
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    for (int round = 0; round < kGarbagePerGolden && !golden.steps.empty(); ++round) {
      bool any_yes = false;
      const CallOut out =
          run_golden(*instance, golden, [&](std::size_t, std::size_t, ReplyIn& reply) {
            reply = mutated(std::move(reply), random);
            any_yes = any_yes || is_yes(reply);
          });
      if (const auto broken = out.violations(); !broken.empty()) {
        fail(golden.name + ", round " + std::to_string(round) + ": " + broken.front());
      }
      if (!any_yes && !accepted(out).empty()) {
        fail(golden.name + ", round " + std::to_string(round) +
             ": a record is accepted although no reply was a yes");
      }
    }
  }
}

}  // namespace

std::vector<Case> reply_cases() {
  return {
      {"reply.no_success_from_failure", "a yes that turns bad accepts none of its records",
       no_success_from_failure},
      {"reply.item_missing", "a record whose item is missing is not accepted", item_missing},
      {"reply.order_changed", "items are matched by what they say, not by place", order_changed},
      {"reply.garbage", "hundreds of mutated replies do no harm and win nothing", garbage},
  };
}

}  // namespace tenon::conformance
