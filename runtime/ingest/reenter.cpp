// The way in for mended events.
#include "ingest/reenter.hpp"

#include "event/control.hpp"
#include "event/raw_event.hpp"
#include "ingest/cloudevents.hpp"
#include "ingest/segment.hpp"
#include "ingest/to_record.hpp"

namespace tenon {
namespace {

bool as_cloudevent(const RawEvent& original, JsonView fixed) {
  if (original.format == RawFormat::cloudevent) return true;
  return original.format == RawFormat::unparsed && fixed.member("specversion").has_value();
}

ParsedEvent parse_fixed(const RawEvent& original, JsonView fixed) {
  if (as_cloudevent(original, fixed)) return parse_cloudevent(fixed);
  // The path that brought the original may have named its type; the event's own counts otherwise.
  const auto own = fixed.member("type");
  const bool has_type = own && own->as_string() && is_segment_type(*own->as_string());
  return parse_segment_message(fixed, has_type ? std::string_view{} : original.type);
}

}  // namespace

Result<NewRecord> reenter(std::string_view fixed_json, const Record& rejected,
                          const EventId& rejected_id, ConfigVersion config, Random& random) {
  if (rejected.header.stream != Stream::rejected) {
    return invalid("wanted a rejected event, found a record of stream " +
                       std::string(name_of(rejected.header.stream)),
                   to_text(rejected_id));
  }
  TENON_TRY_AS(const RawEvent original, decode_raw_event(rejected.body));
  JsonParser parser;
  TENON_TRY_AS(const JsonView fixed, parser.parse(fixed_json, kMaxParserDepth));
  ParsedEvent event = parse_fixed(original, fixed);
  if (!event.accepted()) return invalid(event.raw.reason, event.raw.reason_code);
  if (event.raw.format == RawFormat::segment) event.raw.envelope = original.envelope;
  if (event.raw.message_id.empty() && !original.message_id.empty()) {
    event.raw.message_id = original.message_id;
    event.raw.message_id_assigned = original.message_id_assigned;
  }
  event.index = rejected.header.index;
  if (rejected.header.sent != Time{}) event.sent = rejected.header.sent;

  RecordOrigin origin;
  origin.tenant = rejected.header.tenant;
  origin.workspace = rejected.header.workspace;
  origin.source = rejected.header.source;
  origin.config = config;
  origin.received = rejected.header.received;
  NewRecord record = to_record(event, origin, random);
  // `parent` cannot name both: that the original was pulled is told by the original.
  record.header.flags = (rejected.header.flags & ~kRecordPulled) | kRecordReentered;
  record.header.parent = rejected_id;
  record.header.trace = rejected.header.trace;
  return record;
}

NewRecord reentered_mark(const EventId& rejected_id, const EventId& as, std::string actor,
                         Time now) {
  RejectedReentered done;
  done.rejected = rejected_id.offset;
  done.reentered_as = as;
  done.actor = std::move(actor);
  NewRecord control;
  control.partition = rejected_id.partition;
  control.header.stream = Stream::control;
  control.header.type = static_cast<std::uint16_t>(ControlType::rejected_reentered);
  control.header.occurred = now;
  control.body = encode(Control(std::move(done)));
  return control;
}

}  // namespace tenon
