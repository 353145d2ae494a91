// The routes of a workspace: their sources, their tests (`when`) and their field rules (`map`).
#include <algorithm>

#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

using PredicateKind = Predicate::Kind;

// The tests that compare members: what their values may be.
struct Comparison {
  const char* key;
  PredicateKind kind;
  bool several, only_text, ordered;
  const char* wanted;
};
constexpr Comparison kComparisons[] = {
    {"eq", PredicateKind::eq, false, false, false, "a string, a number, true or false"},
    {"in", PredicateKind::in, true, false, false, "an array of strings, numbers, true or false"},
    {"prefix", PredicateKind::prefix, false, true, false, "a string"},
    {"gt", PredicateKind::gt, false, false, true, "a number or a string"},
    {"lt", PredicateKind::lt, false, false, true, "a number or a string"},
};

bool is_value(const TomlNode& node, const Comparison& how) {
  using Kind = TomlNode::Kind;
  if (node.kind == Kind::string) return true;
  if (how.only_text) return false;
  if (node.kind == Kind::boolean) return !how.ordered;
  return (node.kind == Kind::integer || node.kind == Kind::real) && to_json(node).has_value();
}

class PredicateReader {
 public:
  explicit PredicateReader(Report& report) : report_(report) {}

  Predicate read(const TomlNode& node, const std::string& path, std::size_t depth) {
    Predicate out;
    if (depth > kMaxPredicateDepth) {
      report_.add(node.place, path,
                  "wanted tests at most " + std::to_string(kMaxPredicateDepth) +
                      " deep, found more; flatten them");
      return out;
    }
    if (node.kind != TomlNode::Kind::table) {
      report_.add(node.place, path,
                  "wanted a table such as { type = \"track\" }, found " +
                      std::string(words_for(node.kind)));
      return out;
    }
    LooseReader table(report_, node, path);
    std::vector<Predicate> parts;
    names(table, "type", PredicateKind::type, parts);
    names(table, "event", PredicateKind::event, parts);
    exists(table, parts);
    for (const auto& how : kComparisons) compare(table, how, parts);
    nested(table, depth, parts);
    table.finish();
    if (node.members.empty()) {
      report_.add(node.place, path,
                  "wanted at least one test, found none; leave the table out to"
                  " take every event");
    }
    if (parts.size() == 1) return std::move(parts.front());
    if (parts.empty()) return out;
    out.kind = PredicateKind::all;
    out.parts = std::move(parts);
    return out;
  }

 private:
  // Counts one more test; reports once when there are too many.
  bool count(LooseReader& table, std::string_view key) {
    if (++count_ <= kMaxPredicateParts) return true;
    if (count_ == kMaxPredicateParts + 1) {
      table.fail(key, "wanted at most " + std::to_string(kMaxPredicateParts) +
                          " tests in a route, found more; split the route");
    }
    return false;
  }

  void names(LooseReader& table, const char* key, PredicateKind kind, std::vector<Predicate>& out) {
    static const std::vector<std::string> kTypes{"track",  "identify", "page",
                                                 "screen", "group",    "alias"};
    Predicate part;
    part.kind = kind;
    part.values = table.texts(key, kMaxPredicateValues);
    if (!table.has(key) || !count(table, key)) return;
    for (const auto& value : part.values) {
      if (kind == PredicateKind::type &&
          std::find(kTypes.begin(), kTypes.end(), value) == kTypes.end()) {
        table.fail(key, "wanted a type of event, found " + shown(value) + hint_for(value, kTypes));
      }
    }
    if (table.empty_array(key)) {
      table.fail(key, "wanted at least one name, found none");
    }
    out.push_back(std::move(part));
  }

  void exists(LooseReader& table, std::vector<Predicate>& out) {
    for (const auto& pointer : table.texts("exists", kMaxPredicateValues)) {
      if (!pointer_ok(table, "exists", pointer) || !count(table, "exists")) continue;
      Predicate part;
      part.kind = PredicateKind::exists;
      part.pointer = pointer;
      out.push_back(std::move(part));
    }
  }

  bool pointer_ok(LooseReader& table, std::string_view key, const std::string& pointer) {
    auto checked = check_pointer(pointer);
    if (checked && pointer.empty()) checked = invalid("wanted a pointer to a member, found \"\"");
    if (!checked) table.fail(key, checked.error().message);
    return checked.has_value();
  }

  void compare(LooseReader& table, const Comparison& how, std::vector<Predicate>& out) {
    const auto* node = table.table(how.key);
    if (node == nullptr) return;
    if (node->members.empty()) {
      table.fail(how.key,
                 std::string("wanted a pointer and a value such as { \"/properties/plan\" ="
                             " ... }, found nothing"));
    }
    for (const auto& member : node->members) {
      Predicate part;
      part.kind = how.kind;
      part.pointer = member.name;
      if (!pointer_ok(table, how.key, member.name) || !count(table, how.key)) continue;
      const auto path = table.path(how.key) + "." + shown(member.name);
      if (how.several != (member.node.kind == TomlNode::Kind::array)) {
        wrong_value(member.node, path, how);
        continue;
      }
      values(member.node, path, how, part);
      out.push_back(std::move(part));
    }
  }

