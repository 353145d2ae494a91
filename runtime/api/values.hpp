// The values that the admin API speaks in: what operators ask for and what they get.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/trace.hpp"
#include "base/result.hpp"

namespace tenon {

constexpr std::size_t kDefaultPage = 50;
constexpr std::size_t kMaxPage = 500;

// Which part of a list: at most `limit` items after the cursor `after` ("" = from the start). The
// cursor is opaque to clients: whatever the implementation gave as `next`.
struct PageQuery {
  std::size_t limit = kDefaultPage;
  std::string after;
};
template <typename T>
struct Page {
  std::vector<T> data;
  std::string next;  // "" = this was the last part
};

// ---- events

struct EventSummary {
  EventId id;
  std::string source, type, name, message_id;
  Time received{};
  std::uint64_t bytes = 0;
  EventFate fate = EventFate::none;  // none: not decided yet
};

// Newest events, oldest first. With an empty cursor: the newest `limit` ones. Waits up to `wait`
// for at least one event after the cursor. `Page::next` is always set: it is the place to go on.
struct TailQuery {
  PageQuery page;
  milliseconds wait{0};
};

struct RejectedQuery {
  PageQuery page;
  std::string source, code;  // "" = all
  Time since{};              // zero = all
};
struct RejectedEvent {
  EventId id;
  std::string source, code, reason;
  Time received{};
  std::uint64_t bytes = 0;
  std::string payload;  // as received, cut at kMaxShownPayload; only of a single one asked for
  bool payload_cut = false;
  EventId reentered_as;  // empty = not yet
};
constexpr std::size_t kMaxShownPayload = 64 * 1024;

struct ReenterQuery {
  EventId id;
  std::optional<std::string> event;  // JSON of the fixed event; nothing = as it was received
  bool dry_run = false;              // check only, append nothing
  std::string actor;
};
struct Reentered {
  EventId id;  // of the new event; empty after a dry run
  std::string message_id;
};

// ---- deliveries

struct DeliveryQuery {
  PageQuery page;
  std::string destination;             // "" = all
  std::optional<DeliveryState> state;  // nothing = all that are kept: every state but delivered,
                                       // skipped and filtered
};
struct DeliverySummary {
  DeliveryId id;
  EventId event;
  std::string destination, action, release;  // release "" = not tried yet
  DeliveryState state = DeliveryState::pending;
  std::string reason;
  std::uint32_t tries = 0;
  std::uint32_t http_status = 0;
  Time received{};  // of the event
  Time next_at{};   // of retrying
};

struct DeadLetterFilter {
  std::string destination;  // "" = all
  std::string reason;  // `class` in the API: vendor_rejected, attempts_exhausted, ...; "" = all
  std::string vendor_code;             // `code` in the API; "" = all
  std::uint32_t http_status = 0;       // `status` in the API: of the last answer; 0 = all
  std::string action;                  // "" = all
  std::optional<DeliveryState> state;  // dead, parked or ambiguous; nothing = all three
  Time since{}, until{};               // given up in [since, until); zero = all
};
struct DeadLetterQuery {
  PageQuery page;
  DeadLetterFilter filter;
};
struct DeadLetter {
  DeliveryId id;
  EventId event;
  std::string destination, action, release;
  DeliveryState state = DeliveryState::dead;
  std::string reason, vendor_code, vendor_ref, detail;
  std::uint32_t http_status = 0;
  std::uint32_t tries = 0;
  Time received{};
  Time died{};
  // Only of a single one asked for: the canonical event, and the newest tries, oldest first.
  std::string event_json;
  std::vector<TraceAttempt> attempts;
};

struct RedriveQuery {
  DeadLetterFilter filter;
  bool dry_run = false;
  std::string actor;
};
constexpr std::size_t kMaxRedrive = 10'000;  // of one call
struct RedriveAnswer {
  std::uint64_t matched = 0;
  std::uint64_t redriven = 0;      // 0 after a dry run
  bool more = false;               // kMaxRedrive reached: ask again
  std::vector<DeliveryId> sample;  // at most 20
};

// ---- state of the parts

enum class DestinationState : std::uint8_t { running, paused, waiting };
struct DestinationStatus {
  std::string name, connector, release;
  DestinationState state = DestinationState::running;  // waiting: for the vendor or a worker
  std::string reason;                                  // of paused and waiting
  std::uint64_t pending = 0, retrying = 0, parked = 0, dead = 0, ambiguous = 0;
  Time oldest_pending{};  // reception of the oldest open event; zero = none
  Time next_at{};         // when it will try next; zero = now or nothing to do
  milliseconds lag{0};    // age of the oldest decided event not tried yet
  std::string owner;      // whom to tell; "" = nobody is named
  Time since{};           // paused or waiting for its vendor since; zero = neither
  std::uint32_t retry_share = 0, retry_share_most = 0;  // of a hundred tries of the last minute
};
// Asks to pause, resume or skip.
struct DestinationAct {
  std::string name, reason, actor;
  bool dry_run = false;  // of skip: change nothing, only say what it would do
};
struct SkippedHour {
  Time from{};  // events received in the hour from here
  std::int64_t count = 0;
};
struct SkipAnswer {
  std::uint64_t given_up = 0;      // deliveries that were open and are now skipped, or would be
  std::vector<SkippedHour> hours;  // of a dry run
};
// A skip of the past: who gave up what, and why.
struct SkippedAct {
  Time at{};
  std::string reason, actor;
  std::int64_t given_up = 0;
  std::vector<SkippedHour> hours;
};

// What came of asking the vendor whether settings and credential work.
struct DestinationCheck {
  bool ok = false;
  std::string reason;  // of a failure: a stable word (step_failed, worker_died, ...)
  std::string text;    // of a failure: what was wanted and found
  std::vector<ExchangeNote> exchanges;
};

// Keys to read back: records as the action takes them, with as much in them as names the thing.
struct ReadBackQuery {
  std::string destination, action;
  struct Key {
    std::string record;      // JSON object
    std::string vendor_ref;  // the vendor's id from an earlier outcome, or empty
  };
  std::vector<Key> keys;
};
enum class ReadBackState : std::uint8_t { unknown, found, absent };
struct ReadBackRecord {
  ReadBackState state = ReadBackState::unknown;  // unknown: the vendor did not say
  std::string vendor_ref;                        // of found
  std::string record;                            // of found: canonical JSON
  std::string detail;                            // of unknown: why
};

// A pull: idle (until next_at), running, waiting (for the vendor or a person, see reason), failing
// (tries again at next_at), unusable (the configuration or the connector must be mended).
struct PullInfo {
  std::string name, destination, stream, source, release, state, reason;
  milliseconds interval{0};
  std::uint32_t failures = 0;                         // runs in a row
  std::string cursor;                                 // the connector's own words
  bool more = false;                                  // the last page said that there is more
  std::uint64_t pages = 0, events = 0, rejected = 0;  // since it first ran, rejected among events
  std::uint64_t runs = 0;                             // since the host started
  Time last_page{}, last_run{}, next_at{};
};
constexpr std::uint64_t kMaxPullWaitMs = 30'000;

struct ConnectorStatus {
  std::string id, version, title, path, digest;  // path: of the .so
  std::vector<std::string> actions;
  std::string isolation;                  // profile of its manifest
  std::vector<std::string> destinations;  // that use it
  std::string problem;                    // "" = fine; else why it cannot be used
  // ready, backing_off, broken, probing or quarantined; "" = no release at all
  std::string state;
  std::uint32_t strikes = 0;    // deaths since the last clean period
  milliseconds retry_after{0};  // not ready: when it is tried again; 0 = not by itself
};
// Asks to lift the quarantine of a release, or to forget its strikes.
struct ReleaseAct {
  std::string release, reason, actor;
};

struct WorkerStatus {
  std::int32_t pid = 0;
  std::string release, state;  // starting, ready, busy, stopping
  Time started{};
  std::uint64_t steps = 0;    // answered by this process
  std::string isolation;      // level of its sandbox: A, B, none
  std::uint64_t crashes = 0;  // of the release, since it last ran clean for a while
  std::string last_failure;   // of the release, in words; "" = none
  std::uint64_t rss_bytes = 0;
  milliseconds cpu{0};
};

// ---- configuration

struct ConfigStatus {
  std::string workspace, digest, actor, content;  // content: the file; holds no secrets
  ConfigVersion version;
  Time applied{};
};
struct ConfigEntry {
  std::string workspace, digest, actor;
  ConfigVersion version;
  Time applied{};
};
// Every fault found, each with its place (file:line:column: key).
struct ConfigCheck {
  std::vector<Error> errors;  // empty = it can be applied
  std::string workspace, digest;
  ConfigVersion version;
};
struct ConfigDiff {
  ConfigCheck check;
  std::vector<std::string> changes;  // config_diff's lines; empty = nothing changes
};
struct ConfigApply {
  ConfigCheck check;
  bool applied = false;  // false with no errors: it is in force already
};

// ---- health

enum class FindingLevel : std::uint8_t { ok, warning, error };
struct DoctorFinding {
  FindingLevel level = FindingLevel::ok;
  std::string name;  // stable word: isolation, disk, consent, credential, ...
  std::string text;
  std::string mend;  // what to do about it; "" where ok
};

// How far the doctor looks: into the host alone, or also by a check of each destination.
enum class DoctorReach : std::uint8_t { host, vendors };

struct CompletenessRow {
  std::string source, destination;  // destination "": counts of events
  Time hour{};
  std::uint64_t received = 0, duplicate = 0, no_route = 0, invalid = 0, undecided = 0, routed = 0;
  std::uint64_t filtered = 0, skipped = 0, delivered = 0, pending = 0, parked = 0, dead = 0,
                ambiguous = 0;
  std::uint64_t rejected = 0;
};

struct Readiness {
  bool ready = false;
  std::string reason;  // why not
};

}  // namespace tenon
