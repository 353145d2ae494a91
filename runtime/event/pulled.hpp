// Bodies of the stream pulled: a page of a vendor's records with the cursor behind it, and the mark
// that its events are in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event_id.hpp"

namespace tenon {

// RecordHeader::type within Stream::pulled. Stored: never renumber.
enum class PulledType : std::uint16_t {
  none = 0,
  page = 1,
  entered = 2,  // in the partition of the page
};

// One thing that happened at the vendor, as its connector told it.
struct PulledRecord {
  std::string id, type, body;  // id: unique in the stream; body: JSON
  std::int64_t event_ms = 0;   // Unix time; 0 = unknown

  bool operator==(const PulledRecord&) const = default;
};

// One record of the log, so that a page and its cursor are durable together or not at all. Its
// events follow as raw (or rejected) records, each in the partition of its own key, whose header's
// `parent` names this record and the place in it.
struct PulledPage {
  std::string pull;                 // name in the workspace
  std::string destination, stream;  // where it came from
  std::string release;              // that read it
  std::string source;               // whose events they become
  std::string before, cursor;       // where the page begins; where the next one does
  bool more = false;                // the vendor has more at once
  std::vector<Offset> ends;         // of all partitions, before the page: its events lie behind
  std::vector<PulledRecord> records;

  bool operator==(const PulledPage&) const = default;
};

struct PulledEntered {
  std::string pull, destination, stream;  // as in its page
  Offset page;
  std::uint32_t events = 0, rejected = 0;

  bool operator==(const PulledEntered&) const = default;
};

std::string encode(const PulledPage& page);
std::string encode(const PulledEntered& entered);
Result<PulledPage> decode_pulled_page(std::string_view body);
Result<PulledEntered> decode_pulled_entered(std::string_view body);

}  // namespace tenon
