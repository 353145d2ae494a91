// The vault as a table: names and versions, never values.
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {

using Json = nlohmann::json;

std::string render_vault(const Json& vault, const View& view) {
  const std::string state = text_of(vault, "state");
  if (state == "closed") {
    return "The vault is " + view.style.bad("closed") + ": " +
           clean(text_of(vault, "problem"), 2'000) + "\n";
  }
  if (state == "empty") {
    return "The vault is empty. tenon vault put NAME puts a secret in; its key will come from " +
           clean(text_of(vault, "key_source")) + "\n";
  }
  Table table;
  table.column("name");
  table.column("version", Table::Align::right);
  table.column("put");
  table.column("by");
  table.column("valid");
  table.column("data key", Table::Align::right);
  for (const auto& secret : vault.value("data", Json::array())) {
    for (const auto& version : secret.value("versions", Json::array())) {
      const Time until = time_of(version, "valid_until");
      table.row({clean(text_of(secret, "name")), std::to_string(number_of(version, "version")),
                 ago_text(time_of(version, "made"), view.now), clean(text_of(version, "actor")),
                 until == Time{} ? "current" : "ends " + ago_text(until, view.now),
                 std::to_string(number_of(version, "key"))});
    }
  }
  const std::string foot = "Generation " + std::to_string(number_of(vault, "generation")) +
                           ", written " + ago_text(time_of(vault, "written"), view.now) +
                           "; locked by " + clean(text_of(vault, "key_source")) + ", key " +
                           clean(text_of(vault, "key_id")).substr(0, 8) + "\n";
  return (table.empty() ? "No secrets.\n" : table.text(view.style)) + view.style.dim(foot);
}

}  // namespace tenon::cli
