// JSON forms of summaries and states.
#include "api/json.hpp"

#include "api/next_step.hpp"

#include <cstdio>

namespace tenon {

using nlohmann::json;

void put_text(json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}
void put_time(json& out, const char* key, Time time) {
  if (time != Time{}) out[key] = to_rfc3339(time);
}
void put_id(json& out, const char* key, const EventId& id) {
  if (!id.empty()) out[key] = to_text(id);
}

std::string_view name_of(EventFate fate) {
  switch (fate) {
    case EventFate::none: return "undecided";
    case EventFate::routed: return "routed";
    case EventFate::no_route: return "no_route";
    case EventFate::duplicate: return "duplicate";
    case EventFate::invalid: return "invalid";
  }
  return "unknown";
}

std::string to_text(ConfigVersion version) {
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(version.value));
  return out;
}

json to_json(const EventSummary& event) {
  json out = {{"id", to_text(event.id)},   {"source", event.source},
              {"type", event.type},        {"message_id", event.message_id},
              {"size_bytes", event.bytes}, {"fate", name_of(event.fate)}};
  put_text(out, "name", event.name);
  put_time(out, "received_at", event.received);
  return out;
}

json to_json(const RejectedEvent& event) {
  json out = {{"id", to_text(event.id)},
              {"source", event.source},
              {"code", event.code},
              {"reason", event.reason},
              {"size_bytes", event.bytes}};
  put_time(out, "received_at", event.received);
  put_text(out, "payload", event.payload);
  if (event.payload_cut) out["payload_cut"] = true;
  put_id(out, "reentered_as", event.reentered_as);
  return out;
}

json to_json(const Reentered& done) {
  json out = {{"message_id", done.message_id}, {"reentered", !done.id.empty()}};
  put_id(out, "id", done.id);
  return out;
}

json to_json(const DeliverySummary& delivery) {
  json out = {{"id", to_text(delivery.id)},          {"event", to_text(delivery.event)},
              {"destination", delivery.destination}, {"action", delivery.action},
              {"state", name_of(delivery.state)},    {"tries", delivery.tries}};
  out["lane"] = delivery.rerun.value == 0 ? "live" : "replay";
  if (delivery.rerun.value != 0) out["rerun"] = to_text(delivery.rerun);
  put_text(out, "release", delivery.release);
  put_text(out, "reason", delivery.reason);
  if (delivery.http_status != 0) out["http_status"] = delivery.http_status;
  put_time(out, "received_at", delivery.received);
  put_time(out, "next_at", delivery.next_at);
  return out;
}

json to_json(const DeadLetter& letter) {
  json out = {{"id", to_text(letter.id)},
              {"event", to_text(letter.event)},
              {"destination", letter.destination},
              {"action", letter.action},
              {"state", name_of(letter.state)},
              {"class", letter.reason},
              {"tries", letter.tries}};
  if (letter.replay.value != 0) out["replay"] = to_text(letter.replay);
  put_text(out, "release", letter.release);
  put_text(out, "code", letter.vendor_code);
  put_text(out, "vendor_ref", letter.vendor_ref);
  put_text(out, "detail", letter.detail);
  if (letter.http_status != 0) out["http_status"] = letter.http_status;
  put_time(out, "received_at", letter.received);
  put_time(out, "died_at", letter.died);
  if (!letter.event_json.empty()) {
    auto event = json::parse(letter.event_json, nullptr, false);
    if (!event.is_discarded()) out["canonical"] = std::move(event);
    auto payload = json::parse(letter.payload, nullptr, false);
    if (payload.is_object()) out["payload"] = std::move(payload);
    out["attempts"] = json::array();
    for (const auto& attempt : letter.attempts) out["attempts"].push_back(to_json(attempt));
    out["next_step"] =
        next_step_of(letter.state, letter.reason, letter.destination, to_text(letter.id));
  }
  return out;
}

json to_json(const DestinationStatus& destination) {
  const char* state = destination.state == DestinationState::running  ? "running"
                      : destination.state == DestinationState::paused ? "paused"
                                                                      : "waiting";
  json out = {{"name", destination.name},           {"connector", destination.connector},
              {"release", destination.release},     {"state", state},
              {"pending", destination.pending},     {"retrying", destination.retrying},
              {"parked", destination.parked},       {"dead", destination.dead},
              {"ambiguous", destination.ambiguous}, {"lag_ms", destination.lag.count()}};
  if (destination.rerun.value != 0) {
    out["rerun"] = to_text(destination.rerun);
    out["rerunning"] = destination.rerunning;
  }
  put_text(out, "reason", destination.reason);
  put_time(out, "oldest_pending_at", destination.oldest_pending);
  put_time(out, "next_at", destination.next_at);
  put_text(out, "owner", destination.owner);
  put_time(out, "since", destination.since);
  out["retry_share"] = destination.retry_share;
  out["retry_share_most"] = destination.retry_share_most;
  return out;
}

