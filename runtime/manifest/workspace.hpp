// Workspace: one isolated set-up of a tenant, read from its TOML file, as checked values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/lane.hpp"
#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace tenon {

// One step of a mapping's closed list, applied left to right.
enum class MapStep : std::uint8_t {
  trim,
  lower,
  upper,
  to_string,
  to_number,
  e164_digits,
  rfc3339,
  sha256_hex,
};
struct FieldRule {
  std::string target;  // JSON pointer in the mapped record ("" with from "" = the whole event)
  std::string from;    // JSON pointer into the canonical event; or
  std::optional<std::string> constant;  // a constant, as JSON
  std::vector<MapStep> steps;
  std::optional<std::string> fallback;  // `default`: as JSON, where the pointer leads nowhere
};

struct Predicate {
  enum class Kind : std::uint8_t {
    always,
    type,
    event,
    eq,
    in,
    exists,
    prefix,
    gt,
    lt,
    not_,
    any,
    all,
  };
  Kind kind = Kind::always;
  std::string pointer;              // eq, in, exists, prefix, gt, lt
  std::vector<std::string> values;  // type, event: names; eq, in, prefix, gt, lt: JSON values
  std::vector<Predicate> parts;     // not_ (one), any, all
};

// The platform's own source: its events are notices of what needs a person (notices/notice.hpp).
constexpr std::string_view kNoticeSource = "tenon";

struct Route {
  std::string name;
  std::vector<std::string> sources;  // empty = all that the workspace declares
  std::string destination, action;
  Predicate when;
  std::vector<FieldRule> mapping;  // empty = the canonical event as it is
  std::string order_pointer;       // reserved for another order key; "" = the default
};

// How a destination comes by the token of its connector's OAuth slot. References, never secrets.
struct DestinationOAuth {
  std::string grant;  // client_credentials, refresh_token, authorization_code or jwt_bearer
  std::string client_id, client_secret;
  std::string refresh_token;    // refresh_token: the first one; what replaces it is in the vault
  std::string signing_key;      // jwt_bearer: a private key in PEM (RSA, or EC on P-256)
  std::string key_id, subject;  // jwt_bearer: kid and sub of the assertion
  std::vector<std::string> scopes;  // some of the manifest's; empty = all of them

  bool operator==(const DestinationOAuth&) const = default;
};

struct Destination {
  DestinationName name;
  std::string connector;  // manifest id
  std::string release;  // named version, or "" = the rollout says; without one the newest installed
  bool follows_rollout = false;  // `release` was filled in from the connector's rollout
  std::string settings;          // canonical JSON of [destinations.settings]; no secrets
  std::map<std::string, std::string> credentials;  // slot -> reference (vault:NAME, ...)
  std::optional<DestinationOAuth> oauth;           // fills a slot instead of a credential
  std::string ca_file;                             // extra trust anchor for operator-set endpoints
  std::string peers = "public_only";               // or allow_loopback, allow_private
  // "http://127.0.0.1:PORT": a model in the vendor's place; all requests go there. "" = the vendor.
  std::string model;
  std::string on_ambiguous = "park";  // or resend
  std::optional<milliseconds> linger;
  std::optional<std::uint32_t> max_batch;
  std::optional<std::uint32_t> dead_letters_days;  // nothing = the workspace's
  // Overrides of the manifest's retry policy, each on its own.
  std::optional<milliseconds> retry_first, retry_ceiling;
  std::optional<std::chrono::seconds> retry_max_age;
  std::optional<std::uint32_t> retry_max_attempts;
  LaneWeights lanes;  // of what shares its vendor's limits
  // The vendor's account, for limits that are counted by it; "" = told apart by credentials and
  // address.
  std::string account;
  std::string owner;  // a team or a mail address to tell; "" = the workspace's
  // While there is fresh work, at most so many of a hundred tries are second and later ones.
  std::uint32_t retry_share = 20;
};

// A source that a vendor sends webhooks to: /webhooks/NAME.
struct WebhookSource {
  // The instance that parses: connector, release, settings and credentials; its name is
  // "source/NAME", which no destination can have.
  Destination instance;
  std::string public_url;  // the address that the vendor knows, before /webhooks; "" = none
  std::uint32_t max_per_second = 200;  // verified requests; more are answered by 429
};

struct Source {
  SourceName name;
  std::string write_key;  // reference: env:NAME or file:PATH; "" only with `webhook`
  std::uint64_t max_body = 4u << 20;
  bool strict_limits = false;  // Segment's 500 KB per batch
  bool synthetic = false;      // its events are made up: they go to models only (may_take)
  std::optional<WebhookSource> webhook;
};

