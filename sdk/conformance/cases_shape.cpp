// Cases about what may stand in a record: every kind of value, and no more than is required.
#include <algorithm>
#include <map>
#include <set>

#include "conformance/batch.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;

constexpr std::size_t kLongText = 64 << 10;

const std::vector<Json>& odd_values() {
  static const std::vector<Json> all{
      nullptr,
      "",
      " ",
      0,
      -1,
      1.5,
      1.5e300,
      18'446'744'073'709'551'615u,
      true,
      false,
      Json::array(),
      Json::object(),
      Json::array({"a"}),
      Json::array({nullptr, 1, Json::array()}),
      Json{{"a", Json{{"b", 1}}}},
      std::string(kLongText, 'x'),
      std::string("a\0b", 3),
      "\x01\x1f\"\\/\b",
      "Zo\xc3\xab \xf0\x9f\x99\x82 \xe2\x80\xae"
      "abc \xd7\xa9",
      "=1+1",
      "'; drop table",
      "<script>",
      "{{token}}",
      "%s%n",
      "../..",
  };
  return all;
}

// Of each action the golden with most accepted records, if it has one.
std::vector<std::pair<const Golden*, CallOut>> accepting(Subject& subject) {
  std::map<std::string, std::pair<const Golden*, CallOut>> best;
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    auto& [which, most] = best[golden.call.action];
    if (accepted(whole).empty()) return;
    if (which == nullptr || accepted(whole).size() > accepted(most).size()) {
      which = &golden;
      most = whole;
    }
  });
  std::vector<std::pair<const Golden*, CallOut>> all;
  for (auto& [action, one] : best) {
    if (one.first != nullptr) all.push_back(std::move(one));
  }
  if (all.empty()) throw Skip{"no golden ends in an accepted record"};
  return all;
}

const ManifestFacts::Action* action_of(Subject& subject, const Golden& golden) {
  for (const auto& action : subject.facts().actions) {
    if (action.name == golden.call.action) return &action;
  }
  return nullptr;
}

std::set<std::string> fields_of(Subject& subject, const Golden& golden, const Json& body) {
  std::set<std::string> fields{"surplus"};
  for (const auto& [name, value] : body.items()) fields.insert(name);
  if (const auto* action = action_of(subject, golden)) {
    for (const auto& list : {action->required_fields, action->optional_fields}) {
      for (const std::string& field : list) fields.insert(member_of(field));
    }
  }
  fields.erase("");
  return fields;
}

void accounted(const CallOut& out, const std::string& told) {
  if (const auto broken = out.violations(); !broken.empty()) fail(told + broken.front());
  const auto sent = covered(out);
  for (const testkit::OutcomeOut& outcome : out.outcomes) {
    const bool was_sent = sent.count(outcome.index) != 0;
    const std::string verdict(testkit::verdict_name(outcome.verdict));
    if ((outcome.verdict == TENON_ACCEPTED || outcome.verdict == TENON_DUPLICATE) && !was_sent) {
      fail(told + "record " + std::to_string(outcome.index) + " is " + verdict +
           ", but no request covers it");
    }
    if (outcome.verdict == TENON_SKIPPED && was_sent) {
      fail(told + "record " + std::to_string(outcome.index) + " is skipped, but was sent");
    }
  }
}

void values(Subject& subject) {
  for (const auto& [golden, whole] : accepting(subject)) {
    const Json body = Json::parse(golden->call.records[0].body, nullptr, false);
    if (!body.is_object()) continue;
    const auto instance = subject.instance(golden->settings);
    for (const std::string& field : fields_of(subject, *golden, body)) {
      Golden changed = *golden;
      const auto run = [&](const Json& record, const std::string& what) {
        changed.call.records[0].body = record.dump();
        accounted(run_golden(*instance, changed), golden->name + ", " + field + " " + what + ": ");
      };
      for (const Json& value : odd_values()) {
        Json record = body;
        record[field] = value;
        run(record, "as " + value.dump().substr(0, 60));
      }
      Json without = body;
      without.erase(field);
      run(without, "left out");
      without[std::string(1, static_cast<char>(field[0] ^ 0x20)) + field.substr(1)] = "A";
      run(without, "in other letters");
    }
  }
}

void required_only(Subject& subject) {
  for (const auto& [golden, whole] : accepting(subject)) {
    const auto* action = action_of(subject, *golden);
    if (action == nullptr) continue;
    const std::uint32_t of = *accepted(whole).begin();
    const Json body = Json::parse(golden->call.records[of].body, nullptr, false);
    if (!body.is_object()) continue;
    Json least = Json::object();
    for (const std::string& field : action->required_fields) {
      const std::string name = member_of(field);
      if (body.contains(name)) least[name] = body[name];
    }
    Golden bare = *golden;
    bare.call.records = {bare.call.records[of]};
    bare.call.records[0].body = least.dump();
    const CallOut out = run_golden(*subject.instance(golden->settings), bare);
    accounted(out, golden->name + ", required fields only: ");
    if (!covered(out).empty()) continue;
    fail(golden->name +
         ": wanted a request for a record of the required fields alone, found none, "
         "and the verdict " +
         std::string(testkit::verdict_name(out.outcomes[0].verdict)) + ": " + least.dump());
  }
}

}  // namespace

std::vector<Case> shape_cases() {
  return {
      {"shape.values", "every field may hold anything, or not be there", values,
       "records are written by people and programs that have not read the manifest"},
      {"shape.required_only", "a record of the required fields alone is sent", required_only,
       "what the manifest does not require, routes will not map"},
  };
}

}  // namespace tenon::conformance
