// Completeness for people: two tables, and the verdict.
#include <map>
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {
namespace {

using nlohmann::json;
using Align = Table::Align;

constexpr const char* kOfEvents[] = {"received",  "duplicate", "no_route", "invalid",
                                     "undecided", "routed",    "rejected"};
constexpr const char* kOfDeliveries[] = {"decided", "filtered", "skipped", "delivered",
                                         "pending", "parked",   "dead",    "ambiguous"};

std::int64_t signed_of(const json& value, const char* key) {
  const auto at = value.find(key);
  return at != value.end() && at->is_number() ? at->get<std::int64_t>() : 0;
}

// Rows of one place and time, added up.
struct Line {
  std::map<std::string, std::uint64_t> counts;
  std::map<std::string, std::uint64_t> filtered_by;
  std::int64_t remainder = 0;
};

void add(Line& line, const json& row, const char* const* names, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) line.counts[names[i]] += number_of(row, names[i]);
  line.remainder += std::abs(signed_of(row, "remainder"));
  const json reasons = row.value("filtered_by", json::object());
  for (const auto& [reason, n] : reasons.items()) {
    if (n.is_number_unsigned()) line.filtered_by[reason] += n.get<std::uint64_t>();
  }
}

std::string title(std::string_view name) {
  std::string out;
  for (const char c : name) {
    out += c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return out;
}

// Zeros are quiet, so that what is not zero is seen.
Table::Cell amount(const std::string& name, std::uint64_t n, const Style& style) {
  const std::string text = std::to_string(n);
  if (n == 0) return Table::Cell(text, style.dim(text));
  if (name == "dead" || name == "ambiguous") return Table::Cell(text, style.bad(text));
  if (name == "parked" || name == "invalid" || name == "rejected") {
    return Table::Cell(text, style.warn(text));
  }
  return Table::Cell(text);
}

Table::Cell remainder_cell(std::int64_t n, const Style& style) {
  const std::string text = std::to_string(n);
  return Table::Cell(text, n == 0 ? style.good(text) : style.bad(text));
}

using Lines = std::map<std::vector<std::string>, Line>;

std::string table_of(const Lines& lines, std::vector<std::string> heads, const char* const* names,
                     std::size_t count, const Style& style) {
  Table table;
  for (const auto& head : heads) table.column(head);
  for (std::size_t i = 0; i < count; ++i) table.column(title(names[i]), Align::right);
  table.column("REMAINDER", Align::right);
  for (const auto& [place, line] : lines) {
    std::vector<Table::Cell> cells(place.begin(), place.end());
    for (std::size_t i = 0; i < count; ++i) {
      cells.push_back(amount(names[i], line.counts.at(names[i]), style));
    }
    cells.push_back(remainder_cell(line.remainder, style));
    table.row(std::move(cells));
  }
  return table.text(style);
}

}  // namespace

std::string render_completeness(const json& answer, bool by_hour, const View& view) {
  Lines events, deliveries;
  std::uint64_t lost = 0;
  std::string since;
  for (const auto& row : answer.value("data", json::array())) {
    const std::string destination = clean(text_of(row, "destination"), 60);
    const std::string source = clean(text_of(row, "source"), 60);
    std::vector<std::string> place;
    if (by_hour) place.push_back(text_of(row, "hour").substr(0, 13) + "Z");
    place.push_back(source);
    if (destination.empty()) {
      add(events[place], row, kOfEvents, std::size(kOfEvents));
    } else {
      place.push_back(destination);
      add(deliveries[place], row, kOfDeliveries, std::size(kOfDeliveries));
    }
    const auto remainder = signed_of(row, "remainder");
    if (remainder == 0) continue;
    lost += static_cast<std::uint64_t>(std::abs(remainder));
    const std::string hour = text_of(row, "hour");
    if (since.empty() || hour < since) since = hour;
  }
  if (events.empty() && deliveries.empty()) return "nothing was received in that time\n";
  std::vector<std::string> heads;
  if (by_hour) heads.push_back("HOUR");
  heads.push_back("SOURCE");
  std::string out = view.style.bold("Events") + "\n" +
                    table_of(events, heads, kOfEvents, std::size(kOfEvents), view.style);
  heads.push_back("DESTINATION");
  if (!deliveries.empty()) {
    out += "\n" + view.style.bold("Deliveries") + "\n" +
           table_of(deliveries, heads, kOfDeliveries, std::size(kOfDeliveries), view.style);
  }
  std::map<std::string, std::uint64_t> reasons;
  for (const auto& [place, line] : deliveries) {
    for (const auto& [reason, n] : line.filtered_by) reasons[reason] += n;
  }
  std::string why;
  for (const auto& [reason, n] : reasons) {
    why += (why.empty() ? "filtered: " : ", ") + std::to_string(n) + " " + clean(reason, 60);
  }
  if (!why.empty()) out += view.style.dim(why) + "\n";
  if (lost == 0) return out + "\n" + view.style.good("adds up") + "\n";
  return out + "\n" +
         view.style.bad("does not add up: " + std::to_string(lost) + (lost == 1 ? " is" : " are") +
                        " in no fate, since " + since) +
         "\n  → tenon completeness --recount says whether the log or the counts are wrong\n";
}

std::string render_recount(const json& answer, const View& view) {
  std::string out;
  for (const auto& one : answer.value("differences", json::array())) {
    const auto destination = clean(text_of(one, "destination"), 60);
    out += "  " + text_of(one, "hour").substr(0, 13) + "Z  " + clean(text_of(one, "source"), 60) +
           "  " + (destination.empty() ? "(events)" : destination) + "  " +
           view.style.bad(clean(text_of(one, "text"), 300)) + "\n";
  }
  const std::string what = count_text(number_of(answer, "events"), "event", "events") + " and " +
                           count_text(number_of(answer, "deliveries"), "delivery", "deliveries") +
                           " in the log";
  const auto broken = number_of(answer, "broken");
  if (broken > 0) {
    out += view.style.bad(count_text(broken, "record fits", "records fit") +
                          " no known event or delivery") +
           "\n";
  }
  const auto moving = number_of(answer, "moving");
  if (moving > 0) {
    out += view.style.dim(count_text(moving, "row", "rows") +
                          " changed meanwhile and could not be compared") +
           "\n";
  }
  const auto older = number_of(answer, "older");
  if (older > 0) {
    out += view.style.dim(count_text(older, "row is", "rows are") + " older than " +
                          text_of(answer, "whole_from") +
                          ", from where on the log holds all of it: not compared") +
           "\n";
  }
  const bool same = flag_of(answer, "same") && broken == 0;
  return out +
         (same ? view.style.good("recount: the same, ")
               : view.style.bad("recount: not the same, ")) +
         what + "\n";
}

}  // namespace tenon::cli
