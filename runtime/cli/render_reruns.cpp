// Replays and redrives as text.
#include "cli/cells.hpp"
#include "cli/render.hpp"

namespace tenon::cli {
namespace {

using nlohmann::json;

std::string words_joined(const json& words) {
  std::string out;
  for (const auto& word : words) {
    if (word.is_string()) out += (out.empty() ? "" : ", ") + clean(word.get<std::string>());
  }
  return out;
}

struct Facts {
  std::string out;
  void line(const std::string& label, const std::string& text) {
    if (text.empty() || text == "-") return;
    out += "  " + label + std::string(label.size() < 12 ? 12 - label.size() : 1, ' ') + text + "\n";
  }
};

// A time without the fraction that says nothing.
std::string plain(std::string time) {
  const auto at = time.find(".000000Z");
  if (at != std::string::npos) time.replace(at, std::string::npos, "Z");
  return time;
}

// What was asked, in a line.
std::string asked_of(const json& rerun) {
  std::string out;
  if (rerun.contains("replay")) {
    const auto& replay = rerun["replay"];
    out = "received from " + plain(text_of(replay, "from")) + " to " + plain(text_of(replay, "to"));
    if (!text_of(replay, "source").empty()) out += ", source " + clean(text_of(replay, "source"));
    if (!text_of(replay, "where").empty()) out += ", where " + clean(text_of(replay, "where"), 200);
    return out;
  }
  const json filter = rerun.value("filter", json::object());
  for (const auto& [name, value] : filter.items()) {
    out += (out.empty() ? "" : ", ") + name + " " +
           clean(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out.empty() ? "all dead letters" : "dead letters of " + out;
}

std::string percent(const json& rerun) {
  const auto at = rerun.find("progress");
  if (at == rerun.end() || !at->is_number()) return "-";
  return std::to_string(static_cast<int>(at->get<double>() * 100)) + " %";
}

}  // namespace

std::string render_replay_plan(const json& plan, const json& request, const View& view) {
  const auto& style = view.style;
  Facts lines;
  lines.out = style.bold("Replay to " + clean(text_of(request, "destination"))) +
              ", received from " + clean(text_of(request, "from")) + " to " +
              clean(text_of(request, "to")) + "\n";
  lines.line("where", clean(text_of(request, "where"), 200));
  const auto begins = time_of(plan, "log_begins_at");
  if (begins != Time{}) {
    const auto from = parse_rfc3339(text_of(request, "from"));
    const auto to = parse_rfc3339(text_of(request, "to"));
    const auto gone = from && to ? std::min(begins, *to) - *from : microseconds{0};
    lines.line("forgotten", style.warn("the log begins at " + text_of(plan, "log_begins_at")) +
                                ": " + duration_text(gone) +
                                " of that time are gone, in part at least");
  }
  lines.line("events", count_text(number_of(plan, "looked"), "event", "events") + " in that time");
  const auto letters = number_of(plan, "letters");
  lines.line("to send", count_text(number_of(plan, "matched"), "delivery", "deliveries") +
                            (letters == 0 ? ""
                                          : ", " + count_text(letters, "is a dead letter now",
                                                              "are dead letters now")));
  const json actions = plan.value("actions", json::object());
  for (const auto& [action, count] : actions.items()) {
    lines.line("  " + clean(action), count.dump());
  }
  const auto twice = number_of(plan, "duplicates_at_most");
  lines.line("duplicates", twice == 0 ? "none: nothing of it was sent before"
                                      : style.warn("at most " + std::to_string(twice)) +
                                            ": sent before, so the vendor may have them");
  const auto alone = number_of(plan, "left_alone");
  if (alone > 0)
    lines.line("left alone", std::to_string(alone) + ", still under way by themselves");
  const auto rate = number_of(request, "rate");
  const auto eta = number_of(plan, "eta_ms");
  lines.line("cost", count_text(number_of(plan, "calls"), "call", "calls") + " at least" +
                         (rate == 0 ? "" : ", " + std::to_string(rate) + "/s") +
                         (eta == 0 ? "" : ", " + duration_text(milliseconds(eta)) + " at least"));
  const auto unsafe = words_joined(plan.value("unsafe_actions", json::array()));
  if (!unsafe.empty()) {
    lines.line("not safe", style.warn(unsafe) +
                               ": a repeat may take effect twice; it needs --accept-duplicates");
  }
  return lines.out;
}

std::string render_rerun_started(const json& rerun) {
  const auto id = text_of(rerun, "id");
  return id + " goes on behind live deliveries of " + clean(text_of(rerun, "destination")) +
         "\n  follow: tenon replay show " + id + "\n  end it: tenon replay cancel " + id + "\n";
}

std::string render_reruns(const json& page, const View& view) {
  Table table;
  for (const char* title : {"ID", "KIND", "DESTINATION", "STATE", "STARTED", "BY"}) {
    table.column(title);
  }
  for (const char* title : {"SEEN", "TAKEN", "WAITING", "DELIVERED", "GIVEN UP", "CANCELLED"}) {
    table.column(title, Table::Align::right);
  }
  table.column("ASKED");
  for (const auto& one : page.value("data", json::array())) {
    table.row({cell(one, "id"), cell(one, "kind"), cell(one, "destination"),
               state_cell(cell(one, "state"), view.style), when(one, "started_at", view.now),
               cell(one, "actor"), percent(one), amount(one, "taken"), amount(one, "waiting"),
               amount(one, "delivered"), amount(one, "given_up"), amount(one, "cancelled"),
               asked_of(one)});
  }
  return finish(table, page, view, "no replays");
}

std::string render_rerun(const json& rerun, const View& view) {
  const auto& style = view.style;
  const auto kind = text_of(rerun, "kind"), state = text_of(rerun, "state");
  Facts lines;
  lines.out = style.bold((kind == "redrive" ? "Redrive " : "Replay ") + text_of(rerun, "id")) +
              " to " + clean(text_of(rerun, "destination")) + "\n";
  lines.line("asked", asked_of(rerun));
  const auto rate = number_of(rerun, "rate");
  if (rate != 0) lines.line("rate", "at most " + std::to_string(rate) + "/s");
  lines.line("started", when(rerun, "started_at", view.now) + " by " + cell(rerun, "actor"));
  std::string now = style.state(state);
  if (!text_of(rerun, "ended_at").empty()) {
    now += " " + when(rerun, "ended_at", view.now) + " by " + cell(rerun, "ended_by");
  }
  if (!text_of(rerun, "reason").empty()) now += ": " + clean(text_of(rerun, "reason"));
  if (!text_of(rerun, "waits_for").empty()) {
    now += ", " + style.warn("waits for " + clean(text_of(rerun, "waits_for")));
  }
  lines.line("state", now);
  if (kind == "replay") {
    lines.line("seen", percent(rerun) + " of its part of the log, " +
                           count_text(number_of(rerun, "looked"), "event", "events"));
  }
  const auto letters = number_of(rerun, "letters"), taken = number_of(rerun, "taken");
  lines.line("taken up",
             count_text(taken, "delivery", "deliveries") +
                 (kind == "replay" && letters > 0
                      ? ", of them " + count_text(letters, "dead letter", "dead letters")
                      : ""));
  const auto put = [&](const char* label, const char* key, const char* text) {
    const auto n = number_of(rerun, key);
    if (n > 0) lines.line(label, std::to_string(n) + text);
  };
  put("delivered", "delivered", "");
  put("skipped", "skipped", " by the connector or an operator");
  put("given up", "given_up", ": tenon dead-letters list");
  put("waiting", "waiting", ": tenon deliveries --lane replay");
  put("cancelled", "cancelled", ": taken up, but not sent");
  put("left alone", "left_alone", ", under way by themselves");
  if (kind == "replay" && (state == "cancelled" || state == "failed")) {
    lines.line("not seen", "tenon replay rest " + text_of(rerun, "id"));
  }
  return lines.out;
}

std::string render_rerun_rest(const json& page, const View& view) {
  Table table;
  for (const char* title : {"EVENT", "RECEIVED", "ACTION", "DELIVERY"}) table.column(title);
  for (const auto& one : page.value("data", json::array())) {
    table.row({cell(one, "event"), when(one, "received_at", view.now), cell(one, "action"),
               cell(one, "id")});
  }
  return finish(table, page, view, "nothing: it had come to everything");
}

}  // namespace tenon::cli