  void values(const TomlNode& node, const std::string& path, const Comparison& how,
              Predicate& out) {
    if (node.kind != TomlNode::Kind::array) {
      if (!is_value(node, how)) return wrong_value(node, path, how);
      out.values.push_back(*to_json(node));
      return;
    }
    if (node.items.empty() || node.items.size() > kMaxPredicateValues) {
      report_.add(node.place, path,
                  "wanted 1 to " + std::to_string(kMaxPredicateValues) + " values, found " +
                      std::to_string(node.items.size()));
      return;
    }
    for (const auto& item : node.items) {
      if (is_value(item, how)) {
        out.values.push_back(*to_json(item));
      } else {
        wrong_value(item, path, how);
      }
    }
  }

  void wrong_value(const TomlNode& node, const std::string& path, const Comparison& how) {
    report_.add(
        node.place, path,
        std::string("wanted ") + how.wanted + ", found " + std::string(words_for(node.kind)));
  }

  void nested(LooseReader& table, std::size_t depth, std::vector<Predicate>& out) {
    if (const auto* node = table.table("not"); node != nullptr && count(table, "not")) {
      Predicate part;
      part.kind = PredicateKind::not_;
      part.parts.push_back(read(*node, table.path("not"), depth + 1));
      out.push_back(std::move(part));
    }
    const struct {
      const char* key;
      PredicateKind kind;
    } kLists[] = {{"any", PredicateKind::any}, {"all", PredicateKind::all}};
    for (const auto& list : kLists) {
      const auto* member = table.any(list.key);
      if (member == nullptr || !count(table, list.key)) continue;
      const auto& node = member->node;
      if (node.kind != TomlNode::Kind::array || node.items.empty()) {
        table.fail(list.key,
                   "wanted an array of tables such as [{ type = \"track\" }], found " +
                       (node.kind == TomlNode::Kind::array ? std::string("an empty one")
                                                           : std::string(words_for(node.kind))));
        continue;
      }
      Predicate part;
      part.kind = list.kind;
      for (std::size_t i = 0; i < node.items.size() && i <= kMaxPredicateParts; ++i) {
        part.parts.push_back(
            read(node.items[i], table.path(list.key) + "[" + std::to_string(i) + "]", depth + 1));
      }
      out.push_back(std::move(part));
    }
  }

  Report& report_;
  std::size_t count_ = 0;
};

std::vector<std::string> names_of(const std::vector<Source>& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.push_back(one.name.value);
  return out;
}
std::vector<std::string> names_of(const std::vector<Destination>& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.push_back(one.name.value);
  return out;
}

void read_ends(LooseReader& table, const Workspace& workspace, Route& out) {
  out.sources = table.texts("sources", kMaxSources);
  for (const auto& name : out.sources) {
    if (name == kNoticeSource) {
      if (out.sources.size() == 1) continue;
      table.fail("sources",
                 "wanted \"tenon\" (the platform's own notices) alone, found others "
                 "beside it; give the notices a route of their own");
    } else if (workspace.source(name) == nullptr) {
      table.fail("sources", "wanted the names of sources, found " + shown(name) +
                                hint_for(name, names_of(workspace.sources)));
    }
  }
  if (table.empty_array("sources")) {
    table.fail("sources", "wanted at least one source, found none; leave the key out to take all");
  }
  out.destination = table.text("destination").value_or("");
  if (!table.has("destination")) {
    table.missing("destination", "the name of a destination");
  } else if (!out.destination.empty() && workspace.destination(out.destination) == nullptr) {
    table.fail("destination", "wanted the name of a destination, found " + shown(out.destination) +
                                  hint_for(out.destination, names_of(workspace.destinations)));
  }
  out.action = table.text("action").value_or("");
  if (!table.has("action")) {
    table.missing("action", "an action of the destination's connector");
  } else if (!out.action.empty() && !is_name(out.action)) {
    table.fail("action", "wanted " + std::string(kNameForm) + ", found " + shown(out.action));
  }
}

bool takes_notices(const Route& route) {
  return route.sources.size() == 1 && route.sources.front() == kNoticeSource;
}

// Does the test let through only what is said of this destination?
bool is_about_only(const Predicate& when, const std::string& destination) {
  const auto says = [&](const Predicate& part) {
    const bool place =
        part.pointer == "/properties/subject" || part.pointer == "/properties/destinations/0";
    return part.kind == PredicateKind::eq && place && part.values.size() == 1 &&
           part.values.front() == "\"" + destination + "\"";
  };
  if (when.kind != PredicateKind::all) return says(when);
  return std::any_of(when.parts.begin(), when.parts.end(), says);
}

}  // namespace

Predicate read_predicate(Report& report, const TomlNode& node, const std::string& path) {
  return PredicateReader(report).read(node, path, 1);
}

void read_routes(LooseReader& root, Workspace& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("routes", kMaxRoutes);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader table(root.report(), *tables[i], entry_path("routes", *tables[i], i));
    Route route;
    route.name = read_hashed_name(table, taken);
    read_ends(table, out, route);
    if (const auto* when = table.any("when")) {
      route.when = read_predicate(root.report(), when->node, table.path("when"));
      if (takes_notices(route) && is_about_only(route.when, route.destination)) {
        table.fail("when", "wanted notices about other destinations, found only those about " +
                               route.destination +
                               " itself, which are never sent to it; send them elsewhere");
      }
    }
    if (const auto* map = table.any("map")) {
      route.mapping = read_mapping(root.report(), map->node, table.path("map"));
    }
    table.finish();
    out.routes.push_back(std::move(route));
  }
}

}  // namespace tenon::manifest
