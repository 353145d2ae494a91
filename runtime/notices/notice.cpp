// A notice as an event, and back.
#include "notices/notice.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "event/raw_event.hpp"
#include "ingest/to_record.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

using nlohmann::json;

constexpr std::size_t kMostReasonBytes = 2'000;

struct Words {
  Topic topic;
  std::string_view name, begins, ends;
};
constexpr std::array kWords{
    Words{Topic::destination, "destination", "tenon.destination.paused",
          "tenon.destination.resumed"},
    Words{Topic::breaker, "breaker", "tenon.breaker.opened", "tenon.breaker.closed"},
    Words{Topic::credential, "credential", "tenon.credential.reconnect",
          "tenon.credential.accepted"},
    Words{Topic::dead_letters, "dead_letters", "tenon.dead_letters.old",
          "tenon.dead_letters.cleared"},
    Words{Topic::completeness, "completeness", "tenon.completeness.broken",
          "tenon.completeness.mended"},
    Words{Topic::release, "release", "tenon.release.quarantined", "tenon.release.cleared"},
    Words{Topic::rollback, "rollback", "tenon.release.rolled_back", "tenon.release.moved_on"},
    Words{Topic::activation, "activation", "tenon.release.activated", "tenon.release.settled"},
    Words{Topic::disk, "disk", "tenon.disk.full", "tenon.disk.free"},
};

const Words* words_of(Topic topic) {
  const auto at = std::find_if(kWords.begin(), kWords.end(),
                               [&](const Words& words) { return words.topic == topic; });
  return at == kWords.end() ? nullptr : &*at;
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Time time_of(const json& object, const char* key) {
  const auto time = parse_rfc3339(text_of(object, key));
  return time ? *time : Time{};
}

}  // namespace

std::string_view name_of(Topic topic) {
  const Words* words = words_of(topic);
  return words == nullptr ? "none" : words->name;
}

std::string_view event_name(Topic topic, bool over) {
  const Words* words = words_of(topic);
  if (words == nullptr) return "tenon.notice";
  return over ? words->ends : words->begins;
}

std::string message_id_of(const Notice& notice) {
  const Condition& what = notice.condition;
  return std::string(event_name(what.topic, notice.over)) + "/" + what.subject + "/" +
         std::to_string(us_of(what.since));
}

NewRecord record_of(const Notice& notice, const NoticeOrigin& origin, Random& random) {
  const Condition& what = notice.condition;
  json properties = {{"topic", name_of(what.topic)},
                     {"state", notice.over ? "over" : "open"},
                     {"workspace", origin.workspace},
                     {"subject", what.subject},
                     {"destinations", what.destinations},
                     {"reason", what.reason.substr(0, kMostReasonBytes)},
                     {"since", to_rfc3339(what.since)},
                     {"owner", what.owner},
                     {"mend", what.mend}};
  ParsedEvent event;
  event.raw.format = RawFormat::segment;
  event.raw.type = "track";
  event.raw.message_id = message_id_of(notice);
  event.raw.order_key = what.subject;
  event.occurred = notice.at;
  const json message = {{"type", "track"},
                        {"event", event_name(what.topic, notice.over)},
                        {"messageId", event.raw.message_id},
                        {"timestamp", to_rfc3339(notice.at)},
                        {"properties", std::move(properties)}};
  // A vendor's words may be in the reason: what is no UTF-8 must not stop the notice.
  event.raw.payload = message.dump(-1, ' ', false, json::error_handler_t::replace);
  RecordOrigin common;
  common.tenant = hash_of_name(origin.tenant);
  common.workspace = hash_of_name(origin.workspace);
  common.source = hash_of_name(kNoticeSource);
  common.config = origin.config;
  common.received = notice.at;
  return to_record(event, common, random);
}

Result<Notice> notice_of(const RecordHeader& header, std::string_view body) {
  TENON_TRY_AS(const auto raw, decode_raw_event(body));
  const auto message = json::parse(raw.payload, nullptr, false);
  if (!message.is_object() || !message.contains("properties")) {
    return invalid("not a notice: it has no properties");
  }
  const auto& properties = message["properties"];
  if (!properties.is_object()) return invalid("not a notice: its properties are no object");
  Notice notice;
  notice.over = text_of(properties, "state") == "over";
  const std::string name = text_of(properties, "topic");
  for (const auto& words : kWords) {
    if (words.name == name) notice.condition.topic = words.topic;
  }
  if (notice.condition.topic == Topic::none) return invalid("a notice of no known topic");
  notice.condition.subject = text_of(properties, "subject");
  notice.condition.reason = text_of(properties, "reason");
  notice.condition.owner = text_of(properties, "owner");
  notice.condition.mend = text_of(properties, "mend");
  notice.condition.since = time_of(properties, "since");
  const auto about = properties.find("destinations");
  if (about != properties.end() && about->is_array()) {
    for (const auto& one : *about) {
      if (one.is_string()) notice.condition.destinations.push_back(one.get<std::string>());
    }
  }
  notice.at = header.received;
  return notice;
}

}  // namespace tenon
