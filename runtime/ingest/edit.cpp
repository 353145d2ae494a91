// The way in for edited events.
#include "ingest/edit.hpp"

#include "event/event.hpp"
#include "ingest/cloudevents.hpp"
#include "ingest/segment.hpp"
#include "ingest/to_record.hpp"

namespace tenon {
namespace {

// Never asked: an edited event always has its message id.
class NoRandom final : public Random {
 public:
  std::uint64_t next() override { return 0; }
};

ParsedEvent parse_edited(const RawEvent& original, JsonView message) {
  if (original.format == RawFormat::cloudevent) return parse_cloudevent(message);
  // The path that brought the original may have named its type; the event's own counts otherwise.
  const auto own = message.member("type");
  const bool has_type = own && own->as_string() && is_segment_type(*own->as_string());
  return parse_segment_message(message, has_type ? std::string_view{} : original.type);
}

}  // namespace

Result<NewRecord> edited(std::string_view event_json, const Record& original,
                         const EventId& original_id, const EditTarget& target, ConfigVersion config,
                         Time now) {
  TENON_TRY_AS(const RawEvent before, decode_raw_event(original.body));
  TENON_TRY_AS(const Event was, make_event(original_id, original.header, before, target.source));
  JsonParser parser;
  TENON_TRY_AS(const JsonView message, parser.parse(event_json, kMaxParserDepth));
  ParsedEvent event = parse_edited(before, message);
  if (!event.accepted()) return invalid(event.raw.reason, event.raw.reason_code);
  if (event.raw.format == RawFormat::segment) event.raw.envelope = before.envelope;
  event.raw.message_id = target.message_id;
  event.raw.message_id_assigned = false;
  event.raw.only_destination = target.destination;
  event.raw.only_action = target.action;
  // It is sent now, by nobody's clock: what was corrected for the client's clock stays as it was.
  if (event.occurred == Time{} || event.occurred == original.header.occurred) {
    event.occurred = was.occurred;
  }
  event.sent = Time{};
  event.index = 0;
  RecordOrigin origin;
  origin.tenant = original.header.tenant;
  origin.workspace = original.header.workspace;
  origin.source = original.header.source;
  origin.config = config;
  origin.received = now;
  NoRandom random;
  NewRecord record = to_record(event, origin, random);
  record.header.flags = (original.header.flags & kRecordSynthetic) | kRecordEdited;
  record.header.parent = original_id;
  record.header.trace = original.header.trace;
  return record;
}

}  // namespace tenon
