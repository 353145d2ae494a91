// Plain tests, the certain ones first.
#include "shadow/change_kind.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"

namespace tenon::shadow {
namespace {

using nlohmann::json;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// + and 7 to 15 digits, the first of them not 0.
bool is_e164(std::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return std::all_of(text.begin() + 1, text.end(), is_digit);
}

// The same digits in what a person may write for a number, or with a country code before them.
bool is_number_of(std::string_view written, std::string_view e164) {
  std::string digits;
  for (const char c : written) {
    if (is_digit(c)) {
      digits += c;
    } else if (std::string_view("+-()./ \t").find(c) == std::string_view::npos) {
      return false;
    }
  }
  const auto first = digits.find_first_not_of('0');
  if (first == std::string::npos) return false;
  digits.erase(0, first);
  return digits.size() >= 5 && e164.ends_with(digits);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string_view type_of(const json& value) {
  if (value.is_string()) return "text";
  if (value.is_number()) return "number";
  if (value.is_array()) return "list";
  return value.type_name();  // null, boolean, object
}

}  // namespace

std::string turn(std::string_view before, std::string_view after) {
  return std::string(before) + " to " + std::string(after);
}

std::string kind_of_texts(std::string_view before, std::string_view after) {
  if (before.empty()) return "now filled";
  if (after.empty()) return "now empty";
  if (is_e164(after) && !is_e164(before) && is_number_of(before, after)) return "now E.164";
  if (after == trimmed(before)) return "trimmed";
  if (lower(before) == lower(after)) return "case";
  if (before.starts_with(after)) return "cut";
  return "changed";
}

std::string kind_of_values(const json* before, const json* after) {
  if (before == nullptr) return "new";
  if (after == nullptr) return "now absent";
  if (type_of(*before) != type_of(*after)) return turn(type_of(*before), type_of(*after));
  if (before->is_string()) {
    return kind_of_texts(before->get_ref<const std::string&>(),
                         after->get_ref<const std::string&>());
  }
  if (before->is_array() && before->size() < after->size()) return "longer";
  if (before->is_array() && before->size() > after->size()) return "shorter";
  return "changed";
}

}  // namespace tenon::shadow
