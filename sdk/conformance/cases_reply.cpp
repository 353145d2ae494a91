// Cases about replies that lie or fail: no success comes out of them.
#include <algorithm>
#include <functional>
#include <set>

#include "conformance/case.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::ReplyIn;

void no_success_from_failure(Subject& subject) {
  each_success(
      subject, [&](const Golden& golden, const CallOut& out, std::size_t s, std::size_t i) {
        for (const Corruption& corruption : corruptions()) {
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

void error_inside(Subject& subject) {
  each_success(subject, [&](const Golden& golden, const CallOut& out, std::size_t s,
                            std::size_t i) {
    if (!golden.body_ignored.empty()) return;
    for (const std::string& body : errors_inside()) {
      const auto still =
          accepted(run_changed(subject, golden, s, i, [&](ReplyIn& reply) { reply.body = body; }));
      for (const std::uint32_t index : covered(out, s, i)) {
        if (still.count(index) != 0) {
          fail(golden.name + ": record " + std::to_string(index) +
               " is accepted although its reply became " + body);
        }
      }
    }
  });
}

// The same value, but nobody's: every text and number in it is another.
Json foreign(const Json& item) {
  if (item.is_string()) return item.get<std::string>() + "-of-nobody";
  if (item.is_number()) return 987'654'321;
  if (!item.is_structured()) return item;
  Json other = item;
  for (Json& value : other) value = foreign(value);
  return other;
}

// A list is proof of what was accepted if without all of its items less is. A list of refusals is
// none; and who never looks at the list is caught by a reply that has lost it.
bool is_proof(Subject& subject, const Golden& golden, std::size_t step, std::size_t index,
              const Json& body, const Json::json_pointer& place,
              const std::set<std::uint32_t>& before) {
  const auto without = accepted(run_changed(subject, golden, step, index, [&](ReplyIn& reply) {
    Json changed = body;
    changed[place] = Json::array();
    reply.body = changed.dump();
  }));
  return without.size() < before.size();
}

// Takes items out of the lists of a reply, or puts foreign ones in their place: whose item is not
// there cannot be accepted, and nobody else may be for that.
void item_changed(Subject& subject, const char* what,
                  const std::function<void(Json& list, std::size_t at)>& change) {
  each_success(
      subject, [&](const Golden& golden, const CallOut& out, std::size_t s, std::size_t i) {
        if (!golden.body_ignored.empty()) return;
        // What a look-up does not find may well be created, and accepted for that.
        const bool asked = s < out.steps.size() && i < out.steps[s].requests.size();
        if (asked && out.steps[s].requests[i].effect == TENON_EFFECT_READ) return;
        const Json body = Json::parse(golden.steps[s][i].reply.body, nullptr, false);
        const auto before = accepted(out);
        each_list(body, [&](const auto& place, const std::string& name, std::size_t size) {
          if (before.empty() || !is_proof(subject, golden, s, i, body, place, before)) return;
          for (std::size_t at = 0; at < size; ++at) {
            const auto after = accepted(run_changed(subject, golden, s, i, [&](ReplyIn& reply) {
              Json changed = body;
              change(changed[place], at);
              reply.body = changed.dump();
            }));
            const std::string told = golden.name + ": item " + std::to_string(at) + " of " + name +
                                     " was " + what + ", and ";
            if (size <= before.size() && after.size() >= before.size()) {
              fail(told + "as many records as before are accepted");
            }
            if (!std::includes(before.begin(), before.end(), after.begin(), after.end())) {
              fail(told + "another record became accepted");
            }
          }
        });
      });
}

void item_missing(Subject& subject) {
  item_changed(subject, "taken out", [](Json& list, std::size_t at) { list.erase(at); });
}

void item_foreign(Subject& subject) {
  item_changed(subject, "made one of nobody",
               [](Json& list, std::size_t at) { list[at] = foreign(list[at]); });
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

}  // namespace

std::vector<Case> reply_cases() {
  return {
      {"reply.no_success_from_failure", "a yes that turns bad accepts none of its records",
       no_success_from_failure,
       "a record that was never written would count as delivered, and nobody would look again"},
      {"reply.error_inside", "an error inside of a 200 accepts nothing", error_inside,
       "many vendors say no with status 200; the record would count as delivered"},
      {"reply.item_missing", "a record whose item is missing is not accepted", item_missing,
       "vendors leave out what they dropped; the record would count as delivered"},
      {"reply.item_foreign", "an item of nobody is not taken for a record's own", item_foreign,
       "as many items as records prove nothing; the one that is not named would be lost"},
      {"reply.order_changed", "items are matched by what they say, not by place", order_changed,
       "no vendor promises the order; one record would get the fate of another"},
  };
}

}  // namespace tenon::conformance
