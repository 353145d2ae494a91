// CloudEvents by the specification's text: required attributes, names, types; data of any kind.
#include "ingest/cloudevents.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "ingest/cloudevents_binary.hpp"
#include "ingest/decode.hpp"

namespace tenon {
namespace {

std::string_view header_of(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool bad(ParsedEvent& event, std::string_view name, std::string_view wanted,
         std::string_view found) {
  refuse(event, "bad_cloudevent",
         std::string(name) + ": wanted " + std::string(wanted) + ", found " + std::string(found));
  return false;
}

bool check_required(ParsedEvent& event, JsonView ce) {
  for (const auto* name : {"id", "source", "type", "specversion"}) {
    const auto value = ce.member(name);
    if (!value) return bad(event, name, "a non-empty string", "none");
    if (!value->as_string()) return bad(event, name, "a string", article(value->kind()));
    if (value->as_string()->empty()) return bad(event, name, "a non-empty string", "an empty one");
  }
  const auto version = *ce.member("specversion")->as_string();
  if (version != "1.0") return bad(event, "specversion", "1.0", version.substr(0, 16));
  if (event.raw.message_id.size() > kMaxMessageIdBytes) {
    refuse(event, "message_id_too_long",
           "id: wanted at most " + std::to_string(kMaxMessageIdBytes) + " bytes, found " +
               std::to_string(event.raw.message_id.size()));
    return false;
  }
  return true;
}

bool check_base64(ParsedEvent& event, JsonView value) {
  const auto text = value.as_string();
  if (!text) return bad(event, "data_base64", "a string", article(value.kind()));
  return from_base64(*text).has_value() ||
         bad(event, "data_base64", "base64 with padding", "something else");
}

bool check_attributes(ParsedEvent& event, JsonView ce) {
  bool fine = true;
  ce.each_member([&](std::string_view name, JsonView value) {
    if (name == "data" || name == "data_base64" || value.is(JsonKind::null)) return true;
    if (!is_attribute_name(name)) {
      fine = bad(event, "attribute name", "letters a to z and digits",
                 "\"" + std::string(name.substr(0, 64)) + "\"");
    } else if (value.is(JsonKind::object) || value.is(JsonKind::array)) {
      fine = bad(event, name, "a string, a number or a boolean", article(value.kind()));
    }
    return fine;
  });
  if (!fine) return false;
  if (const auto time = ce.member("time"); time && !time->is(JsonKind::null)) {
    if (!time->as_string() || !parse_rfc3339(*time->as_string())) {
      return bad(event, "time", "an RFC 3339 time", "something else");
    }
  }
  const auto base64 = ce.member("data_base64");
  if (base64 && ce.member("data")) return bad(event, "data", "either data or data_base64", "both");
  return !base64 || base64->is(JsonKind::null) || check_base64(event, *base64);
}

Result<ParsedBody> parse_batch(JsonView root) {
  if (!root.is(JsonKind::array)) {
    return invalid("wanted an array of CloudEvents, found " + std::string(article(root.kind())));
  }
  if (const std::size_t count = root.size(); count > kMaxBatchEvents) {
    return invalid("wanted at most " + std::to_string(kMaxBatchEvents) + " events, found " +
                   std::to_string(count) + "; send them in several requests");
  }
  ParsedBody parsed;
  root.each_item([&](JsonView item) {
    ParsedEvent event = parse_cloudevent(item);
    event.index = static_cast<std::uint16_t>(parsed.events.size());
    parsed.events.push_back(std::move(event));
    return true;
  });
  return parsed;
}

}  // namespace

CloudEventsMode cloudevents_mode(const HttpHeaders& headers) {
  const std::string type = media_type_of(header_of(headers, "content-type"));
  if (type == "application/cloudevents+json") return CloudEventsMode::structured;
  if (type == "application/cloudevents-batch+json") return CloudEventsMode::batch;
  if (type.starts_with("application/cloudevents")) return CloudEventsMode::none;
  const bool binary = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return header.first.starts_with("ce-");
  });
  return binary ? CloudEventsMode::binary : CloudEventsMode::none;
}

ParsedEvent parse_cloudevent(JsonView ce) {
  ParsedEvent event;
  event.raw.format = RawFormat::unparsed;
  event.raw.payload = ce.source();
  if (!ce.is(JsonKind::object)) {
    refuse(event, "not_an_object",
           "wanted a CloudEvent as an object, found " + std::string(article(ce.kind())));
    return event;
  }
  event.raw.format = RawFormat::cloudevent;
  event.raw.type = "track";
  if (const auto id = ce.member("id")) event.raw.message_id = id->as_string().value_or("");
  event.occurred = time_member(ce, "time");
  event.raw.order_key = identifier(ce, "partitionkey");
  if (event.raw.order_key.empty()) event.raw.order_key = identifier(ce, "userid");
  if (within_limits(event, ce) && check_required(event, ce)) check_attributes(event, ce);
  if (event.raw.message_id.size() > kMaxMessageIdBytes) event.raw.message_id.clear();
  return event;
}

Result<ParsedBody> parse_cloudevents(JsonParser& parser, const HttpHeaders& headers,
                                     std::string_view body, CloudEventsMode mode) {
  ParsedBody parsed;
  if (mode == CloudEventsMode::binary) {
    parsed.events.push_back(parse_binary_cloudevent(parser, headers, body));
    return parsed;
  }
  TENON_TRY_AS(const JsonView root, parser.parse(body, kMaxParserDepth));
  if (mode == CloudEventsMode::batch) return parse_batch(root);
  if (!root.is(JsonKind::object)) {
    return invalid("wanted a CloudEvent as an object, found " + std::string(article(root.kind())));
  }
  parsed.events.push_back(parse_cloudevent(root));
  return parsed;
}

}  // namespace tenon
