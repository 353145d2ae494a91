// Buckets: what a request counts against, by the scopes of the manifest's rows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "egress/rate_limiter.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"

namespace tenon {

// Whose limits a destination uses: the name that the workspace gives, else one made of what it says
// about its vendor's account: references of credentials and settings that fill an address. Two
// destinations that agree in these share it. Where there is nothing of the kind: the destination's
// own. `settings` with defaults.
std::string account_of(const Manifest& manifest, const Destination& destination,
                       const nlohmann::json& settings);

// The rows of a bucket, of all scopes; an empty name means "default".
std::vector<RateLimit> rows_of(const Manifest& manifest, std::string_view bucket);

// The account's bucket first, also where only other scopes have rows.
std::vector<Counted> buckets_of(const Manifest& manifest, const std::string& account,
                                std::string_view bucket, std::string_view endpoint);

// The one of them that a refusal without further words is about: of the only scope with rows, else
// the account's.
const std::string& blamed(const std::vector<Counted>& buckets);

// Requests of all destinations of the connector that count against this bucket.
std::string queue_of(const Manifest& manifest, std::string_view bucket);

std::string key_of(const Manifest& manifest, const std::string& account, std::string_view bucket,
                   RateScope scope, std::string_view endpoint);

}  // namespace tenon
