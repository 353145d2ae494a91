// Lists and single answers as tables and lines.
#include "cli/render.hpp"

#include <nlohmann/json.hpp>

namespace tenon::cli {

using nlohmann::json;
using Align = Table::Align;

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

namespace {

std::string when(const json& value, const char* key, Time now) {
  const auto time = time_of(value, key);
  return time == Time{} ? "-" : ago_text(time, now);
}
std::string due(const json& value, const char* key, Time now) {
  const auto time = time_of(value, key);
  return time == Time{} ? "-" : due_text(time, now);
}
std::string cell(const json& value, const char* key, std::size_t most = 60) {
  const auto text = clean(text_of(value, key), most);
  return text.empty() ? "-" : text;
}
std::string amount(const json& value, const char* key) {
  return std::to_string(number_of(value, key));
}
Table::Cell state_cell(const std::string& word, const Style& style) {
  return Table::Cell(word, style.state(word));
}
// The table, or `nothing`, and how to see more.
std::string finish(const Table& table, const json& page, const View& view, const char* nothing) {
  std::string out = table.empty() ? std::string(nothing) + "\n" : table.text(view.style);
  const auto next = text_of(page, "next");
  if (!next.empty()) out += view.style.dim("more: --after " + clean(next)) + "\n";
  return out;
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
  for (const char* title : {"DELIVERY", "EVENT", "DESTINATION", "ACTION", "STATE"}) {
    table.column(title);
  }
  table.column("TRIES", Align::right);
  table.column("STATUS", Align::right);
  table.column("NEXT");
  table.column("REASON");
  for (const auto& delivery : page.value("data", json::array())) {
    const auto status = number_of(delivery, "http_status");
    table.row({cell(delivery, "id"), cell(delivery, "event"), cell(delivery, "destination"),
               cell(delivery, "action"), state_cell(cell(delivery, "state"), view.style),
               amount(delivery, "tries"), status == 0 ? "-" : std::to_string(status),
               due(delivery, "next_at", view.now), cell(delivery, "reason")});
  }
  return finish(table, page, view, "no deliveries in that state: nothing waits, nothing is stuck");
}

std::string render_dead_letters(const json& page, const View& view) {
  Table table;
  for (const char* title : {"DELIVERY", "DESTINATION", "ACTION", "DIED", "CLASS", "CODE"}) {
    table.column(title);
  }
  table.column("TRIES", Align::right);
  table.column("DETAIL");
  for (const auto& letter : page.value("data", json::array())) {
    table.row({cell(letter, "id"), cell(letter, "destination"), cell(letter, "action"),
               when(letter, "died_at", view.now), cell(letter, "class"), cell(letter, "code"),
               amount(letter, "tries"), cell(letter, "detail", 80)});
  }
  return finish(table, page, view, "no dead letters");
}

std::string render_dead_letter(const json& letter, const View& view) {
  std::string out = view.style.bold("Dead letter " + cell(letter, "id")) + "\n";
  const auto line = [&](const char* label, const std::string& text) {
    if (text.empty() || text == "-") return;
    out += "  " + std::string(label) + std::string(13 - std::string_view(label).size(), ' ') +
           text + "\n";
  };
  line("event", cell(letter, "event"));
  line("destination", cell(letter, "destination") + ", action " + cell(letter, "action"));
  line("release", cell(letter, "release"));
  line("received", when(letter, "received_at", view.now));
  line("given up", when(letter, "died_at", view.now) + " after " +
                       count_text(number_of(letter, "tries"), "try", "tries"));
  line("class", view.style.bad(cell(letter, "class")));
  const auto status = number_of(letter, "http_status");
  if (status != 0) line("status", std::to_string(status));
  line("vendor code", cell(letter, "code"));
  line("vendor says", cell(letter, "detail", 500));
  if (letter.contains("canonical")) {
    out += "  the event:\n" + letter["canonical"].dump(2) + "\n";
  }
  return out;
}

std::string render_redrive(const json& answer, bool dry_run) {
  const auto matched = number_of(answer, "matched");
  std::string out = count_text(matched, "dead letter matches", "dead letters match");
  out += dry_run ? "; nothing was changed (dry run)\n"
                 : ", " + std::to_string(number_of(answer, "redriven")) + " redriven\n";
  for (const auto& id : answer.value("sample", json::array())) {
    if (id.is_string()) out += "  " + clean(id.get<std::string>()) + "\n";
  }
  if (flag_of(answer, "more")) out += "more are left: run the command again\n";
  return out;
}

std::string render_destinations(const json& page, const View& view) {
  Table table;
  for (const char* title : {"DESTINATION", "RELEASE", "STATE"}) table.column(title);
  for (const char* title : {"PENDING", "RETRYING", "PARKED", "DEAD", "AMBIGUOUS", "LAG"}) {
    table.column(title, Align::right);
  }
  table.column("NEXT");
  table.column("REASON");
  for (const auto& to : page.value("data", json::array())) {
    table.row({cell(to, "name"), cell(to, "release"), state_cell(cell(to, "state"), view.style),
               amount(to, "pending"), amount(to, "retrying"), amount(to, "parked"),
               amount(to, "dead"), amount(to, "ambiguous"),
               duration_text(milliseconds(number_of(to, "lag_ms"))), due(to, "next_at", view.now),
               cell(to, "reason")});
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

std::string render_problem(const json& problem) {
  std::string out = text_of(problem, "title");
  const auto detail = clean(text_of(problem, "detail"), 1000);
  const auto place = clean(text_of(problem, "place"));
  if (!detail.empty()) out += ": " + detail;
  if (!place.empty()) out += " (at " + place + ")";
  return out;
}

}  // namespace tenon::cli
