// The canonical event: one fixed order of members, times corrected, all else as the client wrote
// it.
#include "event/event.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/limits.hpp"

namespace tenon {
namespace {

// Members that the canonical form writes itself, or that must not be passed on (writeKey).
constexpr std::array<std::string_view, 20> kOwnMembers = {"id",
                                                          "type",
                                                          "event",
                                                          "messageId",
                                                          "source",
                                                          "userId",
                                                          "anonymousId",
                                                          "previousId",
                                                          "groupId",
                                                          "timestamp",
                                                          "originalTimestamp",
                                                          "sentAt",
                                                          "receivedAt",
                                                          "name",
                                                          "properties",
                                                          "traits",
                                                          "context",
                                                          "integrations",
                                                          "writeKey",
                                                          ""};

bool is_own(std::string_view name) {
  return std::find(kOwnMembers.begin(), kOwnMembers.end() - 1, name) != kOwnMembers.end() - 1;
}

void put_time(JsonWriter& out, std::string_view name, Time time) {
  if (time != Time{}) out.key(name).string(to_rfc3339(time));
}

// A member as the client wrote it; a null counts as absent.
void put_member(JsonWriter& out, JsonView message, std::string_view name) {
  const auto value = message.member(name);
  if (value && !value->is(JsonKind::null)) out.key(name).json(value->to_json());
}

// An identifier: a number is written as a string of the same digits.
void put_identifier(JsonWriter& out, JsonView message, std::string_view name) {
  const auto value = message.member(name);
  if (value && value->is(JsonKind::number)) {
    out.key(name).string(value->source());
  } else {
    put_member(out, message, name);
  }
}

std::string text_of(std::optional<JsonView> value) {
  if (!value) return {};
  return std::string(value->as_string().value_or(std::string_view{}));
}

// The envelope's object under the item's own: a member that the item has, wins as a whole.
void put_merged(JsonWriter& out, JsonView message, JsonView envelope, std::string_view name) {
  const auto own = message.member(name);
  const auto under = envelope.member(name);
  if (!under || !under->is(JsonKind::object) ||
      (own && !own->is(JsonKind::object) && !own->is(JsonKind::null))) {
    return put_member(out, message, name);
  }
  out.key(name).begin_object();
  std::set<std::string_view> written;
  const auto put = [&](std::string_view key, JsonView value) {
    if (written.insert(key).second) out.key(key).json(value.to_json());
    return true;
  };
  if (own) own->each_member(put);
  under->each_member(put);
  out.end_object();
}

// The client's clock may be wrong: what passed between happening and sending is right anyway.
Time corrected(const RecordHeader& header) {
  if (header.occurred == Time{}) return header.received;
  if (header.sent == Time{} || header.received == Time{}) return header.occurred;
  return header.received - (header.sent - header.occurred);
}

void put_times(JsonWriter& out, const RecordHeader& header, Time happened) {
  put_time(out, "timestamp", happened);
  put_time(out, "originalTimestamp", header.occurred);
  put_time(out, "sentAt", header.sent);
  put_time(out, "receivedAt", header.received);
}

void begin_event(JsonWriter& out, const EventId& id, std::string_view type) {
  out.begin_object().key("id").string(to_text(id)).key("type").string(type);
}

// A client that names both times has already said when it happened: `timestamp` then stands.
Time happened(const RecordHeader& header, JsonView message) {
  const auto given = message.member("timestamp");
  const auto original = message.member("originalTimestamp");
  if (given && given->as_string() && original && original->as_string()) {
    const auto time = parse_rfc3339(*given->as_string());
    if (time && parse_rfc3339(*original->as_string())) return *time;
  }
  return corrected(header);
}

void write_segment(Event& event, const RecordHeader& header, const RawEvent& raw, JsonView message,
                   JsonView envelope) {
  event.occurred = happened(header, message);
  event.name = text_of(message.member(event.type == "track" ? "event" : "name"));
  JsonWriter out;
  begin_event(out, event.id, event.type);
  put_member(out, message, "event");
  if (!raw.message_id.empty()) out.key("messageId").string(raw.message_id);
  out.key("source").string(event.source);
  for (const auto* name : {"userId", "anonymousId", "previousId", "groupId"}) {
    put_identifier(out, message, name);
  }
  put_times(out, header, event.occurred);
  for (const auto* name : {"name", "properties", "traits"}) put_member(out, message, name);
  put_merged(out, message, envelope, "context");
  put_merged(out, message, envelope, "integrations");
  std::set<std::string_view> written;
  message.each_member([&](std::string_view name, JsonView value) {
    if (!is_own(name) && written.insert(name).second) out.key(name).json(value.to_json());
    return true;
  });
  out.end_object();
  event.json = std::move(out).take();
}

void write_cloudevent_data(JsonWriter& out, JsonView message) {
  out.key("properties");
  const auto data = message.member("data");
  const auto bytes = message.member("data_base64");
  if (data && data->is(JsonKind::object)) {
    out.json(data->to_json());
    return;
  }
  out.begin_object();
  if (data) out.key("data").json(data->to_json());
  if (bytes) out.key("data_base64").json(bytes->to_json());
  out.end_object();
}

void write_cloudevent(Event& event, const RecordHeader& header, const RawEvent& raw,
                      JsonView message) {
  event.occurred = corrected(header);
  event.name = text_of(message.member("type"));
  JsonWriter out;
  begin_event(out, event.id, event.type);
  out.key("event").string(event.name).key("messageId").string(raw.message_id);
  out.key("source").string(event.source);
  if (const auto user = message.member("userid"); user && !user->is(JsonKind::null)) {
    out.key("userId").string(user->as_string().value_or(user->source()));
  }
  put_times(out, header, event.occurred);
  write_cloudevent_data(out, message);
  out.key("context").begin_object().key("cloudevent").begin_object();
  std::set<std::string_view> written{"id", "type", "time", "data", "data_base64"};
  message.each_member([&](std::string_view name, JsonView value) {
    if (written.insert(name).second) out.key(name).json(value.to_json());
    return true;
  });
  out.end_object().end_object().end_object();
  event.json = std::move(out).take();
}

Result<JsonView> object_of(JsonParser& parser, std::string_view text, std::string_view what) {
  auto parsed = parser.parse(text, kMaxJsonDepth);
  if (!parsed) return Error(std::move(parsed).error()).in(what);
  if (!parsed->is(JsonKind::object)) return invalid("wanted a JSON object", std::string(what));
  return parsed;
}

}  // namespace

Result<Event> make_event(const EventId& id, const RecordHeader& header, const RawEvent& raw,
                         std::string_view source_name) {
  // Kept per thread for their buffers only; nothing of an earlier text can be seen in a later one.
  thread_local JsonParser payload_parser, envelope_parser;
  TENON_TRY_AS(const JsonView message, object_of(payload_parser, raw.payload, "payload"));
  Event event;
  event.id = id;
  event.source = source_name;
  event.received = header.received;
  event.synthetic = (header.flags & kRecordSynthetic) != 0;
  switch (raw.format) {
    case RawFormat::segment: {
      JsonView envelope;
      if (!raw.envelope.empty()) {
        TENON_TRY_AS(envelope, object_of(envelope_parser, raw.envelope, "envelope"));
      }
      event.type = raw.type;
      write_segment(event, header, raw, message, envelope);
      return event;
    }
    case RawFormat::cloudevent:
      event.type = "track";
      write_cloudevent(event, header, raw, message);
      return event;
    default:
      return invalid("wanted a segment message or a cloudevent, found raw format " +
                     std::to_string(static_cast<int>(raw.format)));
  }
}

}  // namespace tenon
