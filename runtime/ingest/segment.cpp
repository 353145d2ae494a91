// Segment messages: shape, identifiers, times. Lenient where published clients are, strict on
// types.
#include "ingest/segment.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"

namespace tenon {
namespace {

// The message as received, but for the value of a write key: that is a credential, and the log is
// for everyone who may read events. Its length stays, so that offsets in complaints hold.
std::string without_write_key(JsonView message) {
  const std::string_view bytes = message.source();
  std::string out(bytes);
  if (!message.is(JsonKind::object)) return out;
  message.each_member([&](std::string_view name, JsonView value) {
    if (name != "writeKey" || !value.is(JsonKind::string)) return true;
    const std::string_view key = value.source();
    const auto at = static_cast<std::size_t>(key.data() - bytes.data());
    for (std::size_t i = at + 1; i + 1 < at + key.size(); ++i) out[i] = '*';
    return true;
  });
  return out;
}

constexpr std::array<std::string_view, 6> kTypes = {"track",  "identify", "page",
                                                    "screen", "group",    "alias"};

bool absent(const std::optional<JsonView>& value) { return !value || value->is(JsonKind::null); }

bool wrong(ParsedEvent& event, std::string_view name, std::string_view wanted, JsonView found) {
  refuse(event, "wrong_type",
         std::string(name) + ": wanted " + std::string(wanted) + ", found " +
             std::string(article(found.kind())));
  return false;
}

bool check_type(ParsedEvent& event, JsonView message, std::string_view type) {
  if (!type.empty()) {
    event.raw.type = type;
    return true;
  }
  const auto own = message.member("type");
  if (absent(own)) {
    refuse(event, "no_type",
           "type: wanted track, identify, page, screen, group or alias, found none");
    return false;
  }
  if (!own->as_string()) return wrong(event, "type", "a string", *own);
  if (!is_segment_type(*own->as_string())) {
    refuse(event, "unknown_type",
           "type: wanted track, identify, page, screen, group or alias, found \"" +
               std::string(own->as_string()->substr(0, 64)) + "\"");
    return false;
  }
  event.raw.type = *own->as_string();
  return true;
}

bool check_message_id(ParsedEvent& event, JsonView message) {
  const auto id = message.member("messageId");
  if (absent(id)) return true;
  if (!id->as_string()) return wrong(event, "messageId", "a string", *id);
  if (id->as_string()->size() > kMaxMessageIdBytes) {
    refuse(event, "message_id_too_long",
           "messageId: wanted at most " + std::to_string(kMaxMessageIdBytes) + " bytes, found " +
               std::to_string(id->as_string()->size()));
    return false;
  }
  event.raw.message_id = *id->as_string();
  return true;
}

bool check_members(ParsedEvent& event, JsonView message) {
  for (const auto* name : {"userId", "anonymousId", "previousId", "groupId"}) {
    const auto value = message.member(name);
    if (!absent(value) && !value->is(JsonKind::string) && !value->is(JsonKind::number)) {
      return wrong(event, name, "a string", *value);
    }
  }
  for (const auto* name : {"properties", "traits", "context", "integrations"}) {
    const auto value = message.member(name);
    if (!absent(value) && !value->is(JsonKind::object)) {
      return wrong(event, name, "an object", *value);
    }
  }
  const auto name = message.member("event");
  if (!absent(name) && !name->is(JsonKind::string)) return wrong(event, "event", "a string", *name);
  return true;
}

std::string text_member(JsonView object, std::string_view name) {
  const auto value = object.member(name);
  if (!value) return {};
  return std::string(value->as_string().value_or(std::string_view{}));
}

// What the batch says for all its messages, as a JSON object; empty if it says nothing.
Result<std::string> envelope_of(JsonView body) {
  JsonWriter out;
  bool any = false;
  out.begin_object();
  for (const auto* name : {"context", "integrations"}) {
    const auto value = body.member(name);
    if (!value || !value->is(JsonKind::object) || value->size() == 0) continue;
    if (value->depth() >= kMaxJsonDepth) {
      return invalid("wanted fewer than " + std::to_string(kMaxJsonDepth) +
                         " levels of nesting, found " + std::to_string(value->depth()),
                     name);
    }
    out.key(name).json(value->to_json());
    any = true;
  }
  out.end_object();
  if (!any) return std::string();
  if (out.view().size() > kMaxEnvelopeBytes) {
    return invalid("context and integrations of the batch: wanted at most " +
                   std::to_string(kMaxEnvelopeBytes) + " bytes, found " +
                   std::to_string(out.view().size()) +
                   "; put them into the messages that need them");
  }
  return std::move(out).take();
}

Result<ParsedBody> parse_batch(JsonView body) {
  const auto batch = body.member("batch");
  if (!batch || !batch->is(JsonKind::array)) {
    return invalid("wanted an array of messages, found " +
                       std::string(batch ? article(batch->kind()) : "none"),
                   "batch");
  }
  if (const std::size_t count = batch->size(); count > kMaxBatchEvents) {
    return invalid("wanted at most " + std::to_string(kMaxBatchEvents) + " messages, found " +
                       std::to_string(count) + "; send them in several requests",
                   "batch");
  }
  TENON_TRY_AS(const std::string envelope, envelope_of(body));
  const Time sent = time_member(body, "sentAt");
  ParsedBody parsed;
  parsed.write_key = text_member(body, "writeKey");
  batch->each_item([&](JsonView message) {
    ParsedEvent event = parse_segment_message(message, {});
    event.index = static_cast<std::uint16_t>(parsed.events.size());
    event.raw.envelope = envelope;
    // The batch is stamped when it leaves, its messages possibly when they were queued.
    if (sent != Time{}) event.sent = sent;
    parsed.events.push_back(std::move(event));
    return true;
  });
  return parsed;
}

}  // namespace

bool is_segment_type(std::string_view type) {
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

ParsedEvent parse_segment_message(JsonView message, std::string_view type) {
  ParsedEvent event;
  event.raw.payload = without_write_key(message);
  event.raw.format = RawFormat::unparsed;
  if (!message.is(JsonKind::object)) {
    refuse(event, "not_an_object",
           "wanted a message as an object, found " + std::string(article(message.kind())));
    return event;
  }
  event.raw.format = RawFormat::segment;
  event.write_key = text_member(message, "writeKey");
  event.occurred = time_member(message, "originalTimestamp");
  if (event.occurred == Time{}) event.occurred = time_member(message, "timestamp");
  event.sent = time_member(message, "sentAt");
  event.raw.order_key = identifier(message, "userId");
  if (event.raw.order_key.empty()) event.raw.order_key = identifier(message, "anonymousId");
  // The id first, so that a refused message can still be named by it.
  if (check_message_id(event, message) && check_type(event, message, type) &&
      within_limits(event, message)) {
    check_members(event, message);
  }
  return event;
}

Result<ParsedBody> parse_segment(JsonParser& parser, std::string_view body, std::string_view type) {
  TENON_TRY_AS(const JsonView root, parser.parse(body, kMaxParserDepth));
  if (!root.is(JsonKind::object)) {
    return invalid("wanted a JSON object, found " + std::string(article(root.kind())));
  }
  if (type == "batch") return parse_batch(root);
  ParsedBody parsed;
  parsed.events.push_back(parse_segment_message(root, type));
  parsed.write_key = parsed.events.front().write_key;
  return parsed;
}

}  // namespace tenon
