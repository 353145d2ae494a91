// Attempt and its outcomes: what was about to be sent to a destination, and how each delivery
// ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/event_id.hpp"

namespace tenon {

// All that is needed to deliver again, so that a record about a delivery speaks for itself. The
// event's partition is that of the record which holds the reference.
struct DeliveryRef {
  DeliveryId id;
  Offset event;
  std::uint16_t index = 0;
  KeyHash key;  // order key, 0 = none
  NameHash source;
  Time received{};       // of the event
  ConfigVersion config;  // whose mapping is used
  std::string route;
  Offset decided;  // of the decision, or of the redrive that took it up again: what a skip goes by
  // Not 0: it is sent once more by this replay. It has an order key of its own then, so that it and
  // what is new do not wait for each other, and it is counted apart.
  RerunId replay;

  bool operator==(const DeliveryRef&) const = default;
};

class Writer;
class Reader;
void put(Writer& out, const DeliveryRef& ref);
// Records of earlier versions know no replay.
DeliveryRef take_delivery_ref(Reader& in, bool knows_replay);

// Written before the first request of an attempt leaves (decision 10). Without an outcome record
// after it, the attempt was cut short: the deliveries may or may not have arrived. A batch whose
// events lie in several partitions has one record of the same attempt in each of them.
struct AttemptBegin {
  std::string attempt;      // "att_" and base32; unique in the log
  std::string destination;  // name
  std::string release;      // "crm@1.0.0"
  std::string action;
  std::string idempotency;  // what the vendor gets as key, where it takes one
  std::string request_digest;
  bool safe_to_repeat = false;  // all requests of its first step are READ or IDEMPOTENT
  std::uint32_t number = 1;     // 1 for the first try of this batch
  std::uint32_t total = 0;      // deliveries of the whole batch, over all partitions
  std::vector<DeliveryRef> deliveries;
  std::vector<std::uint32_t> positions;  // of each of `deliveries` in the batch the connector gets
  std::vector<std::uint32_t> numbers;    // how many attempts each has now had, this one included

  bool operator==(const AttemptBegin&) const = default;
};

// The connector's verdict, with the numbers of the ABI; unresolved is the cautious zero.
enum class Verdict : std::uint8_t {
  unresolved = 0,
  accepted = 1,
  duplicate = 2,  // the vendor already had it
  skipped = 3,    // the connector had nothing to send for it
  rejected = 4,   // the vendor said no for good
  retry = 5,
  isolate = 6,  // send again one by one: this batch cannot tell which record is at fault
};
std::string_view name_of(Verdict verdict);

// What the host made of the verdict. Stored: never renumber.
enum class OutcomeFate : std::uint8_t {
  none = 0,
  delivered = 1,  // accepted or duplicate
  skipped = 2,
  retry = 3,      // again at next_at
  parked = 4,     // waits for a person: ambiguous by policy, or paused on purpose
  dead = 5,       // a dead letter
  ambiguous = 6,  // sent, no answer, not safe to repeat; by policy parked or resent
};
std::string_view name_of(OutcomeFate fate);

struct DeliveryOutcome {
  DeliveryRef delivery;
  Verdict verdict = Verdict::unresolved;
  OutcomeFate fate = OutcomeFate::none;
  std::uint32_t number = 1;       // how many attempts this delivery has now had
  Time next_at{};                 // of fate retry
  std::uint32_t http_status = 0;  // of the request that covers it; 0 = none was answered
  bool maybe_applied = false;     // not delivered, yet the vendor may have it from this attempt
  std::string
      reason;  // stable word: vendor_rejected, timeout, worker_crashed, attempts_exhausted ...
  std::string vendor_code, vendor_ref, detail;  // from the connector, scrubbed
  std::uint32_t position = UINT32_MAX;          // in the batch; it was in none: UINT32_MAX

  bool operator==(const DeliveryOutcome&) const = default;
};

// One request and its reply, as shown to people: before injection, redacted, cut.
struct ExchangeNote {
  std::uint32_t step = 0;
  std::string endpoint, method, path;
  std::string got;  // http, timeout, no_connection, lost, blocked
  std::uint32_t http_status = 0;
  std::uint32_t took_ms = 0;
  std::uint32_t resent = 0;  // how often the host itself sent it again
  std::string request_excerpt, reply_excerpt;
  std::vector<std::uint32_t> covers;  // places in the batch of the records it is about; empty: all

  bool operator==(const ExchangeNote&) const = default;
};

// Was it about this delivery?
bool is_about(const ExchangeNote& note, const DeliveryOutcome& outcome);

// How each record of a batch ended, in short: whoever holds it can tell of any of them, given the
// begin of the attempt. Of those that are done it keeps no texts of the vendor's.
struct BatchOutcomes {
  struct Run {
    std::uint32_t count = 0, kind = 0;  // so many places in a row; in `kinds`

    bool operator==(const Run&) const = default;
  };
  std::vector<DeliveryOutcome> kinds;  // each different one once, without `delivery` and next_at
  std::vector<Run> runs;               // over all places, in order; empty: it says nothing
  std::vector<Time> next_at;           // of each place that waits, in order

  bool operator==(const BatchOutcomes&) const = default;
};

// A batch whose events lie in several partitions has one in each of them. They are separate writes,
// and a crash may leave some of them: so each tells of all, and a start writes those that lack.
struct AttemptOutcome {
  std::string attempt, destination, release, action;
  Time began{}, ended{};
  std::string error;  // of the attempt as a whole: worker died, step refused, ...; else empty
  std::vector<ExchangeNote> exchanges;
  std::vector<DeliveryOutcome> outcomes;
  BatchOutcomes batch;  // where there are several records of the attempt

  bool operator==(const AttemptOutcome&) const = default;
};

std::string encode(const AttemptBegin& begin);
std::string encode(const AttemptOutcome& outcome);
// Whose attempt this is, of a begin or of outcomes; borrowed. Empty where that cannot be read.
std::string_view destination_of_attempt(std::string_view body);
Result<AttemptBegin> decode_attempt_begin(std::string_view body);
Result<AttemptOutcome> decode_attempt_outcome(std::string_view body);

}  // namespace tenon
