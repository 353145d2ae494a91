// Slots: which credentials a request may use and where they go; put in as the very last step.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "manifest/manifest.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon {

// Two ways of using a slot:
//   by the manifest: a slot of kind header, basic or query that is bound to the request's endpoint
//   and path goes where the manifest says (header with prefix, Basic, query parameter), unless a
//   reference names it;
//   by reference: its bytes are inserted at `offset` of the value of header or query pair `index`,
//   of the path or of the body; an empty header value gets the manifest's prefix, too. Offsets
//   count in the request as the connector gave it.
// Every reference must be to a declared slot that is bound to the request's endpoint and path.
Result<void> check_slots(const ConnectorRequest& request, const Manifest& manifest);

// True for a header (lower-case name) that only the host may set under this manifest: the reserved
// ones, those of header slots, webhook-* where the host signs.
bool is_host_header(const Manifest& manifest, std::string_view lower_name);
// True if header `index` is the connector's placeholder for the slot whose header it is.
bool is_slot_place(const ConnectorRequest& request, const Manifest& manifest, std::size_t index);

// Gives the credential of a slot, an empty one where an optional slot has none, or the reason why
// there is none.
using CredentialLookup = std::function<Result<Secret>(const Slot& slot)>;

// Does the request use the slot, in one way or the other?
bool is_used(const ConnectorRequest& request, const Slot& slot);

// Puts the credentials in. `used` receives every value put in, for the scrubber. Intermediate
// buffers are wiped; the request itself is secret from here on.
//   unauthorized, not_found: a credential is missing; named by slot, never by value.
//   invalid: its bytes cannot stand in a header.
Result<void> splice(ConnectorRequest& request, const Manifest& manifest,
                    const CredentialLookup& lookup, std::vector<Secret>& used);

// Percent-encodes all but unreserved characters (upper-case hex).
std::string percent_encode(std::string_view bytes);
// "?a=b&c=d" or "": names and values percent-encoded.
std::string query_text(const HttpHeaders& query);

}  // namespace tenon
