// Names of accounts and of what is counted for them.
#include "egress/buckets.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"

namespace tenon {

std::string account_of(const Manifest& manifest, const Destination& destination,
                       const nlohmann::json& settings) {
  if (!destination.account.empty()) return destination.account;
  std::string identity;
  const auto add = [&](std::string_view kind, std::string_view name, std::string_view value) {
    for (const auto part : {kind, name, value}) identity.append(part).append(1, '\0');
  };
  for (const auto& endpoint : manifest.endpoints) {
    const auto value = settings.find(endpoint.setting);
    if (!endpoint.setting.empty() && value != settings.end() && value->is_string()) {
      add("setting", endpoint.setting, value->get_ref<const std::string&>());
    }
  }
  for (const auto& [slot, reference] : destination.credentials) {
    const Slot* declared = manifest.slot(slot);
    // Who signs proves himself to a receiver; whose account it is the address says.
    if (declared == nullptr || declared->kind == SlotKind::signing) continue;
    add("slot", slot, reference);
  }
  if (const auto& oauth = destination.oauth) {
    // Which account a person has agreed for is not known here: then each is its own.
    const bool agreed = oauth->grant == "refresh_token" || oauth->grant == "authorization_code";
    add("oauth", oauth->client_id, agreed ? destination.name.value : oauth->subject);
  }
  if (identity.empty()) return destination.name.value;
  const auto digest = digest128(identity);
  return "~" + to_base32({reinterpret_cast<const char*>(digest.data()), 8});
}

std::vector<RateLimit> rows_of(const Manifest& manifest, std::string_view bucket) {
  std::vector<RateLimit> rows;
  for (const auto& row : manifest.rate_limits) {
    if (row.bucket == (bucket.empty() ? "default" : bucket)) rows.push_back(row);
  }
  return rows;
}

std::string key_of(const Manifest& manifest, const std::string& account, std::string_view bucket,
                   RateScope scope, std::string_view endpoint) {
  const std::string name(bucket.empty() ? "default" : bucket);
  switch (scope) {
    case RateScope::app: return manifest.id + "/*/" + name;
    case RateScope::endpoint:
      return manifest.id + "/" + account + "/" + name + "@" + std::string(endpoint);
    case RateScope::account: break;
  }
  return manifest.id + "/" + account + "/" + name;
}

std::vector<Counted> buckets_of(const Manifest& manifest, const std::string& account,
                                std::string_view bucket, std::string_view endpoint) {
  std::vector<Counted> all;
  for (const auto scope : {RateScope::account, RateScope::app, RateScope::endpoint}) {
    Counted one;
    one.key = key_of(manifest, account, bucket, scope, endpoint);
    // What the vendor's headers tell of a scope counts also without a row of ours.
    bool any = scope == RateScope::account ||
               std::any_of(manifest.rate_headers.begin(), manifest.rate_headers.end(),
                           [&](const RateHeader& rule) {
                             return rule.scope == scope &&
                                    rule.bucket == (bucket.empty() ? "default" : bucket);
                           });
    for (const auto& row : rows_of(manifest, bucket)) {
      if (row.scope != scope) continue;
      any = true;
      if (row.at_once > 0)
        one.at_once = one.at_once > 0 ? std::min(one.at_once, row.at_once) : row.at_once;
      if (row.limit > 0) one.rows.push_back(row);
    }
    if (any) all.push_back(std::move(one));
  }
  return all;
}

const std::string& blamed(const std::vector<Counted>& buckets) {
  const auto has_rows = [](const Counted& one) { return !one.rows.empty(); };
  const auto first = std::find_if(buckets.begin(), buckets.end(), has_rows);
  if (first == buckets.end() || std::any_of(first + 1, buckets.end(), has_rows)) {
    return buckets.front().key;
  }
  return first->key;
}

std::string queue_of(const Manifest& manifest, std::string_view bucket) {
  return manifest.id + "/" + std::string(bucket.empty() ? "default" : bucket);
}

}  // namespace tenon
