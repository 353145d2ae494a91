// matches: the closed language of tests over one event.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <nlohmann/json.hpp>
#include <optional>

#include "domain/routing/route.hpp"

namespace tenon::routing {
namespace {

// The text behind a JSON string; `buffer` holds it if it has escapes.
std::string_view text_of_json(std::string_view json, std::string& buffer) {
  const auto inner = json.substr(1, json.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner;
  const auto value = nlohmann::json::parse(json, nullptr, false);
  if (value.is_string()) buffer = value.get<std::string>();
  return buffer;
}

// Exact, also where the double could not hold the integer.
std::partial_ordering compare(std::int64_t whole, double real) {
  if (std::isnan(real)) return std::partial_ordering::unordered;
  if (real >= 9223372036854775808.0) return std::partial_ordering::less;
  if (real < -9223372036854775808.0) return std::partial_ordering::greater;
  const double floor = std::floor(real);
  const auto other = static_cast<std::int64_t>(floor);
  if (whole != other) return whole <=> other;
  return floor < real ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

std::partial_ordering reversed(std::partial_ordering order) { return 0 <=> order; }

std::partial_ordering compare_number(const JsonView& view, std::string_view json) {
  std::int64_t whole = 0;
  const auto* end = json.data() + json.size();
  const auto parsed = std::from_chars(json.data(), end, whole);
  const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == end;
  const auto found = view.as_int();
  if (is_whole && found) return *found <=> whole;
  if (is_whole) return reversed(compare(whole, view.as_double().value_or(NAN)));
  double real = 0;
  if (std::from_chars(json.data(), end, real).ec != std::errc{}) {
    return std::partial_ordering::unordered;
  }
  if (found) return compare(*found, real);
  return view.as_double().value_or(NAN) <=> real;
}

// Member against a value of the workspace; unordered if they are of different kinds.
std::partial_ordering compare(const JsonView& view, std::string_view json) {
  if (json.front() == '"') {
    const auto found = view.as_string();
    if (!found) return std::partial_ordering::unordered;
    std::string buffer;
    return *found <=> text_of_json(json, buffer);
  }
  if (json == "true" || json == "false") {
    const auto found = view.as_bool();
    if (!found) return std::partial_ordering::unordered;
    return *found == (json == "true") ? std::partial_ordering::equivalent
                                      : std::partial_ordering::unordered;
  }
  if (!view.is(JsonKind::number)) return std::partial_ordering::unordered;
  return compare_number(view, json);
}

bool is_one_of(const std::vector<std::string>& names, std::optional<JsonView> member) {
  const auto text = member ? member->as_string() : std::nullopt;
  return text && std::find(names.begin(), names.end(), *text) != names.end();
}

// track names its event in `event`, page and screen in `name`.
std::optional<JsonView> event_name(const JsonView& event) {
  const auto type = event.member("type");
  const auto text = type ? type->as_string() : std::nullopt;
  if (text && (*text == "page" || *text == "screen")) return event.member("name");
  return event.member("event");
}

bool has_prefix(const JsonView& view, std::string_view json) {
  const auto found = view.as_string();
  std::string buffer;
  return found && found->substr(0, text_of_json(json, buffer).size()) == text_of_json(json, buffer);
}

}  // namespace

bool matches(const Predicate& predicate, const JsonView& event) {
  using Kind = Predicate::Kind;
  const auto part_matches = [&](const Predicate& part) { return matches(part, event); };
  const auto& parts = predicate.parts;
  switch (predicate.kind) {
    case Kind::always: return true;
    case Kind::type: return is_one_of(predicate.values, event.member("type"));
    case Kind::event: return is_one_of(predicate.values, event_name(event));
    case Kind::not_: return std::none_of(parts.begin(), parts.end(), part_matches);
    case Kind::any: return std::any_of(parts.begin(), parts.end(), part_matches);
    case Kind::all: return std::all_of(parts.begin(), parts.end(), part_matches);
    default: break;
  }
  const auto found = event.at(predicate.pointer);
  if (!found) return false;
  const auto some_value = [&](auto&& test) {
    return std::any_of(predicate.values.begin(), predicate.values.end(),
                       [&](const std::string& json) { return !json.empty() && test(json); });
  };
  switch (predicate.kind) {
    case Kind::exists: return !found->is(JsonKind::null);
    case Kind::eq:
    case Kind::in: return some_value([&](const auto& json) { return compare(*found, json) == 0; });
    case Kind::prefix:
      return some_value([&](const auto& json) { return has_prefix(*found, json); });
    case Kind::gt: return some_value([&](const auto& json) { return compare(*found, json) > 0; });
    case Kind::lt: return some_value([&](const auto& json) { return compare(*found, json) < 0; });
    default: return false;
  }
}

}  // namespace tenon::routing
