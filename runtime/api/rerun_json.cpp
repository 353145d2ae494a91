// JSON forms of plans, reruns and edits.
#include "api/json.hpp"

namespace tenon {
namespace {

using nlohmann::json;

json filter_json(const DeadLetterFilter& filter) {
  json out = json::object();
  put_text(out, "class", filter.reason);
  put_text(out, "code", filter.vendor_code);
  put_text(out, "action", filter.action);
  if (filter.http_status != 0) out["status"] = filter.http_status;
  if (filter.state) out["state"] = name_of(*filter.state);
  put_time(out, "since", filter.since);
  put_time(out, "until", filter.until);
  return out;
}

json replay_json(const ReplayQuery& replay) {
  json out = {{"accept_duplicates", replay.accept_duplicates}};
  put_time(out, "from", replay.from);
  put_time(out, "to", replay.to);
  put_text(out, "source", replay.source);
  put_text(out, "where", replay.where);
  return out;
}

}  // namespace

json to_json(const RedriveAnswer& answer) {
  json out = {
      {"matched", answer.matched}, {"sample", json::array()}, {"reruns", to_json(answer.reruns)}};
  for (const auto& id : answer.sample) out["sample"].push_back(to_text(id));
  return out;
}

json to_json(const Edited& edited) {
  json out = {{"message_id", edited.message_id},
              {"destination", edited.destination},
              {"action", edited.action},
              {"edited", !edited.id.empty()}};
  put_id(out, "id", edited.id);
  return out;
}

json to_json(const ReplayPlan& plan) {
  json out = {{"looked", plan.looked},         {"matched", plan.matched},
              {"letters", plan.letters},       {"duplicates_at_most", plan.duplicates},
              {"left_alone", plan.left_alone}, {"actions", plan.actions},
              {"unsafe_actions", plan.unsafe}, {"calls", plan.calls},
              {"eta_ms", plan.eta.count()},    {"next", nullptr}};
  put_time(out, "log_begins_at", plan.log_begins);
  if (!plan.next.empty()) out["next"] = plan.next;
  return out;
}

json to_json(const RerunInfo& rerun) {
  json out = {{"id", to_text(rerun.id)},
              {"kind", rerun.kind},
              {"destination", rerun.destination},
              {"state", rerun.state},
              {"actor", rerun.actor},
              {"rate", rerun.rate},
              {"looked", rerun.looked},
              {"taken", rerun.taken},
              {"letters", rerun.letters},
              {"left_alone", rerun.left_alone},
              {"delivered", rerun.delivered},
              {"skipped", rerun.skipped},
              {"given_up", rerun.given_up},
              {"cancelled", rerun.cancelled},
              {"waiting", rerun.waiting}};
  if (rerun.kind == "replay") {
    out["progress"] = rerun.progress;
    out["replay"] = replay_json(rerun.replay);
  } else {
    out["filter"] = filter_json(rerun.filter);
  }
  put_time(out, "started_at", rerun.started);
  put_time(out, "ended_at", rerun.ended);
  put_text(out, "ended_by", rerun.ended_by);
  put_text(out, "reason", rerun.reason);
  put_text(out, "waits_for", rerun.waits_for);
  return out;
}

json to_json(const RerunRest& rest) {
  json out = {{"id", to_text(rest.id)}, {"event", to_text(rest.event)}, {"action", rest.action}};
  put_time(out, "received_at", rest.received);
  return out;
}

}  // namespace tenon
