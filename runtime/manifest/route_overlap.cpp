// Route overlap: derives, per member, the set of values that a predicate lets through.
#include "manifest/route_overlap.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tenon::manifest {
namespace {

// A set of texts, or (`all_but`) everything outside it, a missing member included.
struct ValueSet {
  bool all_but = true;
  std::set<std::string> values;
};

std::set<std::string> both(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}
std::set<std::string> minus(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}
std::set<std::string> sum(std::set<std::string> a, const std::set<std::string>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

ValueSet meet(const ValueSet& a, const ValueSet& b) {
  if (!a.all_but && !b.all_but) return {false, both(a.values, b.values)};
  if (!a.all_but) return {false, minus(a.values, b.values)};
  if (!b.all_but) return {false, minus(b.values, a.values)};
  return {true, sum(a.values, b.values)};
}
ValueSet join(const ValueSet& a, const ValueSet& b) {
  if (!a.all_but && !b.all_but) return {false, sum(a.values, b.values)};
  if (!a.all_but) return {true, minus(b.values, a.values)};
  if (!b.all_but) return {true, minus(a.values, b.values)};
  return {true, both(a.values, b.values)};
}
bool nothing(const ValueSet& set) { return !set.all_but && set.values.empty(); }

// Per member: the values with which the predicate may hold. A member that is not there may be
// anything.
using Facts = std::map<std::string, ValueSet>;

void add(Facts& facts, const std::string& key, const ValueSet& set) {
  const auto [place, fresh] = facts.emplace(key, set);
  if (!fresh) place->second = meet(place->second, set);
}

// The member that a leaf tests and the values that it takes; false for what texts cannot express.
bool leaf(const Predicate& predicate, std::string& key, ValueSet& set) {
  using Kind = Predicate::Kind;
  switch (predicate.kind) {
    case Kind::type: key = "type"; break;
    case Kind::event: key = "event"; break;
    case Kind::eq:
    case Kind::in: {
      // Numbers have several spellings (1 and 1.0), so only texts are compared here.
      const auto is_text = [](const std::string& json) { return json.front() == '"'; };
      if (!std::all_of(predicate.values.begin(), predicate.values.end(), is_text)) return false;
      key = "pointer " + predicate.pointer;
      break;
    }
    default: return false;
  }
  set = ValueSet{false, {predicate.values.begin(), predicate.values.end()}};
  return true;
}

// Recursion is bounded by the depth that parse_workspace allows.
Facts facts_of(const Predicate& predicate) {
  using Kind = Predicate::Kind;
  Facts out;
  std::string key;
  ValueSet set;
  if (leaf(predicate, key, set)) {
    out.emplace(std::move(key), std::move(set));
  } else if (predicate.kind == Kind::not_) {
    if (predicate.parts.size() == 1 && leaf(predicate.parts.front(), key, set)) {
      set.all_but = true;
      out.emplace(std::move(key), std::move(set));
    }
  } else if (predicate.kind == Kind::all) {
    for (const auto& part : predicate.parts) {
      for (const auto& [name, values] : facts_of(part)) add(out, name, values);
    }
  } else if (predicate.kind == Kind::any && !predicate.parts.empty()) {
    out = facts_of(predicate.parts.front());
    for (std::size_t i = 1; i < predicate.parts.size(); ++i) {
      const auto other = facts_of(predicate.parts[i]);
      for (auto one = out.begin(); one != out.end();) {
        const auto found = other.find(one->first);
        if (found == other.end()) {
          one = out.erase(one);
        } else {
          one->second = join(one->second, found->second);
          ++one;
        }
      }
    }
  }
  return out;
}

bool share_source(const Route& a, const Route& b) {
  const auto names_notices = [](const Route& route) {
    return std::find(route.sources.begin(), route.sources.end(), kNoticeSource) !=
           route.sources.end();
  };
  if (a.sources.empty()) return !names_notices(b);
  if (b.sources.empty()) return !names_notices(a);
  return std::any_of(a.sources.begin(), a.sources.end(), [&](const std::string& name) {
    return std::find(b.sources.begin(), b.sources.end(), name) != b.sources.end();
  });
}

}  // namespace

bool apart(const Route& a, const Route& b) {
  if (!share_source(a, b)) return true;
  auto facts = facts_of(a.when);
  for (const auto& [key, set] : facts_of(b.when)) add(facts, key, set);
  return std::any_of(facts.begin(), facts.end(), [](const auto& f) { return nothing(f.second); });
}

}  // namespace tenon::manifest
