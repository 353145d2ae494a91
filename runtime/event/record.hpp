// Record: one entry of the log. What came from outside or cannot be derived again is a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/time.hpp"
#include "event/event_id.hpp"

namespace tenon {

// The kinds of record that share a partition. Stored: never renumber.
enum class Stream : std::uint8_t {
  none = 0,
  raw = 1,       // an ingested event: event/raw_event.hpp
  decision = 2,  // what the pipeline decided for a slice of raw records: event/decision.hpp
  attempt = 3,   // an attempt is about to leave: event/attempt.hpp
  outcome = 4,   // how an attempt ended, per delivery: event/attempt.hpp
  control = 5,   // configuration, pause, redrive, skip: event/control.hpp
  lease = 6,     // rate budget taken before use: event/control.hpp
  audit =
      7,  // who did what: event/vault_changed.hpp, api_tokens.hpp, audit_entry.hpp, rollouts.hpp
  rejected = 8,  // an event refused at ingest, kept with its reason: event/raw_event.hpp
  inbound = 9,   // a vendor's webhook, and what became of it: event/inbound.hpp
  pulled = 10,   // a page read from a vendor, with its cursor: event/pulled.hpp
};
std::string_view name_of(Stream stream);

// Bits of RecordHeader::flags. Stored: never renumber.
constexpr std::uint32_t kRecordSynthetic = 1;  // test traffic
constexpr std::uint32_t kRecordReplay = 2;     // entered by a replay
constexpr std::uint32_t kRecordReentered =
    4;                                       // a rejected event, fixed; `parent` names the original
constexpr std::uint32_t kRecordPulled = 8;   // read from a vendor; `parent` names page and place
constexpr std::uint32_t kRecordEdited = 16;  // goes in place of a dead letter of event `parent`

// The fields of record header v1, of which each has its fixed place on disk (file_log/FORMAT.md).
struct RecordHeader {
  Stream stream = Stream::none;
  std::uint16_t type = 0;  // meaning per stream; 0 where a stream has one type only
  std::uint32_t flags = 0;
  std::uint16_t index = 0;             // raw, rejected: position of the event in the request body
  NameHash tenant, workspace, source;  // source is 0 where none applies
  KeyHash key;                         // the order key; 0 = none
  Time occurred{}, sent{}, received{};
  Time appended{};  // stamped by the log; never decreases within a partition
  std::uint64_t schema = 0;
  ConfigVersion config;  // in force when the record was made; 0 = not applicable
  EventId parent;        // the event this one came from; empty = none
  std::uint64_t trace = 0;
  std::uint32_t key_id = 0;  // 0 = plain; for encryption per tenant or subject

  bool operator==(const RecordHeader&) const = default;
};

// A record to append. The log fills header.appended.
struct NewRecord {
  PartitionId partition;
  RecordHeader header;
  std::string body;
};

// A record as read.
struct Record {
  Offset offset;
  Offset next;  // where the following record begins: the cursor after this one
  RecordHeader header;
  std::string body;
};

// The id of the event whose raw (or rejected) record this is.
inline EventId event_id_of(LogId log, PartitionId partition, const Record& record) {
  return EventId{log, partition, record.offset, record.header.index};
}

}  // namespace tenon
