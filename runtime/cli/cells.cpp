// Members of JSON values as cells and texts.
#include "cli/cells.hpp"

namespace tenon::cli {

using nlohmann::json;

std::string text_of(const json& value, const char* key) {
  if (!value.is_object()) return {};
  const auto at = value.find(key);
  return at != value.end() && at->is_string() ? at->get<std::string>() : std::string();
}
std::uint64_t number_of(const json& value, const char* key) {
  if (!value.is_object()) return 0;
  const auto at = value.find(key);
  return at != value.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}
Time time_of(const json& value, const char* key) {
  const auto text = text_of(value, key);
  if (text.empty()) return Time{};
  const auto time = parse_rfc3339(text);
  return time ? *time : Time{};
}
bool flag_of(const json& value, const char* key) {
  if (!value.is_object()) return false;
  const auto at = value.find(key);
  return at != value.end() && at->is_boolean() && at->get<bool>();
}

std::string when(const json& value, const char* key, Time now) {
  const auto time = time_of(value, key);
  return time == Time{} ? "-" : ago_text(time, now);
}
std::string due(const json& value, const char* key, Time now) {
  const auto time = time_of(value, key);
  return time == Time{} ? "-" : due_text(time, now);
}
std::string cell(const json& value, const char* key, std::size_t most) {
  const auto text = clean(text_of(value, key), most);
  return text.empty() ? "-" : text;
}
std::string amount(const json& value, const char* key) {
  return std::to_string(number_of(value, key));
}
Table::Cell state_cell(const std::string& word, const Style& style) {
  return Table::Cell(word, style.state(word));
}
std::string finish(const Table& table, const json& page, const View& view, const char* nothing) {
  const auto next = text_of(page, "next");
  std::string out = !table.empty() ? table.text(view.style)
                    : next.empty() ? std::string(nothing) + "\n"
                                   : "none in this part of the list\n";
  if (!next.empty()) out += view.style.dim("more: --after " + clean(next)) + "\n";
  return out;
}

}  // namespace tenon::cli
