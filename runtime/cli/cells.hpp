// What renderers share: members of JSON values as cells of a table.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/render.hpp"

namespace tenon::cli {

std::string when(const nlohmann::json& value, const char* key, Time now);  // "3 min ago", "-"
std::string due(const nlohmann::json& value, const char* key, Time now);   // "in 12 s", "due", "-"
std::string cell(const nlohmann::json& value, const char* key, std::size_t most = 60);
std::string amount(const nlohmann::json& value, const char* key);
Table::Cell state_cell(const std::string& word, const Style& style);
// The table, or `nothing`, and how to see more.
std::string finish(const Table& table, const nlohmann::json& page, const View& view,
                   const char* nothing);

}  // namespace tenon::cli
