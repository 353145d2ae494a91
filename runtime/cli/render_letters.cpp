// Dead letters as text: lists, one with its tries, and what became of a redrive.
#include "cli/cells.hpp"
#include "cli/render.hpp"

namespace tenon::cli {

using nlohmann::json;

std::string render_dead_letters(const json& page, const View& view) {
  Table table;
  for (const char* title : {"DELIVERY", "DESTINATION", "ACTION", "STATE", "SINCE", "CLASS"}) {
    table.column(title);
  }
  table.column("STATUS", Table::Align::right);
  table.column("CODE");
  table.column("TRIES", Table::Align::right);
  table.column("DETAIL");
  for (const auto& letter : page.value("data", json::array())) {
    const auto status = number_of(letter, "http_status");
    table.row({cell(letter, "id"), cell(letter, "destination"), cell(letter, "action"),
               state_cell(cell(letter, "state"), view.style), when(letter, "died_at", view.now),
               cell(letter, "class"), status == 0 ? "-" : std::to_string(status),
               cell(letter, "code"), amount(letter, "tries"), cell(letter, "detail", 80)});
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
  line("replay", cell(letter, "replay"));
  line("release", cell(letter, "release"));
  line("received", when(letter, "received_at", view.now));
  line("given up", when(letter, "died_at", view.now) + " after " +
                       count_text(number_of(letter, "tries"), "try", "tries"));
  const auto state = text_of(letter, "state");
  line("class", view.style.bad(cell(letter, "class")) +
                    (state.empty() || state == "dead" ? "" : ", " + clean(state)));
  const auto status = number_of(letter, "http_status");
  if (status != 0) line("status", std::to_string(status));
  line("vendor code", cell(letter, "code"));
  line("vendor says", cell(letter, "detail", 500));
  const auto attempts = letter.value("attempts", json::array());
  if (!attempts.empty()) {
    const auto hidden = number_of(letter, "tries") - attempts.size();
    const bool some = number_of(letter, "tries") > attempts.size();
    out += "  its last tries" +
           (some ? " (" + count_text(hidden, "older one", "older ones") + ": tenon explain " +
                       cell(letter, "event") + ")"
                 : std::string()) +
           "\n" + render_tries(attempts, time_of(letter, "received_at"), view);
  }
  if (letter.contains("canonical")) {
    out += "  the event:\n" + letter["canonical"].dump(2) + "\n";
  }
  const auto next = clean(text_of(letter, "next_step"), 1'000);
  if (!next.empty()) out += view.style.bold("What to do: ") + next + "\n";
  return out;
}

std::string render_redrive(const json& answer, bool dry_run) {
  std::string out =
      count_text(number_of(answer, "matched"), "dead letter matches", "dead letters match");
  out += dry_run ? "; nothing was changed (dry run)\n" : "\n";
  if (dry_run) {
    for (const auto& id : answer.value("sample", json::array())) {
      if (id.is_string()) out += "  " + clean(id.get<std::string>()) + "\n";
    }
  }
  for (const auto& rerun : answer.value("reruns", json::array()))
    out += render_rerun_started(rerun);
  return out;
}

}  // namespace tenon::cli