// Reads a stream of a destination's vendor, page by page, into a source.
struct Pull {
  std::string name;
  std::string destination, stream, source;
  std::optional<std::chrono::seconds> interval;  // nothing = the manifest's
  std::string start;  // first cursor: "" = the vendor's earliest, "now", or an RFC 3339 time
};

// A key whose signature on a connector's package counts.
struct TrustedKey {
  std::string name;
  std::string key;                      // "ed25519:" and 64 hexadecimal digits
  std::vector<std::string> connectors;  // ids that it may sign; empty = all

  bool operator==(const TrustedKey&) const = default;
};

// Which packages of connectors may be installed: [trust].
struct Trust {
  bool require_signature = false;
  std::vector<TrustedKey> keys;

  bool operator==(const Trust&) const = default;
};

// Which calls of connectors are kept, how long, and what is made unreadable when one is handed on:
// [capture].
struct CaptureRules {
  double sample = 1.0;  // of the calls in which nothing failed; those that failed are all kept
  std::uint32_t budget_mib = 256;
  std::uint32_t keep_days = 7;
  // Pointers to members of records, requests and replies; each also leads from any object inside.
  std::vector<std::string> redact;

  bool operator==(const CaptureRules&) const = default;
};

// Is tenon-check run on a release before it is rolled out?
enum class ConformanceRule : std::uint8_t {
  with_goldens,  // where its package has goldens
  required,      // always: without goldens it is not rolled out
  off,
};
// [rollout].
struct RolloutRules {
  ConformanceRule conformance = ConformanceRule::with_goldens;

  bool operator==(const RolloutRules&) const = default;
};

// May an event go there at all? What is synthetic, made up for a test or by `tenon dev`, goes to
// models of vendors and nowhere else, whatever routes say. Asked when an event is decided, when its
// batch is made, and when a request leaves.
inline bool may_take(const Destination& destination, bool synthetic) {
  return !synthetic || !destination.model.empty();
}

struct Workspace {
  TenantName tenant;
  WorkspaceName name;
  std::string owner;              // who is told what a person must see; "" = nobody is named
  bool consent_enforced = false;  // only "not_enforced" can be said until the consent room exists
  std::chrono::seconds dedupe_window{7 * 86'400};
  std::uint64_t dedupe_max_ids = 50'000'000;
  std::uint32_t dead_letters_days = 30;  // so long is a dead letter kept; 0 = for ever
  std::vector<Source> sources;
  std::vector<Destination> destinations;
  std::vector<Route> routes;
  std::vector<Pull> pulls;
  Trust trust;
  std::optional<CaptureRules> capture;  // nothing: no call is kept
  RolloutRules rollout;

  std::string place;    // the file's name, for the texts of errors
  std::string content;  // the file's bytes
  std::string digest;   // digest_hex(content)
  ConfigVersion version;

  const Source* source(std::string_view name) const;
  // The name of a declared source or of the notices' own; "": there is none with this hash.
  std::string source_name(NameHash hash) const;
  const Destination* destination(std::string_view name) const;
  const Route* route(std::string_view name) const;
  const Pull* pull(std::string_view name) const;
  // Does a route bring it the platform's notices?
  bool takes_notices(std::string_view destination) const;
};

// Parses and checks all that needs no manifest: shape, unknown keys, references, name hashes, the
// language of routes. Errors: every one found, each "file:line:column: key: wanted ..., found ...".
struct WorkspaceErrors {
  std::vector<Error> errors;
};
tl::expected<Workspace, WorkspaceErrors> parse_workspace(std::string_view toml,
                                                         std::string_view place);

// The test of a route's `when`, alone: the inside of the table, such as `event = "Order
// Completed"`. invalid: what is wrong with it, with its place.
Result<Predicate> parse_predicate(std::string_view toml, std::string_view place);

// Checks what needs the manifests of the connectors it uses: connector, release, action, settings,
// slots, mapped fields, and that no two routes can give the same (destination, action) for one
// event.
std::vector<Error> check_workspace(const Workspace& workspace,
                                   const std::vector<Manifest>& installed);

// The manifest that a destination uses: the release it names, else the newest installed; or null.
const Manifest* manifest_of(const Destination& destination, const std::vector<Manifest>& installed);

// What changes from one to the other, for people: "destination hub: max_batch 100 -> 50", one line
// per source, destination, route or field; empty if nothing does.
std::vector<std::string> config_diff(const Workspace& before, const Workspace& after);

}  // namespace tenon
