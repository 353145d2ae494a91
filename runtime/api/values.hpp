// The values that the admin API speaks in: what operators ask for and what they get.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/completeness.hpp"
#include "audit/trace.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "event/rollouts.hpp"
#include "notices/notice.hpp"

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
  std::optional<bool> of_reruns;       // lane replay (true) or live (false); nothing = both
};
struct DeliverySummary {
  DeliveryId id;
  EventId event;
  std::string destination, action, release;  // release "" = not tried yet
  DeliveryState state = DeliveryState::pending;
  std::string reason;
  std::uint32_t tries = 0;
  std::uint32_t http_status = 0;
  RerunId rerun;    // that takes care of it; 0 = none: it goes as what is live
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
  RerunId replay;  // of this replay; 0 = of the event itself
  // Only of a single one asked for: the canonical event, and the newest tries, oldest first.
  std::string event_json, payload;  // payload: the message as it was received, to be edited
  std::vector<TraceAttempt> attempts;
};

// Of an edited event, which goes in place of the letter and to its destination only.
struct EditQuery {
  DeliveryId id;
  std::string event;     // JSON, as a client would send it
  bool dry_run = false;  // check only, append nothing
  std::string actor;
};
struct Edited {
  EventId id;  // of the new event; empty after a dry run
  std::string message_id, destination, action;
};

// ---- reruns: replays of events, redrives of dead letters

struct RedriveQuery {
  DeadLetterFilter filter;
  std::uint32_t rate = 0;  // per second and destination; 0 = as fast as it goes
  bool dry_run = false;
  std::string actor;
};
struct ReplayQuery {
  std::string destination, source, where;  // source, where: "" = all
  Time from{}, to{};                       // of reception, half-open
  std::uint32_t rate = 0;                  // per second; 0 = as fast as it goes behind what is live
  bool accept_duplicates = false;
  std::string actor;
};
constexpr std::uint32_t kMaxRerunRate = 1'000'000;

// What a replay would do, as far as the log was read; parts of one plan add up.
struct ReplayPlan {
  std::uint64_t looked = 0;      // events in the range of time
  std::uint64_t matched = 0;     // deliveries that it would take up; of these ...
  std::uint64_t letters = 0;     // ... are dead letters now
  std::uint64_t duplicates = 0;  // ... were sent before, so that the vendor may have them: at most
  std::uint64_t left_alone = 0;  // deliveries that are still under way by themselves
  std::map<std::string, std::uint64_t> actions;  // matched, by action
  std::vector<std::string> unsafe;               // actions not safe to replay
  std::uint64_t calls = 0;                       // of the connector, with full batches
  milliseconds eta{0};                           // at least, by rate and declared limits
  Time
      log_begins{};  // what came before it is forgotten, in part at least; 0 = none of this time is
  std::string next;  // "" = the plan is whole
};

struct RerunInfo {
  RerunId id;
  std::string kind, destination, state, actor;  // state: running, done, cancelled, failed
  Time started{}, ended{};
  std::string ended_by, reason;
  std::uint32_t rate = 0;
  ReplayQuery replay;       // of a replay: what was asked
  DeadLetterFilter filter;  // of a redrive: what was asked
  std::uint64_t looked = 0, taken = 0, letters = 0, left_alone = 0;
  std::uint64_t delivered = 0, skipped = 0, given_up = 0, cancelled = 0, waiting = 0;
  double progress = 0;  // of looking, 0 to 1
  // Why nothing goes at present, of a running one: its destination is paused, held, ...
  std::string waits_for;
};
struct RedriveAnswer {
  std::uint64_t matched = 0;
  std::vector<DeliveryId> sample;  // at most 20
  std::vector<RerunInfo> reruns;   // one for each destination; none after a dry run
};
// A delivery that a replay which has ended did not look at.
struct RerunRest {
  DeliveryId id;
  EventId event;
  std::string action;
  Time received{};
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
  RerunId rerun;                                        // going on there; 0 = none
  std::uint64_t rerunning = 0;                          // deliveries of it that wait
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

// What is known of a release that was installed as a package.
struct PackageStatus {
  std::string digest;       // of its content
  std::uint64_t bytes = 0;  // of the package file
  struct Signer {
    std::string key, name;  // name: of [[trust.keys]]; "" = the workspace does not know the key
  };
  std::vector<Signer> signers;
  std::string doubt;  // why no signature counts; "" = one does
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
  };
  std::vector<File> files;
};

