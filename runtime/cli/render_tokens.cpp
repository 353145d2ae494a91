// Tokens of the admin API as a table; their values are nowhere to be had.
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {

using Json = nlohmann::json;

std::string render_tokens(const Json& answer, const View& view) {
  Table table;
  for (const char* title : {"ID", "NAME", "STATE", "SCOPES", "USED", "BY"}) table.column(title);
  table.column("A MINUTE", Table::Align::right);
  for (const auto& token : answer.value("data", Json::array())) {
    std::string scopes;
    for (const auto& scope : token.value("scopes", Json::array())) {
      if (scope.is_string()) scopes += (scopes.empty() ? "" : " ") + scope.get<std::string>();
    }
    const Time expires = time_of(token, "expires"), used = time_of(token, "used");
    const std::string state = time_of(token, "revoked") != Time{} ? "revoked"
                              : expires <= view.now               ? "expired"
                                                    : "ends " + ago_text(expires, view.now);
    table.row({clean(text_of(token, "id")), clean(text_of(token, "name"), 40), state,
               clean(scopes, 80), used == Time{} ? "never" : ago_text(used, view.now),
               clean(text_of(token, "actor")), std::to_string(number_of(token, "per_minute"))});
  }
  return table.empty() ? "No tokens. tenon token create --help tells how to make one.\n"
                       : table.text(view.style);
}

}  // namespace tenon::cli
