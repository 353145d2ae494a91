// What a vendor said: checks, records read back, pulls; as text.
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {

using nlohmann::json;

std::string render_check(const json& answer, const View& view) {
  const bool ok = flag_of(answer, "ok");
  std::string out = clean(text_of(answer, "name")) + ": ";
  out += ok ? view.style.good("works") : view.style.bad("does not work");
  if (!ok) out += "\n  " + text_of(answer, "reason") + ": " + clean(text_of(answer, "text"), 1000);
  for (const auto& exchange : answer.value("exchanges", json::array())) {
    const auto status = number_of(exchange, "http_status");
    out += "\n  " + clean(text_of(exchange, "method")) + " " +
           clean(text_of(exchange, "endpoint")) + ":" + clean(text_of(exchange, "path")) + " → " +
           (status == 0 ? clean(text_of(exchange, "got")) : std::to_string(status)) + " in " +
           duration_text(milliseconds(number_of(exchange, "took_ms")));
  }
  return out + "\n";
}

std::string render_read_back(const json& answer, const std::vector<std::string>& keys,
                             const View& view) {
  std::string out;
  const auto data = answer.value("data", json::array());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto state = text_of(data[i], "state");
    const std::string word = state == "found"    ? view.style.good(state)
                             : state == "absent" ? view.style.warn(state)
                                                 : view.style.bad(state);
    out += word + "  " + (i < keys.size() ? clean(keys[i], 100) : std::string());
    const auto ref = clean(text_of(data[i], "vendor_ref"));
    if (!ref.empty()) out += "  is " + ref;
    out += "\n";
    const auto detail = clean(text_of(data[i], "detail"), 500);
    if (!detail.empty()) out += "  " + detail + "\n";
    if (data[i].contains("record")) out += "  " + clean(data[i]["record"].dump(), 4'000) + "\n";
  }
  return out;
}

std::string render_pulls(const json& page, const View& view) {
  Table table;
  for (const char* title : {"PULL", "FROM", "INTO", "STATE"}) table.column(title);
  for (const char* title : {"PAGES", "EVENTS", "REJECTED"})
    table.column(title, Table::Align::right);
  for (const char* title : {"LAST PAGE", "NEXT", "REASON"}) table.column(title);
  const auto when = [&](const json& pull, const char* key) {
    const auto time = time_of(pull, key);
    return time == Time{} ? std::string("-") : ago_text(time, view.now);
  };
  for (const auto& pull : page.value("data", json::array())) {
    const auto state = text_of(pull, "state"), reason = clean(text_of(pull, "reason"), 80);
    table.row({clean(text_of(pull, "name")),
               clean(text_of(pull, "destination") + "/" + text_of(pull, "stream")),
               clean(text_of(pull, "source")), Table::Cell(state, view.style.state(state)),
               std::to_string(number_of(pull, "pages")), std::to_string(number_of(pull, "events")),
               std::to_string(number_of(pull, "rejected")), when(pull, "last_page_at"),
               when(pull, "next_at"), reason.empty() ? "-" : reason});
  }
  if (table.empty()) return "no pulls: add a [[pulls]] table to the workspace file\n";
  return table.text(view.style);
}

std::string render_pull(const json& pull, const View& view) {
  const auto state = text_of(pull, "state"), reason = clean(text_of(pull, "reason"), 1'000);
  std::string out = clean(text_of(pull, "name")) + ": " + view.style.state(state);
  if (!reason.empty()) out += ": " + reason;
  out += "\n  " + count_text(number_of(pull, "events"), "event", "events") + " in " +
         count_text(number_of(pull, "pages"), "page", "pages");
  const auto rejected = number_of(pull, "rejected");
  if (rejected > 0) out += ", " + std::to_string(rejected) + " rejected";
  const auto cursor = clean(text_of(pull, "cursor"), 200);
  if (!cursor.empty()) out += "\n  cursor " + cursor;
  const auto next = time_of(pull, "next_at");
  if (next != Time{}) out += "\n  next " + due_text(next, view.now);
  return out + "\n";
}

}  // namespace tenon::cli
