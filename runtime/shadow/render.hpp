// The report as JSON, as JUnit's XML and as one page of HTML; for a terminal see cli/render_diff.
// The same report gives the same bytes. All text in it is taken as hostile.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "shadow/report.hpp"

namespace tenon::shadow {

// Members as in Report, `gate` beside them: {"passed", "unlisted", "beyond"}.
nlohmann::json to_json(const Report& report);

// A test case for each kind at each place and each group of diverged calls: it fails if it is not
// listed. One more, "calls", which always passes, so that no report is empty.
std::string to_junit(const Report& report);

// Self-contained: no script, nothing is loaded. Light and dark as the reader has it.
std::string to_html(const Report& report);

// "10,000"
std::string grouped(std::uint64_t number);
// "312 of 10,000 calls"
std::string calls_of(std::uint64_t count, const Report& report);
// What stands above the groups of a rank.
std::string_view title_of(Rank rank);
// The sentence of the verdict: "passes: ..." or "fails: ...".
std::string verdict_text(const Report& report);

// For text and attribute values of HTML and XML.
std::string escaped_markup(std::string_view text);

}  // namespace tenon::shadow
