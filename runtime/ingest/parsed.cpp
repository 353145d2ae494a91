// The checks that Segment messages and CloudEvents share.
#include "ingest/parsed.hpp"

#include "base/limits.hpp"

namespace tenon {

void refuse(ParsedEvent& event, std::string_view code, std::string reason) {
  event.raw.reason_code = code;
  event.raw.reason = std::move(reason);
}

bool within_limits(ParsedEvent& event, JsonView value) {
  const std::size_t size = value.source().size();
  if (size > kMaxEventBytes) {
    refuse(event, "too_large",
           "wanted an event of at most " + std::to_string(kMaxEventBytes) + " bytes, found " +
               std::to_string(size) + "; send less in properties or split the event");
    return false;
  }
  if (const int depth = value.depth(); depth > kMaxJsonDepth) {
    refuse(event, "too_deep",
           "wanted at most " + std::to_string(kMaxJsonDepth) + " levels of nesting, found " +
               std::to_string(depth));
    return false;
  }
  return true;
}

std::string_view article(JsonKind kind) {
  switch (kind) {
    case JsonKind::null: return "null";
    case JsonKind::boolean: return "a boolean";
    case JsonKind::number: return "a number";
    case JsonKind::string: return "a string";
    case JsonKind::array: return "an array";
    case JsonKind::object: return "an object";
  }
  return "something else";
}

Time time_member(JsonView object, std::string_view name) {
  const auto value = object.member(name);
  if (!value || !value->as_string()) return {};
  return parse_rfc3339(*value->as_string()).value_or(Time{});
}

std::string identifier(JsonView object, std::string_view name) {
  const auto value = object.member(name);
  if (!value) return {};
  if (value->is(JsonKind::number)) return std::string(value->source());
  return std::string(value->as_string().value_or(std::string_view{}));
}

}  // namespace tenon
