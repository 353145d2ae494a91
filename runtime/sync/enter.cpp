// From a page to records, and back from records to what is in.
#include "sync/enter.hpp"

#include "base/limits.hpp"
#include "ingest/emitted.hpp"
#include "ingest/to_record.hpp"

namespace tenon::sync {

std::vector<NewRecord> records_of(const PulledPage& page, LogId log, PartitionId home,
                                  const Record& record, const EnterOrigin& origin, Random& random) {
  RecordOrigin common;
  common.tenant = origin.tenant;
  common.workspace = origin.workspace;
  common.source = origin.source;
  common.config = origin.config;
  common.received = record.header.appended;
  common.synthetic = origin.synthetic;
  JsonParser parser;
  std::vector<NewRecord> out;
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    const auto place = static_cast<std::uint16_t>(i);
    const PulledRecord& pulled = page.records[i];
    auto event = parse_emitted(parser, pulled.id, pulled.type, pulled.body, pulled.event_ms);
    NewRecord made = to_record(event, common, random);
    made.header.flags |= kRecordPulled;
    made.header.parent = EventId{log, home, record.offset, place};
    out.push_back(std::move(made));
  }
  return out;
}

Task<Result<std::set<std::uint16_t>>> entered_of(EventLog& log, const PulledPage& page,
                                                 PartitionId home, Offset offset) {
  std::set<std::uint16_t> entered;
  for (std::uint16_t p = 0; p < kPartitions && p < page.ends.size(); ++p) {
    Offset at = std::max(page.ends[p], log.begin(PartitionId{p}));
    const Offset end = log.end(PartitionId{p});
    ReadLimits limits;
    limits.streams = stream_bit(Stream::raw) | stream_bit(Stream::rejected);
    while (at < end) {
      TENON_CO_TRY_AS(const auto slice, log.read(PartitionId{p}, at, limits));
      for (const auto& record : slice.records) {
        const EventId& parent = record.header.parent;
        const bool ours = (record.header.flags & kRecordPulled) != 0 && parent.log == log.id() &&
                          parent.partition == home && parent.offset == offset;
        if (ours) entered.insert(parent.index);
      }
      if (slice.next <= at) break;
      at = slice.next;
    }
  }
  co_return entered;
}

}  // namespace tenon::sync
