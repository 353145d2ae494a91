// The field rules of a route: target = "/pointer", { from, steps, default } or { constant }.
#include <algorithm>

#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

struct StepName {
  const char* name;
  MapStep step;
};
constexpr StepName kSteps[] = {
    {"trim", MapStep::trim},           {"lower", MapStep::lower},
    {"upper", MapStep::upper},         {"to_string", MapStep::to_string},
    {"to_number", MapStep::to_number}, {"e164_digits", MapStep::e164_digits},
    {"rfc3339", MapStep::rfc3339},     {"sha256_hex", MapStep::sha256_hex},
};

void read_from(LooseReader& table, std::string_view key, const std::string& text, FieldRule& out) {
  if (auto checked = check_pointer(text); !checked) {
    table.fail(key, checked.error().message);
  }
  out.from = text;
}

void read_steps(LooseReader& table, FieldRule& out) {
  const auto* member = table.any("steps");
  if (member == nullptr) return;
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& step : kSteps) names.emplace_back(step.name);
    return names;
  }();
  const auto& node = member->node;
  if (node.kind != TomlNode::Kind::array || node.items.size() > kMaxMapSteps) {
    table.fail("steps",
               "wanted an array of at most " + std::to_string(kMaxMapSteps) +
                   " steps such as [\"trim\", \"lower\"], found " +
                   (node.kind == TomlNode::Kind::array ? std::to_string(node.items.size())
                                                       : std::string(words_for(node.kind))));
    return;
  }
  for (const auto& item : node.items) {
    const auto* known = std::find_if(std::begin(kSteps), std::end(kSteps), [&](const StepName& s) {
      return item.kind == TomlNode::Kind::string && item.text == s.name;
    });
    if (known != std::end(kSteps)) {
      out.steps.push_back(known->step);
      continue;
    }
    const bool text = item.kind == TomlNode::Kind::string;
    table.report().add(
        item.place, table.path("steps"),
        "wanted a known step, found " + (text ? shown(item.text) + hint_for(item.text, kNames)
                                              : std::string(words_for(item.kind))));
  }
}

std::optional<std::string> read_json(LooseReader& table, const char* key) {
  const auto* member = table.any(key);
  if (member == nullptr) return std::nullopt;
  auto json = to_json(member->node);
  if (json) return *json;
  table.fail(key, json.error().message);
  return std::nullopt;
}

void read_rule(Report& report, const TomlMember& member, const std::string& path, FieldRule& out) {
  if (member.node.kind != TomlNode::Kind::table) {
    report.add(member.node.place, path,
               "wanted \"/pointer\", { from = \"/pointer\" } or { constant = ... }, found " +
                   std::string(words_for(member.node.kind)));
    return;
  }
  LooseReader table(report, member.node, path);
  if (const auto from = table.text("from")) read_from(table, "from", *from, out);
  read_steps(table, out);
  out.fallback = read_json(table, "default");
  out.constant = read_json(table, "constant");
  if (table.has("from") == table.has("constant")) {
    report.add(member.node.place, path,
               std::string("wanted either from or constant, found ") +
                   (table.has("from") ? "both" : "neither"));
  } else if (table.has("constant") && (table.has("steps") || table.has("default"))) {
    report.add(member.node.place, path,
               "wanted constant alone, found steps or default beside it; write the final value");
  }
  table.finish();
}

// True if one pointer is the other or leads through it.
bool clashes(const std::string& a, const std::string& b) {
  const auto& shorter = a.size() < b.size() ? a : b;
  const auto& longer = a.size() < b.size() ? b : a;
  return !shorter.empty() && longer.compare(0, shorter.size(), shorter) == 0 &&
         (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

}  // namespace

std::vector<FieldRule> read_mapping(Report& report, const TomlNode& node, const std::string& path) {
  std::vector<FieldRule> out;
  if (node.kind != TomlNode::Kind::table || node.members.empty()) {
    report.add(node.place, path,
               "wanted a table of target = \"/pointer\", found " +
                   (node.members.empty() && node.kind == TomlNode::Kind::table
                        ? std::string("an empty one; leave it out to send the whole event")
                        : std::string(words_for(node.kind))));
    return out;
  }
  if (node.members.size() > kMaxFieldRules) {
    report.add(node.place, path,
               "wanted at most " + std::to_string(kMaxFieldRules) + " rules, found " +
                   std::to_string(node.members.size()));
    return out;
  }
  for (const auto& member : node.members) {
    const auto rule_path = path + "." + (member.name.empty() ? "\"\"" : member.name.substr(0, 80));
    FieldRule rule;
    auto target = parse_target(member.name);
    if (!target) {
      report.add(member.place, rule_path, target.error().message);
      continue;
    }
    rule.target = *target;
    const auto same = std::find_if(out.begin(), out.end(), [&](const FieldRule& other) {
      return other.target == rule.target || clashes(other.target, rule.target);
    });
    if (same != out.end()) {
      report.add(member.place, rule_path,
                 "wanted targets apart from one another, found one at or inside " +
                     shown(same->target) + "; remove one");
    }
    if (member.node.kind == TomlNode::Kind::string) {
      if (auto checked = check_pointer(member.node.text); !checked) {
        report.add(member.node.place, rule_path,
                   checked.error().message + "; for a fixed text write { constant = ... }");
      }
      rule.from = member.node.text;
    } else {
      read_rule(report, member, rule_path, rule);
    }
    if (rule.target.empty() && (rule.constant || rule.fallback || !rule.steps.empty())) {
      report.add(member.place, rule_path,
                 "wanted a pointer alone for the whole record, found constant, steps or default");
    }
    out.push_back(std::move(rule));
  }
  return out;
}

}  // namespace tenon::manifest
