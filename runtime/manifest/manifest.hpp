// Manifest: what a release declares it may do, as checked values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "manifest/support.hpp"
#include "manifest/webhook_scheme.hpp"

namespace tenon {

enum class EndpointKind : std::uint8_t { fixed, templated, operator_set };

// Where requests may go. The connector knows only `name`.
struct Endpoint {
  std::string name;
  EndpointKind kind = EndpointKind::fixed;
  std::string host;       // fixed: "api.hubapi.com"; templated: "{shop}.vendor.com"
  std::string setting;    // templated: the setting that fills the label; operator_set: the one
                          // holding the URL
  std::string base_path;  // "" or "/3.0"; put in front of every request path
  std::vector<std::string> methods;  // allowed methods; empty = GET and POST
  bool optional = false;             // its setting may be left out; then nothing can be sent there

  bool operator==(const Endpoint&) const = default;
};

enum class SlotKind : std::uint8_t { header, basic, query, signing };

// A named place for a credential. The connector refers to it by name and never sees the bytes.
struct Slot {
  std::string name;
  SlotKind kind = SlotKind::header;
  std::string header;     // header: its name, e.g. "Authorization"
  std::string prefix;     // header: put before the secret, e.g. "Bearer "
  std::string parameter;  // query: its name
  bool required = true;
  // Bound to these endpoints (empty = all) and to paths that begin so ("" = all).
  std::vector<std::string> endpoints;
  std::string path_prefix;

  bool operator==(const Slot&) const = default;
};

// For whom a vendor counts: each account, all that our application sends, or each endpoint of an
// account.
enum class RateScope : std::uint8_t { account, app, endpoint };

// A sliding window: at most `limit` units of cost in any `window`; and so many requests at once.
struct RateLimit {
  std::string bucket;  // "default" is charged where a request names none
  RateScope scope = RateScope::account;
  std::uint32_t limit = 0;  // 0: only `at_once`
  milliseconds window{0};
  std::uint32_t at_once = 0;  // 0: any number

  bool operator==(const RateLimit&) const = default;
};

// How a vendor says in a reply's headers what remains of a limit.
enum class RateHeaderForm : std::uint8_t { count, used_of_limit, ietf };
enum class ResetForm : std::uint8_t { delta_s, delta_ms, unix_s, unix_ms, rfc3339, http_date };
struct RateHeader {
  std::string bucket;
  RateScope scope = RateScope::account;
  RateHeaderForm form = RateHeaderForm::count;
  std::string remaining, limit, reset;  // names of headers, lower-case; the last two may be ""
  ResetForm reset_form = ResetForm::delta_s;

  bool operator==(const RateHeader&) const = default;
};
constexpr std::size_t kMaxRateHeaders = 8;

struct BatchLimits {
  std::uint32_t max_records = 1;
  std::uint64_t max_bytes = 1u << 20;
  bool same_key = false;  // may hold several records of one order key
  std::string unique;  // JSON pointer into the mapped record: no two alike in one batch; "" = none

  bool operator==(const BatchLimits&) const = default;
};

struct Action {
  std::string name;                          // upsert_contact
  std::string title;                         // one line for people
  std::vector<std::string> required_fields;  // JSON pointers that a mapping must give
  std::vector<std::string> optional_fields;
  bool open_fields = false;             // takes any further field, too (the webhook's payload)
  bool readback = false;                // what it writes can be read back by its keys
  milliseconds readback_after{10'000};  // so long after a write the vendor's reads surely show it
  bool replay_safe = false;  // a record may come again long after, behind newer ones, and harms not
  BatchLimits batch;

  bool operator==(const Action&) const = default;
};

// Something that can be pulled: changes since a cursor.
struct StreamDecl {
  std::string name, title;
  bool starts_by_time = false;  // cursor = "time": takes an RFC 3339 time as first cursor, too
  std::chrono::seconds interval{300};  // between pulls, where a workspace does not say

