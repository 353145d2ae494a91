// map_record: builds the record that a route sends from the rules of its mapping.
#include <algorithm>
#include <optional>

#include "domain/routing/route.hpp"
#include "domain/routing/steps.hpp"

namespace tenon::routing {
namespace {

// One member of the record to be: a finished value, or members inside it.
struct Member {
  std::string name;
  std::string json;  // of a leaf
  std::vector<Member> inside;
};

// Next name of a pointer, unescaped; `pointer` is moved past it.
std::string take_name(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const auto part = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(part.size());
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '~' && i + 1 < part.size()) {
      out += part[++i] == '1' ? '/' : '~';
    } else {
      out += part[i];
    }
  }
  return out;
}

void place(std::vector<Member>& members, std::string_view pointer, std::string json) {
  auto* at = &members;
  while (true) {
    auto name = take_name(pointer);
    auto found =
        std::find_if(at->begin(), at->end(), [&](const Member& s) { return s.name == name; });
    if (found == at->end()) {
      at->push_back({std::move(name), {}, {}});
      found = at->end() - 1;
    }
    if (pointer.empty()) {
      found->json = std::move(json);
      return;
    }
    at = &found->inside;
  }
}

void write_object(const std::vector<Member>& members, std::optional<JsonView> base,
                  std::string& out);

void write_member(const Member& slot, std::optional<JsonView> base, std::string& out) {
  append_json_string(out, slot.name);
  out += ':';
  if (slot.inside.empty()) {
    out += slot.json;
  } else {
    write_object(slot.inside, base, out);
  }
}

// The members of `base` with those of `members` put over them, one level at a time.
void write_object(const std::vector<Member>& members, std::optional<JsonView> base,
                  std::string& out) {
  std::vector<bool> written(members.size(), false);
  bool comma = false;
  const auto separate = [&] {
    if (comma) out += ',';
    comma = true;
  };
  out += '{';
  if (base && base->is(JsonKind::object)) {
    base->each_member([&](std::string_view name, JsonView value) {
      const auto own = std::find_if(members.begin(), members.end(),
                                    [&](const Member& s) { return s.name == name; });
      if (own == members.end()) {
        separate();
        append_json_string(out, name);
        out += ':';
        value.write_to(out);
        return true;
      }
      const auto index = static_cast<std::size_t>(own - members.begin());
      if (written[index]) return true;
      written[index] = true;
      separate();
      write_member(*own, value, out);
      return true;
    });
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (written[i]) continue;
    separate();
    write_member(members[i], std::nullopt, out);
  }
  out += '}';
}

Error at_rule(const Route& route, const FieldRule& rule, std::string message) {
  return invalid(std::move(message),
                 "route " + route.name + ": field " + (rule.target.empty() ? "\"\"" : rule.target));
}

// The rule's value as JSON; nothing if the field is absent.
Result<std::optional<std::string>> value_for(const Route& route, const FieldRule& rule,
                                             const JsonView& event) {
  if (rule.constant) return rule.constant;
  const auto found = event.at(rule.from);
  if (!found || found->is(JsonKind::null)) {
    if (rule.fallback || !found) return rule.fallback;
    return std::optional<std::string>("null");
  }
  Value value = value_of(*found);
  for (const auto step : rule.steps) {
    if (auto done = apply(step, value); !done) {
      return at_rule(route, rule,
                     "step " + std::string(word_for(step)) + ": " + done.error().message);
    }
  }
  std::string out;
  append_json(value, out);
  return std::optional<std::string>(std::move(out));
}

}  // namespace

Result<std::string> map_record(const Route& route, const JsonView& event,
                               std::string_view whole_json) {
  if (route.mapping.empty()) {
    if (whole_json.size() <= kMaxMappedBytes) return std::string(whole_json);
    return invalid(
        "wanted a record of at most 1 MiB, found " + std::to_string(whole_json.size()) + " bytes",
        "route " + route.name);
  }
  std::vector<Member> members;
  std::optional<JsonView> base;
  std::size_t bytes = 0;
  for (const auto& rule : route.mapping) {
    if (rule.target.empty()) {
      const auto found = event.at(rule.from);
      if (!found || !found->is(JsonKind::object)) {
        return at_rule(route, rule,
                       "wanted an object as the whole record, found " +
                           std::string(found ? words_for(found->kind()) : "nothing"));
      }
      base = found;
      bytes += found->source().size();
    } else {
      TENON_TRY_AS(auto json, value_for(route, rule, event));
      if (!json) continue;
      bytes += json->size() + rule.target.size();
      if (bytes <= kMaxMappedBytes) place(members, rule.target, std::move(*json));
    }
    if (bytes > kMaxMappedBytes) {
      return at_rule(route, rule, "wanted a record of at most 1 MiB, found more with this field");
    }
  }
  std::string out;
  out.reserve(bytes + 16 * members.size() + 2);
  write_object(members, base, out);
  return out;
}

}  // namespace tenon::routing
