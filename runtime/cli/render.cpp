// Lists and single answers as tables and lines.
#include "cli/render.hpp"
#include "cli/cells.hpp"

namespace tenon::cli {

using nlohmann::json;
using Align = Table::Align;

namespace {

// Why it does not run, for how long, and whom to tell.
std::string trouble_cell(const json& destination, const View& view) {
  auto text = clean(text_of(destination, "reason"), 160);
  if (text.empty()) return "-";
  const auto since = time_of(destination, "since");
  if (since == Time{}) return text;
  text += "; for " + duration_text(view.now - since);
  const auto owner = clean(text_of(destination, "owner"), 60);
  return owner.empty() ? text : text + "; owner: " + owner;
}

}  // namespace

std::string render_events(const json& page, const View& view) {
  Table table;
  for (const char* title : {"EVENT", "RECEIVED", "SOURCE", "TYPE", "NAME", "MESSAGE ID", "FATE"}) {
    table.column(title);
  }
  for (const auto& event : page.value("data", json::array())) {
    table.row({cell(event, "id"), when(event, "received_at", view.now), cell(event, "source"),
               cell(event, "type"), cell(event, "name", 30), cell(event, "message_id", 40),
               state_cell(cell(event, "fate"), view.style)});
  }
  return finish(table, json::object(), view, "no events");
}

std::string render_event_line(const json& event, const View& view) {
  const auto name = text_of(event, "name");
  return to_rfc3339(time_of(event, "received_at")) + "  " + cell(event, "id") + "  " +
         cell(event, "source") + "  " + cell(event, "type") +
         (name.empty() ? "" : " \"" + clean(name, 60) + "\"") + "  " + cell(event, "message_id") +
         "  " + view.style.state(cell(event, "fate")) + "\n";
}

std::string render_rejected(const json& page, const View& view) {
  Table table;
  for (const char* title : {"EVENT", "RECEIVED", "SOURCE", "CODE", "REASON", "RE-ENTERED AS"}) {
    table.column(title);
  }
  for (const auto& event : page.value("data", json::array())) {
    table.row({cell(event, "id"), when(event, "received_at", view.now), cell(event, "source"),
               cell(event, "code"), cell(event, "reason", 80), cell(event, "reentered_as")});
  }
  return finish(table, page, view, "no rejected events");
}

std::string render_deliveries(const json& page, const View& view) {
  Table table;
  for (const char* title : {"DELIVERY", "EVENT", "DESTINATION", "ACTION", "LANE", "STATE"}) {
    table.column(title);
  }
  table.column("TRIES", Align::right);
  table.column("STATUS", Align::right);
  table.column("NEXT");
  table.column("REASON");
  for (const auto& delivery : page.value("data", json::array())) {
    const auto status = number_of(delivery, "http_status");
    table.row({cell(delivery, "id"), cell(delivery, "event"), cell(delivery, "destination"),
               cell(delivery, "action"), cell(delivery, "lane"),
               state_cell(cell(delivery, "state"), view.style), amount(delivery, "tries"),
               status == 0 ? "-" : std::to_string(status), due(delivery, "next_at", view.now),
               cell(delivery, "reason")});
  }
  return finish(table, page, view, "no deliveries in that state: nothing waits, nothing is stuck");
}

std::string render_destinations(const json& page, const View& view) {
  Table table;
  for (const char* title : {"DESTINATION", "RELEASE", "STATE"}) table.column(title);
  for (const char* title : {"PENDING", "RETRYING", "PARKED", "DEAD", "AMBIGUOUS", "LAG"}) {
    table.column(title, Align::right);
  }
  table.column("REPLAY");
  table.column("NEXT");
  table.column("REASON");
  for (const auto& to : page.value("data", json::array())) {
    table.row(
        {cell(to, "name"), cell(to, "release"), state_cell(cell(to, "state"), view.style),
         amount(to, "pending"), amount(to, "retrying"), amount(to, "parked"), amount(to, "dead"),
         amount(to, "ambiguous"), duration_text(milliseconds(number_of(to, "lag_ms"))),
         text_of(to, "rerun").empty() ? std::string("-")
                                      : cell(to, "rerun") + " (" + amount(to, "rerunning") + ")",
         due(to, "next_at", view.now), trouble_cell(to, view)});
  }
  return finish(table, page, view, "no destinations in the configuration");
}

std::string render_connectors(const json& page, const View& view) {
  Table table;
  for (const char* title : {"CONNECTOR", "VERSION", "ISOLATION", "ACTIONS", "USED BY"}) {
    table.column(title);
  }
  table.column("STRIKES", Align::right);
  table.column("STATE");
  const auto list = [](const json& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name.get<std::string>();
    return out.empty() ? std::string("-") : clean(out, 60);
  };
  for (const auto& connector : page.value("data", json::array())) {
    const bool ok = flag_of(connector, "ok");
    const auto problem = clean(text_of(connector, "problem"), 80);
    const auto isolation = cell(connector, "isolation");
    table.row(
        {cell(connector, "id"), cell(connector, "version"),
         isolation == "none" ? Table::Cell("none", view.style.bad("none")) : Table::Cell(isolation),
         list(connector.value("actions", json::array())),
         list(connector.value("destinations", json::array())), amount(connector, "strikes"),
         ok ? state_cell("ok", view.style) : Table::Cell(problem, view.style.bad(problem))});
  }
  return finish(table, page, view, "no connectors installed");
}

std::string render_workers(const json& page, const View& view) {
  Table table;
  table.column("PID", Align::right);
  for (const char* title : {"RELEASE", "STATE", "ISOLATION", "STARTED"}) table.column(title);
  for (const char* title : {"STEPS", "CRASHES", "MEMORY", "CPU"}) {
    table.column(title, Align::right);
  }
  table.column("LAST FAILURE");
  for (const auto& worker : page.value("data", json::array())) {
    table.row({amount(worker, "pid"), cell(worker, "release"),
               state_cell(cell(worker, "state"), view.style),
               text_of(worker, "isolation") == "none" ? Table::Cell("none", view.style.bad("none"))
                                                      : Table::Cell(cell(worker, "isolation")),
               when(worker, "started_at", view.now), amount(worker, "steps"),
               amount(worker, "crashes"), bytes_text(number_of(worker, "rss_bytes")),
               duration_text(milliseconds(number_of(worker, "cpu_ms"))),
               cell(worker, "last_failure", 60)});
  }
  return finish(table, page, view, "no workers run: they start when there is work");
}

std::string render_config_errors(const json& errors, const View& view) {
  std::string out;
  for (const auto& error : errors) {
    const auto place = clean(text_of(error, "place"));
    out += view.style.bad("error") + " " + (place.empty() ? "" : place + ": ") +
           clean(text_of(error, "detail"), 1000) + "\n";
  }
  return out;
}

std::string render_config_diff(const json& diff) {
  std::string out;
  for (const auto& change : diff.value("changes", json::array())) {
    if (change.is_string()) out += "  " + clean(change.get<std::string>(), 500) + "\n";
  }
  return out.empty() ? "no difference to the configuration in force\n" : out;
}

std::string render_config_history(const json& page, const View& view) {
  Table table;
  for (const char* title : {"VERSION", "APPLIED", "BY", "WORKSPACE"}) table.column(title);
  for (const auto& entry : page.value("data", json::array())) {
    table.row({cell(entry, "version"), when(entry, "applied_at", view.now), cell(entry, "actor"),
               cell(entry, "workspace")});
  }
  return finish(table, page, view, "no configuration was ever applied");
}

std::string render_doctor(const json& page, const View& view) {
  std::string out;
  std::uint64_t errors = 0, warnings = 0;
  for (const auto& finding : page.value("data", json::array())) {
    const auto level = text_of(finding, "level");
    errors += level == "error" ? 1 : 0;
    warnings += level == "warning" ? 1 : 0;
    out += view.style.state(level) + std::string(9 - std::min<std::size_t>(8, level.size()), ' ') +
           view.style.bold(cell(finding, "name")) + "  " + clean(text_of(finding, "text"), 500) +
           "\n";
    const auto mend = clean(text_of(finding, "mend"), 500);
    if (!mend.empty()) out += "         → " + mend + "\n";
  }
  return out + count_text(errors, "error", "errors") + ", " +
         count_text(warnings, "warning", "warnings") + "\n";
}

std::string render_notices(const json& page, const View& view) {
  std::string out;
  std::uint64_t open = 0;
  for (const auto& notice : page.value("data", json::array())) {
    const bool is_open = flag_of(notice, "open");
    open += is_open ? 1 : 0;
    const auto name = cell(notice, "name");
    out += (is_open ? view.style.bad("open") : view.style.dim("past")) + "  " +
           view.style.bold(name) + "  " + cell(notice, "subject") + ", since " +
           when(notice, "since", view.now) + "  " + view.style.dim(cell(notice, "event")) + "\n";
    const auto reason = clean(text_of(notice, "reason"), 500);
    if (!reason.empty()) out += "      " + reason + "\n";
    const auto owner = clean(text_of(notice, "owner"), 100);
    if (is_open && !owner.empty()) out += "      owner: " + owner + "\n";
    const auto mend = clean(text_of(notice, "mend"), 500);
    if (is_open && !mend.empty()) out += "      → " + mend + "\n";
  }
  return out +
         (open == 0 ? "nothing needs a person now"
                    : count_text(open, "thing needs", "things need") + " a person now") +
         "\n";
}

std::string render_problem(const json& problem) {
  std::string out = text_of(problem, "title");
  const auto detail = clean(text_of(problem, "detail"), 1000);
  const auto place = clean(text_of(problem, "place"));
  if (!detail.empty()) out += ": " + detail;
  if (!place.empty()) out += " (at " + place + ")";
  return out;
}

}  // namespace tenon::cli
