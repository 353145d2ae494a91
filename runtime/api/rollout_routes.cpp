// The routes about rollouts: which release of a connector runs for whom, and acts on that.
#include <algorithm>

#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMaxRolloutReason = 500;
constexpr std::uint64_t kMaxEverySeconds = 30 * 86'400;
constexpr std::uint64_t kMaxLeastRecords = 1'000'000'000;

nlohmann::json to_json(const RolloutHealth& health) {
  return {{"calls", health.calls},
          {"failed_calls", health.failed_calls},
          {"mean_ms", health.mean_ms},
          {"records", health.records},
          {"delivered", health.delivered},
          {"skipped", health.skipped},
          {"retry", health.retry},
          {"dead", health.dead},
          {"unclear", health.unclear},
          {"looked_for", health.looked_for},
          {"did_nothing", health.did_nothing},
          {"unlike", health.unlike}};
}

nlohmann::json to_json(const ConformanceVerdict& verdict) {
  nlohmann::json out = {{"state", name_of(verdict.state)}, {"version", verdict.version}};
  put_time(out, "at", verdict.at);
  put_text(out, "why", verdict.why);
  if (verdict.state == ConformanceState::not_run) return out;
  out["passed"] = verdict.passed;
  out["failed"] = verdict.failed;
  out["skipped"] = verdict.skipped;
  out["goldens"] = verdict.goldens;
  out["failures"] = verdict.failures;
  return out;
}

nlohmann::json to_json(const RolloutView& view) {
  const Rollout& rollout = view.rollout;
  nlohmann::json out = {{"connector", rollout.connector},
                        {"stable", rollout.stable},
                        {"stage", name_of(rollout.stage)},
                        {"percent", rollout.percent},
                        {"frozen", rollout.frozen},
                        {"installed", view.installed},
                        {"destinations", view.followers},
                        {"pins", nlohmann::json::object()},
                        {"health", {{"stable", to_json(view.stable)}}}};
  for (const auto& pin : rollout.pins) out["pins"][pin.destination] = pin.version;
  put_text(out, "before", rollout.before);
  put_text(out, "candidate", rollout.candidate);
  put_text(out, "frozen_why", rollout.frozen_why);
  put_text(out, "refused", rollout.refused);
  put_time(out, "since", rollout.since);
  out["last"] = {{"deed", rollout.deed}, {"actor", rollout.actor}, {"reason", rollout.reason}};
  put_time(out["last"], "at", rollout.at);
  if (rollout.conformance.state != ConformanceState::none) {
    out["conformance"] = to_json(rollout.conformance);
  }
  if (rollout.candidate.empty()) return out;
  out["policy"] = {{"steps", rollout.policy.steps},
                   {"every_s", rollout.policy.every.count()},
                   {"records", rollout.policy.records},
                   {"gate", rollout.policy.gate}};
  if (view.candidate) out["health"]["candidate"] = to_json(*view.candidate);
  const RolloutShadow& shadow = view.shadow;
  out["shadow"] = {{"calls", shadow.calls},
                   {"different", shadow.different},
                   {"diverged", shadow.diverged},
                   {"unlisted", shadow.unlisted}};
  put_text(out["shadow"], "first", shadow.first);
  put_text(out, "worse", view.worse);
  return out;
}

void read_policy(Body& body, RolloutPolicy& policy) {
  const auto steps = body.value().value("steps", nlohmann::json::array());
  const bool numbers =
      steps.is_array() && std::all_of(steps.begin(), steps.end(), [](const auto& one) {
        return one.is_number_unsigned() && one.template get<std::uint64_t>() <= 100;
      });
  if (!numbers) {
    body.fault(bad_body("/steps", "a list of percent, as [1, 10, 50, 100]", steps.dump()));
    return;
  }
  for (const auto& step : steps) policy.steps.push_back(step.get<std::uint32_t>());
  policy.every = seconds{body.number("every_s", static_cast<std::uint64_t>(policy.every.count()), 1,
                                     kMaxEverySeconds)};
  policy.records =
      static_cast<std::uint32_t>(body.number("records", policy.records, 0, kMaxLeastRecords));
  if (body.value().contains("gate")) policy.gate = body.flag("gate");
}

}  // namespace

Task<HttpResponse> AdminHandler::list_rollouts(Ask) {
  nlohmann::json answer = {{"data", nlohmann::json::array()}};
  for (const auto& view : operations_.rollouts()) answer["data"].push_back(to_json(view));
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::get_rollout(Ask ask) {
  const auto view = operations_.rollout(ask.args[0]);
  if (!view) co_return response_of(problem_of(view.error()), ask.head.path);
  co_return json_response(to_json(*view));
}

// The deed is the path's last word, so that the audit chain names it.
Task<HttpResponse> AdminHandler::roll_out(Ask ask) {
  RolloutAsk act;
  act.deed = ask.head.path.substr(ask.head.path.rfind('/') + 1);
  act.connector = ask.args[0];
  act.actor = ask.actor;
  auto body =
      Body::parse(ask.body, "version percent destination reason again steps every_s records gate");
  act.version = body.text("version");
  act.destination = body.text("destination");
  act.reason = body.text("reason");
  act.percent = static_cast<std::uint32_t>(body.number("percent", 0, 0, 100));
  act.again = body.flag("again");
  if (act.reason.size() > kMaxRolloutReason) {
    body.fault(bad_body("/reason", "a text of at most 500 bytes", act.reason));
  }
  read_policy(body, act.policy);
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto acting = operations_.roll_out(std::move(act));
  const auto view = co_await std::move(acting);
  if (!view) co_return refused(view.error(), ask.head);
  co_return json_response(to_json(*view));
}

}  // namespace tenon
