// The mapping steps: see steps.hpp.
#include "domain/routing/steps.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "base/time.hpp"

namespace tenon::routing {
namespace {

constexpr std::string_view kSpaces = " \t\r\n\f\v";
constexpr std::size_t kMaxNumberText = 64;
constexpr std::int64_t kFirstMilliseconds = 100'000'000'000;  // below: seconds, to the year 5138
constexpr std::int64_t kMostMilliseconds = 100'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error wanted(std::string_view what, const Value& value) {
  return invalid("wanted " + std::string(what) + ", found " +
                 (value.kind == JsonKind::string ? "a string that is none"
                                                 : std::string(words_for(value.kind))));
}

Result<void> want_string(const Value& value) {
  if (value.kind == JsonKind::string) return {};
  return wanted("a string", value);
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::optional<std::int64_t> whole_of(std::string_view text) {
  std::int64_t out = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return out;
}

Result<void> to_number(Value& value) {
  constexpr const char* kWhat = "a number such as 12 or -3.5 (integers of 64 bits at most)";
  if (value.kind == JsonKind::number) return {};
  if (value.kind != JsonKind::string) return wanted(kWhat, value);
  const auto& text = value.text;
  // The first and last character keep out what JSON allows but is no number, white space too.
  const bool shape = !text.empty() && text.size() <= kMaxNumberText &&
                     (is_digit(text.front()) || text.front() == '-') && is_digit(text.back()) &&
                     nlohmann::json::accept(text);
  if (!shape) return wanted(kWhat, value);
  const bool whole = text.find_first_of(".eE") == std::string::npos;
  if (whole && !whole_of(text)) return wanted(kWhat, value);
  double real = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), real);
  if (parsed.ec != std::errc{} || !std::isfinite(real)) return wanted(kWhat, value);
  value.kind = JsonKind::number;
  return {};
}

Result<void> to_string(Value& value) {
  if (value.kind == JsonKind::array || value.kind == JsonKind::object) {
    return wanted("a string, a number, true or false", value);
  }
  value.kind = JsonKind::string;
  return {};
}

Result<void> e164_digits(Value& value) {
  constexpr const char* kWhat =
      "a telephone number in international form, + or 00 and 7 to 15 digits";
  if (value.kind != JsonKind::string) return wanted(kWhat, value);
  std::string digits;
  bool plus = false;
  for (const char c : trimmed(value.text)) {
    if (is_digit(c)) {
      digits += c;
    } else if (c == '+' && digits.empty() && !plus) {
      plus = true;
    } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
      return wanted(kWhat, value);
    }
    if (digits.size() > 17) return wanted(kWhat, value);
  }
  if (!plus) {
    if (digits.compare(0, 2, "00") != 0) return wanted(kWhat, value);
    digits.erase(0, 2);
  }
  if (digits.size() < 7 || digits.size() > 15 || digits.front() == '0') {
    return wanted(kWhat, value);
  }
  value.text = "+" + digits;
  return {};
}

std::optional<Time> time_of_number(std::string_view text) {
  if (const auto whole = whole_of(text)) {
    const auto size = *whole < 0 ? -*whole : *whole;
    if (*whole == INT64_MIN || size >= kMostMilliseconds) return std::nullopt;
    return time_from_us(size < kFirstMilliseconds ? *whole * 1'000'000 : *whole * 1'000);
  }
  double real = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc{} || stop != end || !std::isfinite(real) ||
      std::fabs(real) >= static_cast<double>(kMostMilliseconds)) {
    return std::nullopt;
  }
  const bool in_seconds = std::fabs(real) < static_cast<double>(kFirstMilliseconds);
  return time_from_us(std::llround(real * (in_seconds ? 1e6 : 1e3)));
}

std::optional<Time> time_of_text(const std::string& text) {
  if (text.empty() || text.size() > kMaxNumberText) return std::nullopt;
  const bool digits = std::all_of(text.begin(), text.end(), is_digit);
  if (digits && text.size() >= 9) return time_of_number(text);
  for (const char* const rest : {"", "Z", "T00:00:00Z"}) {
    if (auto time = parse_rfc3339(text + rest)) return *time;
  }
  return std::nullopt;
}

Result<void> rfc3339(Value& value) {
  std::optional<Time> time;
  if (value.kind == JsonKind::number) time = time_of_number(value.text);
  if (value.kind == JsonKind::string) time = time_of_text(trimmed(value.text));
  // Times whose year has not four digits cannot be written.
  static const Time kFirst = time_from_us(-62'135'596'800'000'000);
  static const Time kLast = time_from_us(253'402'300'799'999'999);
  if (!time || *time < kFirst || *time > kLast) {
    return wanted("a time as RFC 3339, a date, or seconds or milliseconds since 1970", value);
  }
  value.kind = JsonKind::string;
  value.text = to_rfc3339(*time);
  return {};
}

Result<void> sha256_hex(Value& value) {
  TENON_TRY(want_string(value));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(value.text.data(), value.text.size(), digest.data(), &size, EVP_sha256(),
                 nullptr) != 1) {
    return unavailable("wanted SHA-256 of the crypto library, found it refused");
  }
  value.text = to_hex({reinterpret_cast<const char*>(digest.data()), size});
  return {};
}

Result<void> change_case(Value& value, char first, char last, int by) {
  TENON_TRY(want_string(value));
  for (auto& c : value.text) {
    if (c >= first && c <= last) c = static_cast<char>(c + by);
  }
  return {};
}

}  // namespace

std::string_view words_for(JsonKind kind) {
  switch (kind) {
    case JsonKind::null: return "null";
    case JsonKind::boolean: return "true or false";
    case JsonKind::number: return "a number";
    case JsonKind::string: return "a string";
    case JsonKind::array: return "an array";
    case JsonKind::object: return "an object";
  }
  return "nothing";
}

std::string_view word_for(MapStep step) {
  switch (step) {
    case MapStep::trim: return "trim";
    case MapStep::lower: return "lower";
    case MapStep::upper: return "upper";
    case MapStep::to_string: return "to_string";
    case MapStep::to_number: return "to_number";
    case MapStep::e164_digits: return "e164_digits";
    case MapStep::rfc3339: return "rfc3339";
    case MapStep::sha256_hex: return "sha256_hex";
  }
  return "?";
}

Value value_of(const JsonView& view) {
  const auto text = view.as_string();
  return {view.kind(), text ? std::string(*text) : view.to_json()};
}

void append_json(const Value& value, std::string& out) {
  if (value.kind == JsonKind::string) {
    append_json_string(out, value.text);
  } else {
    out += value.text;
  }
}

Result<void> apply(MapStep step, Value& value) {
  if (value.kind == JsonKind::null) return {};
  switch (step) {
    case MapStep::trim:
      TENON_TRY(want_string(value));
      value.text = trimmed(value.text);
      return {};
    case MapStep::lower: return change_case(value, 'A', 'Z', 'a' - 'A');
    case MapStep::upper: return change_case(value, 'a', 'z', 'A' - 'a');
    case MapStep::to_string: return to_string(value);
    case MapStep::to_number: return to_number(value);
    case MapStep::e164_digits: return e164_digits(value);
    case MapStep::rfc3339: return rfc3339(value);
    case MapStep::sha256_hex: return sha256_hex(value);
  }
  return invalid("wanted a known step");
}

}  // namespace tenon::routing
