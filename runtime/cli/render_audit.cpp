// The audit chain as a table, and the verdict on it.
#include "cli/cells.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

std::string how(const Json& entry) {
  const auto status = number_of(entry, "status");
  if (status == 0) return "begun";
  const std::string why = clean(text_of(entry, "why"), 30);
  return std::to_string(status) + (why.empty() ? "" : " " + why);
}

Table::Cell how_cell(const Json& entry, const Style& style) {
  const std::string text = how(entry);
  return number_of(entry, "status") >= 400 ? Table::Cell(text, style.warn(text))
                                           : Table::Cell(text);
}

std::string who(const Json& entry) {
  const std::string actor = clean(text_of(entry, "actor"), 40),
                    peer = clean(text_of(entry, "peer"));
  if (actor.empty()) return "nobody known" + (peer.empty() ? "" : " at " + peer);
  return actor + (peer.empty() ? "" : " at " + peer);
}

std::string anchor_text(const std::string& fate) {
  if (fate == "found") return "The anchor is there: nothing up to it was cut off or made anew.\n";
  if (fate == "older") return "The anchor is older than the chain: retention has forgotten it.\n";
  if (fate == "other") return "Another entry stands in the anchor's place: it was made anew.\n";
  if (fate == "missing") {
    return "The chain ends before the anchor: its end was cut off, or a backup was put back.\n";
  }
  return "";
}

}  // namespace

std::string render_audit(const Json& page, const View& view) {
  Table table;
  table.column("NO", Table::Align::right);
  for (const char* title : {"WHEN", "WHO", "WHAT", "OF", "ENDED"}) table.column(title);
  table.column("TIMES", Table::Align::right);
  for (const auto& entry : page.value("data", Json::array())) {
    const auto count = number_of(entry, "count");
    table.row({std::to_string(number_of(entry, "sequence")), when(entry, "at", view.now),
               who(entry), cell(entry, "act"), cell(entry, "target"), how_cell(entry, view.style),
               count > 1 ? std::to_string(count) : ""});
  }
  return finish(table, page, view, "No entries in that time.\n");
}

std::string render_audit_verdict(const Json& answer, const View& view) {
  const auto entries = number_of(answer, "entries");
  std::string out;
  if (answer.contains("broken")) {
    const auto& broken = answer["broken"];
    out = view.style.bad("Broken at entry " + std::to_string(number_of(broken, "sequence"))) +
          ": " + clean(text_of(broken, "why"), 200) + ".\n";
  } else if (flag_of(answer, "whole")) {
    out = view.style.good("Whole") + ": " + std::to_string(entries) +
          (entries == 1 ? " entry" : " entries") + " from number " +
          std::to_string(number_of(answer, "first")) + " on.\n";
  } else {
    out = view.style.bad("Not whole") + ": " + std::to_string(entries) +
          " entries fit together, but\n";
  }
  out += anchor_text(text_of(answer, "anchor"));
  const auto bare = number_of(answer, "without_key"), gone = number_of(answer, "key_gone");
  if (bare > 0) {
    out += std::to_string(bare) +
           " of them have no key: an anchor alone tells whether they were made anew.\n";
  }
  if (number_of(answer, "without_key_since") != 0) {
    out += "From entry " + std::to_string(number_of(answer, "without_key_since")) +
           " on some have no key though earlier ones have: the vault was closed then, or somebody "
           "else wrote them.\n";
  }
  if (gone > 0) {
    out += std::to_string(gone) +
           " are under a key that is gone (a vault shredded or replaced): only their order was "
           "checked.\n";
  }
  const std::string head = text_of(answer, "head");
  if (!head.empty()) out += "Head " + head + " - keep it elsewhere, as an anchor.\n";
  return out;
}

}  // namespace tenon::cli
