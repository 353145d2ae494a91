// From an emit to a message, then the way of every message.
#include "ingest/emitted.hpp"

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "ingest/segment.hpp"

namespace tenon {
namespace {

constexpr std::int64_t kLatestMs = 253'402'300'799'999;  // the last one of year 9999

bool said_by_emit(std::string_view name) {
  return name == "type" || name == "messageId" || name == "timestamp" ||
         name == "originalTimestamp" || name == "sentAt" || name == "writeKey";
}

std::string message_id_of(std::string_view id) {
  if (id.size() <= kMaxMessageIdBytes) return std::string(id);
  const Digest128 digest = digest128(id);
  return "long-" + to_base32({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

ParsedEvent refused(std::string_view id, std::string_view body, std::string_view code,
                    std::string reason) {
  ParsedEvent event;
  event.raw.format = RawFormat::unparsed;
  event.raw.payload = body;
  event.raw.message_id = message_id_of(id);
  refuse(event, code, std::move(reason));
  return event;
}

}  // namespace

ParsedEvent parse_emitted(JsonParser& parser, std::string_view id, std::string_view type,
                          std::string_view body, std::int64_t event_ms) {
  if (id.empty() || !is_utf8(id)) {
    return refused({}, body, "no_id", "id: wanted a text that is unique in the stream, found none");
  }
  const auto view = parser.parse(body, kMaxParserDepth);
  if (!view) return refused(id, body, "not_json", view.error().text());
  if (!view->is(JsonKind::object)) {
    return refused(id, body, "not_an_object",
                   "wanted the event as an object, found " + std::string(article(view->kind())));
  }
  JsonWriter message;
  message.begin_object().key("type").string(type).key("messageId").string(message_id_of(id));
  if (event_ms > 0 && event_ms <= kLatestMs) {
    message.key("timestamp").string(to_rfc3339(time_from_us(event_ms * 1'000)));
  }
  view->each_member([&](std::string_view name, JsonView value) {
    if (!said_by_emit(name)) message.key(name).json(value.to_json());
    return true;
  });
  message.end_object();
  const std::string text = std::move(message).take();
  const auto again = parser.parse(text, kMaxParserDepth);
  if (!again) return refused(id, body, "not_json", again.error().text());
  ParsedEvent event = parse_segment_message(*again, {});
  if (!event.accepted()) event.raw.payload = body;  // kept as the connector gave it
  return event;
}

}  // namespace tenon
