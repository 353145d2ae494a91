// Handing out tokens, and deciding when a new one is got.
#include "oauth/tokens.hpp"

#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::oauth {
namespace {

constexpr milliseconds kLookAgain{500};  // where another host is exchanging
constexpr seconds kReadSecretsEvery{1};

AccessToken token_of(const Grant& grant) {
  return AccessToken(grant.access_token.copy(), grant.generation);
}

Error reconnect_error(const std::string& destination, const std::string& why) {
  return unauthorized("needs reconnect: " + why, "destination " + destination + ", oauth");
}

}  // namespace

Tokens::Tokens(TokenDoors doors, Scope& scope, bool alone)
    : doors_(doors), scope_(scope), alone_(alone), self_(doors.random.next() | 1) {}

Result<void> Tokens::load(Connection& c) {
  auto stored = doors_.store.read(c.client.destination);
  if (!stored) return std::move(stored.error()).in("destination " + c.client.destination);
  if (c.loaded && stored->revision == c.revision) return {};
  Grant grant;
  if (stored->revision > 0) {
    auto decoded = decode_grant(stored->bytes.reveal());
    if (!decoded) return std::move(decoded.error()).in("destination " + c.client.destination);
    grant = std::move(*decoded);
  }
  c.grant = std::move(grant);
  c.revision = stored->revision;
  c.loaded = true;
  c.looked_at = Time{};  // the configuration may ask for another one
  return {};
}

// What a person changes must count soon, but files need not be read for each request.
Result<void> Tokens::look(Connection& c) {
  if (c.busy || doors_.clock.now() - c.looked_at < kReadSecretsEvery) return {};
  TENON_TRY_AS(const ClientSecrets secrets, read_secrets(c.client, doors_.secrets));
  c.looked_at = doors_.clock.now();
  if (adopt(c.grant, c.client, secrets)) {
    c.failed = 0;
    c.retry_at = Time{};
    c.refused = 0;
  }
  return {};
}

Result<Tokens::Connection*> Tokens::find(const Destination& destination, const Manifest& manifest,
                                         const nlohmann::json& settings) {
  TENON_TRY_AS(Client client, client_of(destination, manifest, settings));
  auto& slot = connections_[client.destination];
  if (!slot) slot = std::make_unique<Connection>(scope_.executor());
  Connection& c = *slot;
  if (!(c.client == client) && !c.busy) {
    c.client = std::move(client);
    c.looked_at = Time{};
  }
  if (!c.loaded || (!alone_ && !c.busy)) TENON_TRY(load(c));
  TENON_TRY(look(c));
  return &c;
}

Step Tokens::step_of(const Connection& c) const {
  Situation at;
  at.now = doors_.clock.now();
  at.self = self_;
  at.alone = alone_;
  at.refused = c.refused != 0 && c.refused == c.grant.generation;
  at.can_renew = renews_by_itself(c.client, c.grant);
  at.once_more = c.once_more;
  at.retry_at = c.retry_at;
  at.refresh_at = c.client.rules.refresh_at;
  at.jitter = hash64(c.client.destination, c.grant.generation);
  return next_step(c.grant, at);
}

Task<Result<AccessToken>> Tokens::token(const Destination& destination, const Manifest& manifest,
                                        const nlohmann::json& settings, Instant deadline) {
  for (;;) {
    auto found = find(destination, manifest, settings);
    if (!found) co_return std::move(found.error());
    Connection& c = **found;
    const Step step = step_of(c);
    Instant until = deadline;
    switch (step.kind) {
      case StepKind::use: co_return token_of(c.grant);
      case StepKind::renew_ahead: start(c); co_return token_of(c.grant);
      case StepKind::reconnect: co_return reconnect_error(c.client.destination, step.why);
      case StepKind::wait:
        co_return unavailable(
            "no token yet: " + c.failing + "; next try at " + to_rfc3339(step.until),
            "destination " + c.client.destination + ", oauth");
      case StepKind::renew: start(c); break;
      case StepKind::follow: until = std::min(until, doors_.clock.instant() + kLookAgain); break;
    }
    if (c.waiting >= kMaxWaiting) {
      co_return limited("more than 1000 requests wait for the token of " + c.client.destination,
                        milliseconds{1'000});
    }
    if (doors_.clock.instant() >= deadline) {
      co_return timed_out("no token before the deadline",
                          "destination " + c.client.destination + ", oauth");
    }
    ++c.waiting;
    const std::shared_ptr<void> left(nullptr, [&c](void*) { --c.waiting; });
    auto changed = c.changed.wait();
    auto bounded = with_deadline(doors_.clock, until, std::move(changed));
    const auto waited = co_await std::move(bounded);
    static_cast<void>(waited.has_value());  // whichever it was: look again
  }
}

void Tokens::start(Connection& c) {
  if (c.busy) return;
  c.busy = true;
  scope_.spawn(renew(c), "oauth.renew");
}

bool Tokens::refused(const std::string& destination, std::uint64_t generation) {
  const auto at = connections_.find(destination);
  if (at == connections_.end() || !at->second->loaded) return false;
  Connection& c = *at->second;
  if (generation < c.grant.generation) return true;  // there is a newer one already
  if (c.refused == generation) return c.grant.reconnect.empty();
  // One that was got because of a 401 and is refused at once: it is not the token's age.
  if (c.unproven == generation || !renews_by_itself(c.client, c.grant)) return false;
  c.refused = generation;
  doors_.telemetry.count("oauth_tokens_refused", {{"destination", destination}});
  return true;
}

void Tokens::served(const std::string& destination, std::uint64_t generation) {
  const auto at = connections_.find(destination);
  if (at != connections_.end() && at->second->unproven == generation) at->second->unproven = 0;
}

std::optional<std::string> Tokens::needs_reconnect(const std::string& destination) const {
  const auto at = connections_.find(destination);
  if (at == connections_.end() || !at->second->loaded) return std::nullopt;
  auto step = step_of(*at->second);
  if (step.kind != StepKind::reconnect) return std::nullopt;
  return std::move(step.why);
}

void Tokens::try_again(const std::string& destination) {
  const auto at = connections_.find(destination);
  if (at == connections_.end()) return;
  at->second->once_more = true;
  at->second->retry_at = Time{};
  at->second->looked_at = Time{};
}

std::vector<ConnectionStatus> Tokens::connections() const {
  std::vector<ConnectionStatus> out;
  for (const auto& [name, c] : connections_) {
    ConnectionStatus one;
    one.destination = name;
    one.grant = c->client.config.grant;
    one.token_url = c->client.token_url;
    one.generation = c->grant.generation;
    one.obtained = c->grant.obtained;
    one.expires = c->grant.expires;
    const Step step = step_of(*c);
    one.usable = step.kind == StepKind::use || step.kind == StepKind::renew_ahead;
    if (step.kind == StepKind::reconnect) one.reconnect = step.why;
    one.failing = c->failing;
    one.retry_at = c->retry_at;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace tenon::oauth
