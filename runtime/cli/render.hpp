// Rendering: answers of the API (JSON) as text for a terminal. Pure: value and `now` in, text out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/time.hpp"
#include "cli/text.hpp"

namespace tenon::cli {

struct View {
  Style style;
  Time now{};
};

std::string render_trace(const nlohmann::json& trace, const View& view);
// Attempts of a trace or letter, as branches of a tree; times are told from `begin`.
std::string render_tries(const nlohmann::json& attempts, Time begin, const View& view);
// The pages below are {data, next}.
std::string render_events(const nlohmann::json& page, const View& view);
std::string render_event_line(const nlohmann::json& event, const View& view);
std::string render_rejected(const nlohmann::json& page, const View& view);
std::string render_deliveries(const nlohmann::json& page, const View& view);
std::string render_dead_letters(const nlohmann::json& page, const View& view);
std::string render_dead_letter(const nlohmann::json& letter, const View& view);
std::string render_redrive(const nlohmann::json& answer, bool dry_run);
// `request`: what was asked for the plan.
std::string render_replay_plan(const nlohmann::json& plan, const nlohmann::json& request,
                               const View& view);
std::string render_rerun_started(const nlohmann::json& rerun);
std::string render_reruns(const nlohmann::json& page, const View& view);
std::string render_rerun(const nlohmann::json& rerun, const View& view);
std::string render_rerun_rest(const nlohmann::json& page, const View& view);
std::string render_destinations(const nlohmann::json& page, const View& view);
std::string render_skips(const nlohmann::json& page, const View& view);
std::string render_skip_dry_run(const nlohmann::json& answer, const View& view);
std::string render_pulls(const nlohmann::json& page, const View& view);
std::string render_pull(const nlohmann::json& pull, const View& view);
std::string render_check(const nlohmann::json& answer, const View& view);
// `keys`: as they were asked for, in order.
std::string render_read_back(const nlohmann::json& answer, const std::vector<std::string>& keys,
                             const View& view);
std::string render_connectors(const nlohmann::json& page, const View& view);
std::string render_packages(const nlohmann::json& page, const View& view);
std::string render_package(const nlohmann::json& connector, const View& view);
std::string render_rollouts(const nlohmann::json& page, const View& view);
std::string render_rollout(const nlohmann::json& rollout, const View& view);
std::string render_workers(const nlohmann::json& page, const View& view);
std::string render_config_errors(const nlohmann::json& errors, const View& view);
std::string render_config_diff(const nlohmann::json& diff);
std::string render_config_history(const nlohmann::json& page, const View& view);
std::string render_audit(const nlohmann::json& page, const View& view);
std::string render_captures(const nlohmann::json& page, const View& view);
std::string render_capture(const nlohmann::json& call, const View& view);
std::string render_audit_verdict(const nlohmann::json& answer, const View& view);
std::string render_tokens(const nlohmann::json& answer, const View& view);
std::string render_vault(const nlohmann::json& vault, const View& view);
std::string render_completeness(const nlohmann::json& answer, bool by_hour, const View& view);
std::string render_recount(const nlohmann::json& answer, const View& view);
std::string render_notices(const nlohmann::json& page, const View& view);
std::string render_doctor(const nlohmann::json& page, const View& view);
std::string render_problem(const nlohmann::json& problem);

// A text member, or "" where it is absent or no text; a time member, or zero.
std::string text_of(const nlohmann::json& value, const char* key);
std::uint64_t number_of(const nlohmann::json& value, const char* key);
Time time_of(const nlohmann::json& value, const char* key);
bool flag_of(const nlohmann::json& value, const char* key);

}  // namespace tenon::cli
