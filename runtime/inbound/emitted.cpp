// From emits to records, through the checks of ingest.
#include "inbound/emitted.hpp"

#include "base/limits.hpp"
#include "ingest/segment.hpp"

namespace tenon::inbound {
namespace {

constexpr std::int64_t kMaxEventMs = 32'503'680'000'000;  // the year 3000; beyond it is no time

std::string own_id(const EventId& webhook, std::size_t index) {
  return to_text(webhook) + "/" + std::to_string(index);
}

ParsedEvent refused(const Emit& emit, std::string_view code, std::string reason) {
  ParsedEvent event;
  event.raw.format = RawFormat::unparsed;
  event.raw.payload = emit.body;
  refuse(event, code, std::move(reason));
  return event;
}

ParsedEvent parse_emit(JsonParser& parser, const Emit& emit) {
  if (!is_segment_type(emit.type)) {
    return refused(emit, "unknown_type",
                   "type of the emit: wanted track, identify, page, screen, group or alias, found "
                   "\"" +
                       emit.type.substr(0, 64) + "\"");
  }
  const auto body = parser.parse(emit.body, kMaxParserDepth);
  if (!body) return refused(emit, "not_json", "body of the emit: " + body.error().text());
  ParsedEvent event = parse_segment_message(*body, emit.type);
  if (event.accepted() && emit.id.size() > kMaxMessageIdBytes) {
    refuse(event, "message_id_too_long",
           "id of the emit: wanted at most " + std::to_string(kMaxMessageIdBytes) +
               " bytes, found " + std::to_string(emit.id.size()));
  }
  return event;
}

// Deterministic: nothing of what we make here needs chance.
class NoRandom final : public Random {
 public:
  std::uint64_t next() override { return 0; }
};

NewRecord record_of(ParsedEvent event, const RecordOrigin& origin, const EventId& webhook) {
  NoRandom none;
  NewRecord record = to_record(event, origin, none);
  record.header.parent = webhook;
  return record;
}

}  // namespace

std::vector<NewRecord> emitted_records(const std::vector<Emit>& emits, const RecordOrigin& origin,
                                       const EventId& webhook) {
  JsonParser parser;
  std::vector<NewRecord> records;
  records.reserve(emits.size());
  for (std::size_t i = 0; i < emits.size(); ++i) {
    const Emit& emit = emits[i];
    ParsedEvent event = parse_emit(parser, emit);
    event.index = static_cast<std::uint16_t>(i);
    event.raw.message_id_assigned = false;
    event.raw.message_id =
        emit.id.empty() || emit.id.size() > kMaxMessageIdBytes ? own_id(webhook, i) : emit.id;
    if (event.occurred == Time{} && emit.event_ms > 0 && emit.event_ms < kMaxEventMs) {
      event.occurred = Time{milliseconds{emit.event_ms}};
    }
    records.push_back(record_of(std::move(event), origin, webhook));
  }
  return records;
}

NewRecord failed_record(std::string body, std::string why, const RecordOrigin& origin,
                        const EventId& webhook) {
  ParsedEvent event;
  event.raw.format = RawFormat::unparsed;
  event.raw.payload = std::move(body);
  event.raw.message_id = own_id(webhook, 0);
  refuse(event, kFailedCode, std::move(why));
  return record_of(std::move(event), origin, webhook);
}

}  // namespace tenon::inbound
