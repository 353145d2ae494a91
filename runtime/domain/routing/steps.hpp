// The closed list of mapping steps, on one value.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/json.hpp"
#include "manifest/workspace.hpp"

namespace tenon::routing {

// A value on its way through the steps.
struct Value {
  JsonKind kind = JsonKind::null;
  std::string text;  // string: its text; all else: its JSON
};

Value value_of(const JsonView& view);
void append_json(const Value& value, std::string& out);
std::string_view words_for(JsonKind kind);
std::string_view word_for(MapStep step);

// Changes the value as the step says; null stays null.
//   trim, lower, upper, sha256_hex: a string. ASCII only: other letters and spaces stay.
//   to_string: a string, a number as it is spelled, true or false.
//   to_number: a number, or a string that spells one as JSON does; integers within int64 only.
//   e164_digits: a string of a telephone number in international form -> "+4917012345".
//   rfc3339: an RFC 3339 string, the same without offset (UTC), a date, or seconds or milliseconds
//   since 1970 as number or digits (100,000,000,000 and more are milliseconds) -> RFC 3339 in UTC.
// invalid: "wanted ..., found <kind>", without the value.
Result<void> apply(MapStep step, Value& value);

}  // namespace tenon::routing
