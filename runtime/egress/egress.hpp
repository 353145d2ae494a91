// Egress: the only way out. Checks, limits, credentials, sending, scrubbing; in this order.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/secret.hpp"
#include "egress/access_tokens.hpp"
#include "egress/rate_limiter.hpp"
#include "event/attempt.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"
#include "ports/http_client.hpp"
#include "ports/telemetry.hpp"
#include "vault/vault.hpp"

namespace tenon {

constexpr int kMaxHostResends = 2;              // of one READ or IDEMPOTENT request (decision 17)
constexpr milliseconds kFirstResendDelay{250};  // doubled once, with jitter

// For whom a request goes out. All that it points to outlives the exchange.
struct EgressTarget {
  const Destination* destination = nullptr;
  const Manifest* manifest = nullptr;
  const nlohmann::json* settings = nullptr;  // the destination's, parsed once
  std::string tenant, workspace;             // names, for metrics
  std::size_t call_records = 0;              // records of the call that the request belongs to
  Lane lane = Lane::live;                    // whose part of the rate limit it uses
  bool synthetic = false;                    // a record of the call is: it may reach a model only

  EgressTarget() = default;
  EgressTarget(const Destination& d, const Manifest& m, const nlohmann::json& s)
      : destination(&d), manifest(&m), settings(&s) {}
};

// One thread.
class Egress {
 public:
  Egress(HttpClient& client, Vault& vault, RateLimiter& limiter, Clock& clock, Telemetry& telemetry)
      : client_(client), vault_(vault), limiter_(limiter), clock_(clock), telemetry_(telemetry) {}

  // Without them, slots that OAuth fills have no credential.
  void use_tokens(AccessTokens& tokens) { tokens_ = &tokens; }
  AccessTokens* tokens() const { return tokens_; }

  // One exchange, with the host's own resends: also once more with a new token where the vendor
  // answers one of OAuth by 401, which means that it did nothing else. Always answers by `deadline`
  // or soon after:
  //   blocked: our own rules or a missing credential stopped it, `error` says which;
  //   no_connection: nothing was sent, also when the rate limit gives nothing before the deadline;
  //   timeout, lost: maybe applied. The reply is scrubbed of every credential used.
  // `note` (may be null) is filled for people; `note->step` is the caller's.
  Task<HttpReply> exchange(EgressTarget target, ConnectorRequest request, Instant deadline,
                           ExchangeNote* note);

 private:
  struct Plan;
  struct Sent;
  Result<Plan> plan(const EgressTarget& target, const ConnectorRequest& request) const;
  // Nothing: the request uses no token of OAuth.
  Task<Result<std::optional<AccessToken>>> token_for(EgressTarget target,
                                                     const ConnectorRequest* request,
                                                     Instant deadline);
  static Sent without_token(const Error& error);
  Result<HttpRequest> compose(const EgressTarget& target, const Plan& plan,
                              ConnectorRequest request, const std::optional<AccessToken>& token,
                              std::vector<Secret>& used);
  Task<Sent> send_once(EgressTarget target, const Plan* plan, ConnectorRequest request,
                       Instant deadline);
  void hear(const EgressTarget& target, const Plan& plan, const std::string& bucket,
            const std::string& endpoint, const HttpReply& reply, Instant sent);
  void count(const EgressTarget& target, const ConnectorRequest& request, const HttpReply& reply,
             Instant began);

  HttpClient& client_;
  Vault& vault_;
  RateLimiter& limiter_;
  Clock& clock_;
  Telemetry& telemetry_;
  AccessTokens* tokens_ = nullptr;
};

}  // namespace tenon