json to_json(const std::vector<SkippedHour>& hours) {
  json all = json::array();
  for (const auto& hour : hours) {
    all.push_back({{"from", to_rfc3339(hour.from)}, {"count", hour.count}});
  }
  return all;
}

json to_json(const SkippedAct& act) {
  return {{"at", to_rfc3339(act.at)},
          {"reason", act.reason},
          {"actor", act.actor},
          {"given_up", act.given_up},
          {"hours", to_json(act.hours)}};
}

json to_json(const DestinationCheck& check) {
  json out = {{"ok", check.ok}, {"exchanges", to_json(check.exchanges)}};
  put_text(out, "reason", check.reason);
  put_text(out, "text", check.text);
  return out;
}

json to_json(const ReadBackRecord& record) {
  const char* state = record.state == ReadBackState::found    ? "found"
                      : record.state == ReadBackState::absent ? "absent"
                                                              : "unknown";
  json out = {{"state", state}};
  put_text(out, "vendor_ref", record.vendor_ref);
  put_text(out, "detail", record.detail);
  auto value = json::parse(record.record, nullptr, false);
  if (value.is_object()) out["record"] = std::move(value);
  return out;
}

json to_json(const PullInfo& pull) {
  json out = {{"name", pull.name},
              {"destination", pull.destination},
              {"stream", pull.stream},
              {"source", pull.source},
              {"release", pull.release},
              {"state", pull.state},
              {"interval_ms", pull.interval.count()},
              {"failures", pull.failures},
              {"cursor", pull.cursor},
              {"more", pull.more},
              {"pages", pull.pages},
              {"events", pull.events},
              {"rejected", pull.rejected},
              {"runs", pull.runs}};
  put_text(out, "reason", pull.reason);
  put_time(out, "last_page_at", pull.last_page);
  put_time(out, "last_run_at", pull.last_run);
  put_time(out, "next_at", pull.next_at);
  return out;
}

json to_json(const PackageStatus& package) {
  json signers = json::array(), files = json::array();
  for (const auto& signer : package.signers) {
    json one = {{"key", signer.key}};
    put_text(one, "name", signer.name);
    signers.push_back(std::move(one));
  }
  for (const auto& file : package.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}});
  }
  json out = {{"digest", package.digest},
              {"bytes", package.bytes},
              {"signers", std::move(signers)},
              {"files", std::move(files)}};
  put_text(out, "doubt", package.doubt);
  return out;
}

json to_json(const InstallAnswer& answer) {
  json out = to_json(answer.package);
  out["release"] = answer.release;
  out["present"] = answer.present;
  return out;
}

json to_json(const ConnectorStatus& connector) {
  json out = {{"id", connector.id},
              {"version", connector.version},
              {"title", connector.title},
              {"path", connector.path},
              {"digest", connector.digest},
              {"actions", connector.actions},
              {"isolation", connector.isolation},
              {"destinations", connector.destinations},
              {"ok", connector.problem.empty()}};
  put_text(out, "problem", connector.problem);
  put_text(out, "state", connector.state);
  if (!connector.state.empty()) out["strikes"] = connector.strikes;
  if (connector.retry_after.count() > 0) out["retry_after_ms"] = connector.retry_after.count();
  if (connector.package) out["package"] = to_json(*connector.package);
  put_text(out, "changelog", connector.changelog);
  return out;
}

json to_json(const WorkerStatus& worker) {
  json out = {{"pid", worker.pid},           {"release", worker.release},
              {"state", worker.state},       {"steps", worker.steps},
              {"crashes", worker.crashes},   {"rss_bytes", worker.rss_bytes},
              {"cpu_ms", worker.cpu.count()}};
  put_text(out, "isolation", worker.isolation);
  put_text(out, "last_failure", worker.last_failure);
  put_time(out, "started_at", worker.started);
  return out;
}

json to_json(const ConfigStatus& config) {
  json out = {{"workspace", config.workspace},
              {"version", to_text(config.version)},
              {"digest", config.digest},
              {"actor", config.actor},
              {"content", config.content}};
  put_time(out, "applied_at", config.applied);
  return out;
}

json to_json(const ConfigEntry& entry) {
  json out = {{"workspace", entry.workspace},
              {"version", to_text(entry.version)},
              {"digest", entry.digest},
              {"actor", entry.actor}};
  put_time(out, "applied_at", entry.applied);
  return out;
}