struct ConnectorStatus {
  std::string id, version, title, path, digest;  // path: of the .so
  std::vector<std::string> actions;
  std::string isolation;                  // profile of its manifest
  std::vector<std::string> destinations;  // that use it
  std::string problem;                    // "" = fine; else why it cannot be used
  // ready, backing_off, broken, probing or quarantined; "" = no release at all
  std::string state;
  std::uint32_t strikes = 0;             // deaths since the last clean period
  milliseconds retry_after{0};           // not ready: when it is tried again; 0 = not by itself
  std::optional<PackageStatus> package;  // nothing: a .so in a folder of tenond --connectors
  std::string changelog;                 // only where one release is asked for
};
struct InstallAsk {
  std::string bytes;  // of a .tenonpkg, as somebody sent it
  bool allow_downgrade = false;
  std::string actor;
};
struct InstallAnswer {
  std::string release;
  bool present = false;  // it was installed already
  PackageStatus package;
};
// An act on the rollout of a connector; `deed` is one of hosting's names.
struct RolloutAsk {
  std::string deed, connector, version, destination, reason, actor;
  std::uint32_t percent = 0;
  RolloutPolicy policy;
  bool again = false;
};
// What calls of a release came to since the rollout's last step.
struct RolloutHealth {
  std::uint64_t calls = 0, failed_calls = 0, mean_ms = 0, records = 0;
  std::uint64_t delivered = 0, skipped = 0, retry = 0, dead = 0, unclear = 0;
  // A sample of what was accepted: looked for at the vendor, not there, there with other values.
  std::uint64_t looked_for = 0, did_nothing = 0, unlike = 0;
};
// What the candidate does otherwise than the stable release, on the same calls.
struct RolloutShadow {
  std::uint64_t calls = 0, different = 0, diverged = 0;  // compared; of these
  std::uint64_t unlisted = 0;  // calls that have the same difference, which changes.toml lacks
  std::string first;           // of those: action, place and kind
};
struct RolloutView {
  Rollout rollout;
  std::map<std::string, std::string> followers;  // destinations and sources -> version
  std::vector<std::string> installed;            // versions
  RolloutHealth stable;
  std::optional<RolloutHealth> candidate;
  RolloutShadow shadow;
  std::string worse;  // why the gate would roll the candidate back now; "" = it would not
};
// Asks to lift the quarantine of a release, or to forget its strikes.
// Or to remove its package.
struct ReleaseAct {
  std::string release, reason, actor;
};

// A call of a connector as it was kept.
struct KeptCall {
  std::string json;                 // one line: ports/captured_call_json.hpp
  std::vector<std::string> redact;  // what the workspace wants unreadable before it is handed on
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
struct ConnectOffer {
  std::string url, state;
  Time until{};
};
struct ConnectReturn {
  std::string state, actor;
  Secret code;
};
struct Connected {
  std::string destination;
  bool resumed = false;
};
// How a destination's OAuth connection stands; no token.
struct OAuthView {
  std::string destination, grant, token_url;
  std::string state;  // usable, failing, needs_reconnect, or unused: not asked for since the start
  std::string reason;
  std::uint64_t generation = 0;
  Time obtained{}, expires{}, retry_at{};
};

struct DoctorFinding {
  FindingLevel level = FindingLevel::ok;
  std::string name;  // stable word: isolation, disk, consent, credential, ...
  std::string text;
  std::string mend;  // what to do about it; "" where ok
};

// A notice, and whether what it tells of is still so.
struct NoticeView {
  Notice notice;
  bool open = false;
};

// How far the doctor looks: into the host alone, or also by a check of each destination.
enum class DoctorReach : std::uint8_t { host, vendors };

// Rows of whole hours that touch [from, to); zero and "" = no bound.
struct CompletenessQuery {
  Time from{}, to{};
  std::string source, destination;
};
struct CompletenessRow {
  std::string source, destination;  // destination "": counts of events
  Time hour{};
  CompletenessCounts counts;
};
struct Completeness {
  std::vector<CompletenessRow> rows;
};
struct CompletenessDifference {
  std::string source, destination;
  Time hour{};
  std::string text;  // "delivered 7, recounted 8"
};
// The counts beside those of the log, read anew.
struct RecountAnswer {
  std::uint64_t compared = 0;  // rows
  std::uint64_t moving = 0;    // rows that changed while the log was read: not compared
  // The log holds all of what was received from this hour on; older rows are not compared. Zero:
  // it has forgotten nothing.
  Time whole_from{};
  std::uint64_t older = 0;  // rows
  std::vector<CompletenessDifference> differences;
  CompletenessCounts total;
};

// What a backup must hold to be whole: the log up to these places, all taken at one moment.
struct BackupCut {
  LogId log;
  Time at{};
  std::string version, data;              // of the host; its data folder
  std::string tenant, workspace, digest;  // of the configuration in force
  std::vector<std::string> secrets;       // references only
  bool vault = false;                     // there is one
  struct Lane {
    Offset begin, end;
  };
  std::vector<Lane> partitions;
  std::vector<std::string> states;  // paths of copies, for the taking; none: the log has it all
  struct Package {
    std::string release, path, digest;  // path, digest: of the .so
    std::string package;                // path of its package; "" = there is none
  };
  std::vector<Package> connectors;
};

struct Readiness {
  bool ready = false;
  std::string reason;  // why not
};

}  // namespace tenon
