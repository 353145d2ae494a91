// Cases about what the manifest promises: names once, secrets as slots, a golden for each ability.
#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>
#include <set>

#include "conformance/case.hpp"
#include "conformance/child.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::Golden;

constexpr double kMostLoadSeconds = 0.1;

// CPU, not the clock on the wall: the machine may have other work. Measured in a copy of this
// process that has not loaded the file.
void quick(Subject& subject) {
  const std::string told = in_child([&] {
    const std::clock_t begin = std::clock();
    (void)subject.facts();
    (void)subject.table();
    return std::to_string(double(std::clock() - begin) / CLOCKS_PER_SEC);
  });
  if (std::stod(told) <= kMostLoadSeconds) return;
  fail("wanted the file read and loaded in at most 0.1 s of CPU, found " + told +
       " s; do the work of constructors at compile time");
}

void each_once(const char* list, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty()) fail(std::string("manifest: ") + list + ": wanted a name, found none");
    if (seen.insert(name).second) continue;
    fail(std::string("manifest: ") + list + ": wanted each name once, found " + name + " twice");
  }
}

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& items) {
  std::vector<std::string> names;
  for (const T& item : items) names.push_back(item.name);
  return names;
}

void names_once(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  each_once("action", names_of(facts.actions));
  each_once("endpoint", names_of(facts.endpoints));
  each_once("setting", names_of(facts.settings));
  each_once("slot", facts.slots);
  each_once("stream", facts.streams);
  for (const auto& action : facts.actions) {
    auto fields = action.required_fields;
    fields.insert(fields.end(), action.optional_fields.begin(), action.optional_fields.end());
    each_once(("action." + action.name + ".fields").c_str(), fields);
  }
}

bool is_secretive(std::string text) {
  std::string letters;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  for (const char* word : {"password", "passwd", "secret", "apikey", "accesskey", "privatekey",
                           "accesstoken", "authtoken", "bearer", "credential", "clientsecret"}) {
    if (letters.find(word) != std::string::npos) return true;
  }
  return letters == "token" || letters == "key" || letters == "apitoken";
}

void secrets_are_slots(Subject& subject) {
  for (const auto& setting : subject.facts().settings) {
    if (setting.type == "url" || setting.type == "boolean" || setting.type == "integer") continue;
    if (!is_secretive(setting.name) && !is_secretive(setting.title)) continue;
    fail("manifest: setting " + setting.name + " (" + setting.title +
         "): wanted a [[slot]] for what looks like a credential, found a setting, which stands in "
         "files and reaches the connector");
  }
}

bool has_golden(Subject& subject, std::uint32_t op, const std::string& action,
                const std::string& stream) {
  const auto& goldens = subject.goldens();
  return std::any_of(goldens.begin(), goldens.end(), [&](const Golden& golden) {
    return golden.call.op == op && (action.empty() || golden.call.action == action) &&
           (stream.empty() || golden.call.stream == stream);
  });
}

void want_golden(Subject& subject, std::uint32_t op, const std::string& action,
                 const std::string& stream) {
  if (has_golden(subject, op, action, stream)) return;
  fail("wanted a golden of op " + std::string(testkit::op_name(op)) +
       (action.empty() ? "" : " and action " + action) +
       (stream.empty() ? "" : " and stream " + stream) + " for what the manifest promises, found " +
       "none; without one no case looks at it");
}

void every_ability(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  for (const std::uint32_t op :
       {TENON_OP_DELIVER, TENON_OP_PULL, TENON_OP_WEBHOOK, TENON_OP_READBACK, TENON_OP_CHECK}) {
    if ((facts.ops & op) != 0) want_golden(subject, op, "", "");
  }
  if ((facts.ops & TENON_OP_DELIVER) != 0) {
    for (const auto& action : facts.actions) {
      want_golden(subject, TENON_OP_DELIVER, action.name, "");
    }
  }
  if ((facts.ops & TENON_OP_PULL) != 0) {
    for (const auto& stream : facts.streams) want_golden(subject, TENON_OP_PULL, "", stream);
  }
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void hints_declared(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  const auto endpoints = names_of(facts.endpoints);
  for (const Golden& golden : subject.goldens()) {
    const auto out = run_golden(*subject.instance(golden.settings), golden);
    for (const auto& step : out.steps) {
      for (const auto& hint : step.hints) {
        const bool throttled = hint.kind == TENON_HINT_THROTTLED;
        const bool known =
            hint.name.empty() ||
            (throttled ? hint.name == "default" || is_among(facts.buckets, hint.name)
             : hint.kind == TENON_HINT_AUTH_REJECTED ? is_among(facts.slots, hint.name)
                                                     : is_among(endpoints, hint.name));
        if (known) continue;
        fail(golden.name + ": a hint names " + hint.name + ", and the manifest has no " +
             (throttled                               ? "bucket"
              : hint.kind == TENON_HINT_AUTH_REJECTED ? "slot"
                                                      : "endpoint") +
             " of that name");
      }
    }
  }
}

}  // namespace

std::vector<Case> manifest_cases() {
  return {
      {"load.quick", "is read and loaded in a tenth of a second", quick,
       "a worker starts for each release, and again after each crash"},
      {"manifest.names_once", "no name stands twice in a list", names_once,
       "the host refuses such a release when it is installed"},
      {"config.secrets", "credentials are slots, never settings", secrets_are_slots,
       "a setting is shown, logged and given to the connector; a credential never is"},
      {"golden.every_ability", "each op, action and stream has a golden", every_ability,
       "what no golden shows is checked by no case"},
      {"names.hints", "hints name what stands in the manifest", hints_declared,
       "a hint about nothing slows nothing down"},
  };
}

}  // namespace tenon::conformance
