// Cases beside an earlier release: nothing that worked stops working, and no difference is unsaid.
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "conformance/case.hpp"
#include "testkit/shape.hpp"

namespace tenon::conformance {
namespace {

using testkit::Golden;

Subject release_before(Subject& subject) {
  if (subject.beside().against.empty()) throw Skip{"no --against release given"};
  return Subject(subject.beside().against, subject.golden_folder(), subject.seed());
}

int major_of(const std::string& version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

std::set<std::string> set_of(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

// What a workspace that fits the old manifest would stumble over in the new one.
std::vector<std::string> breaks_between(const ManifestFacts& old, const ManifestFacts& now) {
  std::vector<std::string> breaks;
  const auto gone = [&](const std::string& what) { breaks.push_back(what + " is gone"); };
  if ((old.ops & ~now.ops) != 0) {
    for (const std::uint32_t op : {1u, 2u, 4u, 8u, 16u}) {
      if ((old.ops & ~now.ops & op) != 0) gone("op " + std::string(testkit::op_name(op)));
    }
  }
  for (const auto& action : old.actions) {
    const auto found = std::find_if(now.actions.begin(), now.actions.end(),
                                    [&](const auto& one) { return one.name == action.name; });
    if (found == now.actions.end()) {
      gone("action " + action.name);
      continue;
    }
    const auto required = set_of(action.required_fields);
    for (const auto& field : found->required_fields) {
      if (required.count(field) == 0) {
        breaks.push_back("action " + action.name + " now requires " + field);
      }
    }
    if (action.open_fields && !found->open_fields) {
      breaks.push_back("action " + action.name + " no longer takes other fields");
    }
  }
  const auto streams = set_of(now.streams);
  for (const auto& stream : old.streams) {
    if (streams.count(stream) == 0) gone("stream " + stream);
  }
  for (const auto& setting : old.settings) {
    const auto found = std::find_if(now.settings.begin(), now.settings.end(),
                                    [&](const auto& one) { return one.name == setting.name; });
    if (found == now.settings.end()) {
      gone("setting " + setting.name);
    } else if (found->type != setting.type) {
      breaks.push_back("setting " + setting.name + " is " + found->type + ", was " + setting.type);
    }
  }
  for (const auto& setting : now.settings) {
    const bool known = std::any_of(old.settings.begin(), old.settings.end(), [&](const auto& one) {
      return one.name == setting.name && one.required;
    });
    if (setting.required && !known) {
      breaks.push_back("setting " + setting.name + " is now required");
    }
  }
  for (const auto& slot : now.credentials) {
    const bool known =
        std::any_of(old.credentials.begin(), old.credentials.end(),
                    [&](const auto& one) { return one.name == slot.name && one.required; });
    if (slot.required && !known) breaks.push_back("slot " + slot.name + " is now required");
  }
  for (const auto& slot : old.slots) {
    if (set_of(now.slots).count(slot) == 0) gone("slot " + slot);
  }
  return breaks;
}

void same_manifest(Subject& subject) {
  Subject before = release_before(subject);
  const ManifestFacts& old = before.facts();
  const ManifestFacts& now = subject.facts();
  if (old.id != now.id) {
    fail("--against: wanted an earlier release of " + now.id + ", found one of " + old.id);
  }
  if (major_of(now.version) > major_of(old.version)) return;
  const auto breaks = breaks_between(old, now);
  if (breaks.empty()) return;
  std::string list;
  for (const std::string& one : breaks) list += "\n    " + one;
  fail("from " + old.version + " to " + now.version +
       ": wanted what a workspace uses still there, or a new major version, found" + list);
}

// ---- Calls -------------------------------------------------------------------------------------

// As changes.toml names a place: "body.inputs.*.email", "request.path", "outcome.detail".
std::string field_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t from = 1; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    const std::string part = path.substr(from, end - from);
    parts.push_back(part.find_first_not_of("0123456789") == std::string::npos ? "*" : part);
    from = end + 1;
  }
  const auto joined = [&](std::string begin, std::size_t from) {
    for (std::size_t i = from; i < parts.size(); ++i) begin += "." + parts[i];
    return begin;
  };
  if (parts.empty()) return "failure";
  if (parts[0] == "steps" && parts.size() <= 4) return "requests";
  if (parts[0] == "steps") {
    return parts[4] == "json" || parts[4] == "body" ? joined("body", 5) : joined("request", 4);
  }
  if (parts[0] == "outcomes") {
    return parts.size() > 2 && parts[2] != "verdict" ? joined("outcome", 2) : "outcome";
  }
  if (parts[0] == "emits") return joined("emit", 2);
  if (parts[0] == "status") return "failure";
  if (parts[0] == "explain") return "failure.text";
  return joined(parts[0], 1);
}

// A field of changes.toml, "*" for the members of a list; of `outcome` all that follows is meant.
std::set<std::string> meant_changes(const std::string& golden_folder) {
  namespace fs = std::filesystem;
  const fs::path file = fs::absolute(golden_folder).parent_path() / "changes.toml";
  std::set<std::string> fields;
  if (!fs::exists(file)) return fields;
  try {
    const toml::table root = toml::parse_file(file.string());
    if (const toml::array* changes = root["change"].as_array()) {
      for (const toml::node& change : *changes) {
        const toml::table* table = change.as_table();
        if (table == nullptr) continue;
        fields.insert((*table)["field"].value_or(std::string()));
      }
    }
  } catch (const toml::parse_error& wrong) {
    fail(file.string() + ": line " + std::to_string(wrong.source().begin.line) + ": " +
         std::string(wrong.description()));
  }
  return fields;
}

// The golden as it would be written from what that release does.
Golden as_done_by(Subject& release, const Golden& golden) {
  const auto out = run_golden(*release.instance(golden.settings), golden);
  Golden done = golden;
  done.steps.resize(out.steps.size());
  for (std::size_t s = 0; s < out.steps.size(); ++s) {
    done.steps[s].resize(out.steps[s].requests.size());
    for (std::size_t i = 0; i < done.steps[s].size(); ++i) {
      done.steps[s][i].request = testkit::shape_of(out.steps[s].requests[i]);
    }
  }
  const testkit::Pushes pushes = testkit::pushes_of(out);
  done.status = testkit::status_name(out.status());
  done.explain = out.steps.empty() ? "" : out.steps.back().explain;
  done.outcomes = pushes.outcomes;
  done.emits = pushes.emits;
  done.checkpoints = pushes.checkpoints;
  done.hints = pushes.hints;
  done.reply = pushes.reply;
  done.delays_ms = pushes.delays_ms;
  return done;
}

void same_calls(Subject& subject) {
  Subject before = release_before(subject);
  struct Group {
    std::size_t calls = 0;
    std::string first;
  };
  std::map<std::string, Group> groups;
  for (const Golden& golden : subject.goldens()) {
    // An action that the old release did not have is no difference.
    const auto& actions = before.facts().actions;
    const bool known = golden.call.action.empty() ||
                       std::any_of(actions.begin(), actions.end(), [&](const auto& action) {
                         return action.name == golden.call.action;
                       });
    if (!known || (before.facts().ops & golden.call.op) == 0) continue;
    std::set<std::string> counted;
    const Golden old = as_done_by(before, golden);
    const auto out = run_golden(*subject.instance(golden.settings), golden);
    for (const auto& difference : testkit::differences(old, out)) {
      const std::string field = field_of(difference.path);
      Group& group = groups[field];
      group.calls += counted.insert(field).second ? 1 : 0;
      if (group.first.empty()) {
        group.first = golden.name + difference.path + ": was " +
                      (difference.wanted ? difference.wanted->dump().substr(0, 120) : "nothing") +
                      ", is " +
                      (difference.found ? difference.found->dump().substr(0, 120) : "nothing");
      }
    }
  }
  const auto meant = meant_changes(subject.golden_folder());
  std::string list;
  for (const auto& [field, group] : groups) {
    if (meant.count(field) != 0) continue;
    list += "\n    " + field + ", in " + std::to_string(group.calls) +
            " calls; the first: " + group.first;
  }
  if (list.empty()) return;
  fail("against " + before.facts().version + ": wanted each difference listed as `field` in " +
       "changes.toml beside the goldens, found unlisted" + list);
}

}  // namespace

std::vector<Case> against_cases() {
  return {
      {"against.manifest", "no workspace of the release before breaks", same_manifest,
       "updates within a major version are taken without reading"},
      {"against.calls", "what it does otherwise than the release before is listed", same_calls,
       "a difference that nobody meant reaches every customer at once"},
  };
}

}  // namespace tenon::conformance