json to_json(const ConfigCheck& check) {
  json out = {{"valid", check.errors.empty()}, {"errors", json::array()}};
  for (const auto& error : check.errors) {
    out["errors"].push_back({{"place", error.context}, {"detail", error.message}});
  }
  put_text(out, "workspace", check.workspace);
  put_text(out, "digest", check.digest);
  if (check.version.value != 0) out["version"] = to_text(check.version);
  return out;
}

json to_json(const ConfigDiff& diff) {
  json out = to_json(diff.check);
  out["changes"] = diff.changes;
  return out;
}

json to_json(const DoctorFinding& finding) {
  const char* level = finding.level == FindingLevel::ok        ? "ok"
                      : finding.level == FindingLevel::warning ? "warning"
                                                               : "error";
  json out = {{"level", level}, {"name", finding.name}, {"text", finding.text}};
  put_text(out, "mend", finding.mend);
  return out;
}

json to_json(const NoticeView& view) {
  const Condition& what = view.notice.condition;
  json out = {{"name", event_name(what.topic, view.notice.over)},
              {"topic", name_of(what.topic)},
              {"subject", what.subject},
              {"open", view.open},
              {"destinations", what.destinations},
              {"since", to_rfc3339(what.since)},
              {"told_at", to_rfc3339(view.notice.at)},
              {"event", to_text(view.notice.id)}};
  put_text(out, "reason", what.reason);
  put_text(out, "owner", what.owner);
  put_text(out, "mend", what.mend);
  return out;
}

json to_json(const CompletenessRow& row) {
  json out = {{"source", row.source}, {"hour", to_rfc3339(row.hour)}};
  const CompletenessCounts& counts = row.counts;
  if (row.destination.empty()) {
    out.update({{"received", counts.received},
                {"duplicate", counts.duplicate},
                {"no_route", counts.no_route},
                {"invalid", counts.invalid},
                {"undecided", counts.undecided},
                {"routed", counts.routed},
                {"rejected", counts.rejected}});
  } else {
    out.update({{"destination", row.destination},
                {"decided", counts.decided},
                {"filtered", counts.filtered},
                {"filtered_by", counts.filtered_by},
                {"skipped", counts.skipped},
                {"delivered", counts.delivered},
                {"pending", counts.pending},
                {"parked", counts.parked},
                {"dead", counts.dead},
                {"ambiguous", counts.ambiguous}});
  }
  out["remainder"] = counts.remainder();
  return out;
}

// The verdict stands beside the rows, so that nobody need add them up.
json to_json(const Completeness& answer) {
  json rows = json::array();
  bool adds_up = true;
  for (const auto& row : answer.rows) {
    adds_up = adds_up && row.counts.remainder() == 0;
    rows.push_back(to_json(row));
  }
  return {{"adds_up", adds_up}, {"data", std::move(rows)}};
}

json to_json(const RecountAnswer& answer) {
  json differences = json::array();
  for (const auto& one : answer.differences) {
    json difference = {{"source", one.source}, {"hour", to_rfc3339(one.hour)}, {"text", one.text}};
    put_text(difference, "destination", one.destination);
    differences.push_back(std::move(difference));
  }
  json out = {{"same", answer.differences.empty()},
              {"compared", answer.compared},
              {"moving", answer.moving},
              {"older", answer.older},
              {"events", answer.total.received},
              {"deliveries", answer.total.decided},
              {"broken", answer.total.broken},
              {"differences", std::move(differences)}};
  if (answer.whole_from != Time{}) out["whole_from"] = to_rfc3339(answer.whole_from);
  return out;
}

json to_json(const BackupCut& cut) {
  json partitions = json::array(), connectors = json::array();
  for (const auto& lane : cut.partitions) {
    partitions.push_back({{"begin", lane.begin.value}, {"end", lane.end.value}});
  }
  for (const auto& package : cut.connectors) {
    json one = {{"release", package.release}, {"path", package.path}, {"digest", package.digest}};
    put_text(one, "package", package.package);
    connectors.push_back(std::move(one));
  }
  return {{"log", cut.log.value},        {"at", to_rfc3339(cut.at)},
          {"version", cut.version},      {"data", cut.data},
          {"tenant", cut.tenant},        {"workspace", cut.workspace},
          {"config_digest", cut.digest}, {"secrets", cut.secrets},
          {"vault", cut.vault},          {"partitions", std::move(partitions)},
          {"states", cut.states},        {"connectors", std::move(connectors)}};
}

}  // namespace tenon
