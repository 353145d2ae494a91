// ModelClient: the pages below /_model/ of a served model (runtime/models/control.hpp).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tenon::cli {

// unavailable: nobody answers there. invalid: the model refused, with its own words.
Result<nlohmann::json> ask_model(const std::string& url, const std::string& method,
                                 const std::string& page, const std::string& body = {});

// The text of faults that the options of `tenon vendor faults` mean: each option is a fault, its
// value the rest of its part: {"throttle", "20%"} and {"slow", "2s"} are "throttle 20%, slow 2s".
std::string faults_text(const std::vector<std::pair<std::string, std::string>>& options);

}  // namespace tenon::cli
