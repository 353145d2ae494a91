// Kinds of change that are told by a word, where that is cheap and certain.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tenon::shadow {

// Of two different texts: now E.164, case, trimmed, now empty, cut, changed.
std::string kind_of_texts(std::string_view before, std::string_view after);
// Of two different JSON values; null pointer: it is not there. New, now absent, "number to text",
// as texts, longer, shorter, changed.
std::string kind_of_values(const nlohmann::json* before, const nlohmann::json* after);
// "accepted to retry"
std::string turn(std::string_view before, std::string_view after);

}  // namespace tenon::shadow
