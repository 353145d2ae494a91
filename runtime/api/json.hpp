// JSON forms of the API's values: the promised shapes of README.md.
#pragma once

#include <nlohmann/json.hpp>

#include "api/values.hpp"

namespace tenon {

// Times are RFC 3339 and left out where not known; durations end in _ms, sizes in _bytes; ids in
// their text form; empty optional texts are left out.
nlohmann::json to_json(const Trace& trace);
nlohmann::json to_json(const TraceAttempt& attempt);
nlohmann::json to_json(const ExchangeNote& note);
nlohmann::json to_json(const EventSummary& event);
nlohmann::json to_json(const RejectedEvent& event);
nlohmann::json to_json(const Reentered& done);
nlohmann::json to_json(const DeliverySummary& delivery);
nlohmann::json to_json(const DeadLetter& letter);
nlohmann::json to_json(const RedriveAnswer& answer);
nlohmann::json to_json(const SkippedAct& act);
nlohmann::json to_json(const std::vector<SkippedHour>& hours);
nlohmann::json to_json(const Edited& edited);
nlohmann::json to_json(const ReplayPlan& plan);
nlohmann::json to_json(const RerunInfo& rerun);
nlohmann::json to_json(const RerunRest& rest);
nlohmann::json to_json(const DestinationStatus& destination);
nlohmann::json to_json(const DestinationCheck& check);
nlohmann::json to_json(const ReadBackRecord& record);
nlohmann::json to_json(const PullInfo& pull);
nlohmann::json to_json(const ConnectorStatus& connector);
nlohmann::json to_json(const InstallAnswer& answer);
nlohmann::json to_json(const WorkerStatus& worker);
nlohmann::json to_json(const ConfigStatus& config);
nlohmann::json to_json(const ConfigEntry& entry);
nlohmann::json to_json(const ConfigCheck& check);
nlohmann::json to_json(const ConfigDiff& diff);
nlohmann::json to_json(const DoctorFinding& finding);
nlohmann::json to_json(const CompletenessRow& row);
nlohmann::json to_json(const Completeness& answer);
nlohmann::json to_json(const RecountAnswer& answer);
nlohmann::json to_json(const BackupCut& cut);
nlohmann::json to_json(const NoticeView& view);

template <typename T>
nlohmann::json to_json(const std::vector<T>& values) {
  auto out = nlohmann::json::array();
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}
template <typename T>
nlohmann::json page_json(const Page<T>& page) {
  nlohmann::json out = {{"data", to_json(page.data)}, {"next", nullptr}};
  if (!page.next.empty()) out["next"] = page.next;
  return out;
}

// "routed", "no_route", "duplicate", "invalid"; an undecided event is "undecided".
std::string_view name_of(EventFate fate);
// 16 hex digits.
std::string to_text(ConfigVersion version);

// Adds only what is known.
void put_text(nlohmann::json& out, const char* key, const std::string& text);
void put_time(nlohmann::json& out, const char* key, Time time);
void put_id(nlohmann::json& out, const char* key, const EventId& id);

}  // namespace tenon
