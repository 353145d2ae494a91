// Captures as a table, and one call for people.
#include "cli/cells.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownBody = 600;

// A text of a capture, or {"base64": ...}, which is shown as it is.
std::string text_in(const Json& value, const char* key) {
  if (!value.contains(key)) return {};
  return value[key].is_string() ? value[key].get<std::string>() : value[key].dump();
}

Table::Cell ending(const Json& row, const Style& style) {
  const std::string failure = text_of(row, "failure");
  if (!failure.empty()) return Table::Cell(failure, style.bad(clean(failure, 30)));
  if (flag_of(row, "failed")) return Table::Cell("failed", style.warn("failed"));
  return Table::Cell("well");
}

void body_line(const Json& value, std::string& out) {
  const std::string body = text_in(value, "body");
  if (!body.empty()) out += "         " + clean(body, kShownBody) + "\n";
}

std::string step_text(const Json& step, std::size_t number, const Style& style) {
  std::string out = "  step " + std::to_string(number) + "\n";
  const Json requests = step.value("requests", Json::array());
  const Json replies = step.value("replies", Json::array());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    out += "    -> " + clean(text_in(requests[i], "method"), 20) + " " +
           clean(text_in(requests[i], "endpoint"), 60) + ": " +
           clean(text_in(requests[i], "path"), 200) + "\n";
    body_line(requests[i], out);
    if (i >= replies.size()) continue;
    const auto status = number_of(replies[i], "status");
    out +=
        "    <- " + (status > 0 ? std::to_string(status) : clean(text_of(replies[i], "got"), 20));
    const std::string error = text_in(replies[i], "error");
    out += (error.empty() ? "" : ": " + clean(error, 200)) + "\n";
    body_line(replies[i], out);
  }
  for (const auto& outcome : step.value("outcomes", Json::array())) {
    const std::string verdict = outcome.value("verdict", "unresolved");
    const bool good = verdict == "accepted" || verdict == "duplicate" || verdict == "skipped";
    out += "    record " + std::to_string(number_of(outcome, "index")) + ": " +
           (good ? verdict : style.warn(verdict));
    const std::string code = text_in(outcome, "vendor_code"), detail = text_in(outcome, "detail");
    out += (code.empty() ? "" : " " + clean(code, 80)) +
           (detail.empty() ? "" : ": " + clean(detail, 200)) + "\n";
  }
  const std::string explain = text_in(step, "explain");
  if (!explain.empty()) out += "    " + style.bad("said") + ": " + clean(explain, 300) + "\n";
  return out;
}

}  // namespace

std::string render_captures(const Json& page, const View& view) {
  Table table;
  for (const char* title : {"WHEN", "ATTEMPT", "DESTINATION", "RELEASE", "ACTION"}) {
    table.column(title);
  }
  for (const char* title : {"RECORDS", "STEPS", "MS"}) table.column(title, Table::Align::right);
  table.column("ENDED");
  for (const auto& row : page.value("data", Json::array())) {
    table.row({when(row, "at", view.now), cell(row, "attempt"), cell(row, "destination"),
               cell(row, "release"), cell(row, "action"), amount(row, "records"),
               amount(row, "steps"), amount(row, "took_ms"), ending(row, view.style)});
  }
  const Json status = page.value("status", Json::object());
  std::string nothing = "No calls are kept that fit.\n";
  if (!flag_of(status, "on")) {
    const std::string why = text_of(status, "off_because");
    nothing = why.empty() ? "Captures are off: the workspace has no [capture].\n"
                          : "Captures are off: " + clean(why, 300) + "\n";
  }
  return finish(table, page, view, nothing.c_str());
}

std::string render_capture(const Json& call, const View& view) {
  std::string out = clean(text_of(call, "attempt"), 60) + "  " +
                    clean(text_of(call, "release"), 80) + "  " + clean(text_of(call, "op"), 20) +
                    " " + clean(text_of(call, "action"), 60) + "  to " +
                    clean(text_of(call, "destination"), 60) + "\n";
  out += "  at " + clean(text_of(call, "at"), 40) + ", took " +
         std::to_string(number_of(call, "took_ms")) + " ms\n";
  const Json records = call.value("records", Json::array());
  for (std::size_t i = 0; i < records.size(); ++i) {
    out += "  record " + std::to_string(i) + "  " + clean(text_of(records[i], "id"), 60) + " " +
           clean(text_in(records[i], "type"), 60) + "\n";
    body_line(records[i], out);
  }
  const Json steps = call.value("steps", Json::array());
  for (std::size_t i = 0; i < steps.size(); ++i) out += step_text(steps[i], i, view.style);
  const std::string failure = text_of(call, "failure");
  if (!failure.empty()) {
    out += "  " + view.style.bad(clean(failure, 40)) + ": " +
           clean(text_in(call, "failure_text"), 300) + "\n";
  }
  return out + "  again, here: tenon repro " + clean(text_of(call, "attempt"), 60) + "\n";
}

}  // namespace tenon::cli
