// From emits to records, through the checks of ingest.
#include "inbound/emitted.hpp"

#include "ingest/emitted.hpp"

namespace tenon::inbound {
namespace {

std::string own_id(const EventId& webhook, std::size_t index) {
  return to_text(webhook) + "/" + std::to_string(index);
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
    const std::string id = emit.id.empty() ? own_id(webhook, i) : emit.id;
    ParsedEvent event = parse_emitted(parser, id, emit.type, emit.body, emit.event_ms);
    event.index = static_cast<std::uint16_t>(i);
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