  bool operator==(const StreamDecl&) const = default;
};

struct RetryPolicy {
  milliseconds first{1'000};  // before the second attempt, doubled each time, with jitter
  milliseconds ceiling{3'600'000};
  std::chrono::seconds max_age{86'400 * 3};
  std::uint32_t max_attempts = 20;

  bool operator==(const RetryPolicy&) const = default;
};

struct Setting {
  std::string name, title;
  std::string type = "string";  // string, integer, boolean, url
  bool required = false;
  std::string default_value;  // as JSON; "" = none
  std::string pattern;        // RE2-free: only [charset]{n,m} is known; "" = any

  bool operator==(const Setting&) const = default;
};

// How a vendor asks whether the address is ours before it sends anything.
enum class Challenge : std::uint8_t {
  none,
  url_verification,  // signed POST {"type":"url_verification","challenge":"..."}
  hub,               // GET ?hub.mode=subscribe&hub.verify_token=SECRET&hub.challenge=...
  echo,              // GET ?challenge=...
};

// What the vendor sends to us, and how the host answers for the connector.
struct Webhook {
  WebhookScheme scheme;
  std::string slot;                      // the signing slot that holds the secret
  std::chrono::seconds window{300};      // how far a signed time may lie from ours
  std::vector<std::string> methods;      // POST, PUT
  std::vector<std::string> media_types;  // without parameters, lower-case; empty = any
  std::vector<std::string> headers;      // beside content-type, what the connector sees; lower-case
  Challenge challenge = Challenge::none;
  std::string challenge_slot;  // hub: holds the verify token
  // The answer where the connector gives none in time.
  std::uint32_t reply_status = 200;
  std::string reply_body, reply_media_type = "text/plain";

  bool operator==(const Webhook&) const = default;
};

// How the token of a slot is got from the vendor's OAuth 2.0 server; the host does it (oauth/).
struct OAuth {
  std::string slot;                 // of kind header: what the access token fills
  std::vector<std::string> grants;  // that the vendor knows: words of [destinations.oauth]
  std::string endpoint, token_path;
  std::string authorize_endpoint, authorize_path;  // authorization_code: where a person agrees
  bool client_in_body = false;                     // else HTTP Basic
  std::vector<std::string> scopes;                 // that the connector's actions need
  std::uint32_t refresh_at = 80;                   // hundredths of a token's life
  std::vector<std::string> token_parameters, authorize_parameters;  // "name=value"
  std::string audience;  // jwt_bearer: "" = the address of the token endpoint

  bool knows(std::string_view grant) const;
  bool operator==(const OAuth&) const = default;
};

struct Manifest {
  std::string id;       // the vendor; equals the folder and the .so's name
  std::string version;  // semantic version
  std::string title, summary;
  std::uint32_t abi_major = 1, needs_minor = 0;
  std::vector<std::string> ops;    // deliver, check, ...
  std::string profile = "strict";  // isolation profile: strict or default
  std::vector<Endpoint> endpoints;
  std::vector<Slot> slots;
  std::vector<Setting> settings;
  std::vector<Action> actions;
  std::vector<StreamDecl> streams;
  std::vector<RateLimit> rate_limits;
  std::vector<RateHeader> rate_headers;
  RetryPolicy retry;
  milliseconds call_deadline{600'000};
  std::uint32_t concurrency = 4;   // calls of one destination at the same time
  std::string sign;                // host signing scheme, e.g. "standard-webhooks/1"; "" = none
  std::string sign_slot;           // the signing slot that holds its key
  std::optional<Webhook> webhook;  // with the op webhook
  std::optional<OAuth> oauth;
  VendorApi vendor_api;
  ReleaseSupport support;
  std::string settings_schema;  // reserved

  std::string release() const { return id + "@" + version; }
  const Endpoint* endpoint(std::string_view name) const;
  const Slot* slot(std::string_view name) const;
  const Action* action(std::string_view name) const;
  // Holds a secret of [webhook]: a source sets it.
  bool is_inbound_slot(std::string_view name) const;
  // A destination must set it.
  bool is_needed_to_send(const Slot& slot) const {
    return slot.required && (!is_inbound_slot(slot.name) || slot.name == sign_slot);
  }
  const StreamDecl* stream(std::string_view name) const;

  bool operator==(const Manifest&) const = default;
};

// Parses and checks the TOML of a manifest. Unknown keys are errors. `place` (a file name) begins
// the context of an error, followed by line and key.
Result<Manifest> parse_manifest(std::string_view toml, std::string_view place);

// The same for lint: every mistake by itself, and what is good but could be better. Each context is
// "place:line:column: key". `manifest` is whole only without errors.
struct ManifestCheck {
  Manifest manifest;
  std::vector<Error> errors, warnings;
};
ManifestCheck check_manifest(std::string_view toml, std::string_view place);

// Reads the section .tenon_manifest of an ELF file without loading it, and parses it.
//   not_found: no such file. corrupt: not an ELF64 file of this machine, or torn. unsupported: no
//   such section ("not a Tenon connector").
Result<Manifest> read_manifest(const std::string& so_path);

}  // namespace tenon
