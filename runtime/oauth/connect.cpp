// Connecting by a person: the page where he agrees, and the code that comes back from it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "egress/check.hpp"
#include "oauth/tokens.hpp"

namespace tenon::oauth {
namespace {

constexpr std::size_t kMaxRedirectBytes = 2'048, kMaxCodeBytes = 4'096;

}  // namespace

Result<ConnectBegun> Tokens::begin_connect(const Destination& destination, const Manifest& manifest,
                                           const nlohmann::json& settings,
                                           std::string redirect_uri) {
  TENON_TRY_AS(Client client, client_of(destination, manifest, settings));
  if (client.authorize_page.empty()) {
    return invalid("wanted a destination with the grant \"authorization_code\", found \"" +
                       client.config.grant + "\", which needs nobody to connect it",
                   "destination " + client.destination);
  }
  const bool local = redirect_uri.starts_with("http://127.0.0.1:");
  if (redirect_uri.size() > kMaxRedirectBytes || !is_field_value(redirect_uri) ||
      !(local || redirect_uri.starts_with("https://"))) {
    return invalid("wanted https://... or http://127.0.0.1:PORT/..., found another address",
                   "redirect_uri");
  }
  const Time now = doors_.clock.now();
  std::erase_if(connecting_, [&](const auto& entry) { return entry.second.until <= now; });
  if (connecting_.size() >= kMaxConnecting) {
    return limited("16 connections are being made already; finish one, or wait until one has ended",
                   milliseconds{60'000});
  }
  Connecting waiting;
  waiting.verifier = Secret(verifier_of(doors_.random.bytes(32)));
  waiting.redirect_uri = redirect_uri;
  waiting.until = now + kConnectWithin;
  AuthorizeAsk ask;
  ask.page = client.authorize_page;
  ask.client_id = client.config.client_id;
  ask.redirect_uri = std::move(redirect_uri);
  ask.state = base64url(doors_.random.bytes(24));
  ask.challenge = challenge_of(waiting.verifier.reveal());
  ask.scopes = client.scopes();
  ask.parameters = client.rules.authorize_parameters;
  waiting.client = std::move(client);
  ConnectBegun out;
  out.url = authorize_url(ask);
  out.state = ask.state;
  out.until = waiting.until;
  connecting_[ask.state] = std::move(waiting);
  return out;
}

Task<Result<std::string>> Tokens::finish_connect(std::string state, Secret code) {
  const auto at = connecting_.find(state);
  if (at == connecting_.end() || at->second.until <= doors_.clock.now()) {
    co_return not_found(
        "wanted the state of a connection that is being made, found another one, or one that was "
        "used or is older than 10 minutes; begin anew");
  }
  Connecting waiting = std::move(at->second);
  connecting_.erase(at);  // once only, whatever comes of it
  if (code.empty() || code.reveal().size() > kMaxCodeBytes) {
    co_return invalid("wanted a code of at most 4096 bytes, found another one", "code");
  }
  const std::string name = waiting.client.destination;
  auto& slot = connections_[name];
  if (!slot) slot = std::make_unique<Connection>(scope_.executor());
  Connection& c = *slot;
  const Time until = doors_.clock.now() + kMaxExchangeTime;
  while (c.busy) {
    if (doors_.clock.now() >= until) {
      co_return unavailable("another exchange of " + name + " is going on; begin anew");
    }
    const Instant again = doors_.clock.instant() + milliseconds{50};
    co_await doors_.clock.sleep_until(again);
  }
  c.client = waiting.client;
  const auto loaded = load(c);
  if (!loaded) co_return Error(loaded.error());
  auto secrets = read_secrets(c.client, doors_.secrets);
  if (!secrets) co_return std::move(secrets.error());
  adopt(c.grant, c.client, *secrets);
  c.looked_at = doors_.clock.now();
  c.busy = true;
  TokenAsk ask = code_exchange_of(c.client, *secrets, code, waiting.verifier, waiting.redirect_uri);
  const std::uint64_t before = c.grant.generation;
  const std::uint32_t failed = c.failed;
  const Time retry_at = c.retry_at;
  const std::string failing = std::exchange(c.failing, std::string());
  auto exchanging = exchange(c, std::move(ask), Spent::code);
  const auto done = co_await std::move(exchanging);
  c.busy = false;
  c.changed.notify();
  if (done && c.grant.generation > before) co_return name;
  // What became of the code says nothing about the connection that there was.
  const std::string why = std::exchange(c.failing, failing);
  c.failed = failed;
  c.retry_at = retry_at;
  if (!done) co_return Error(done.error());
  co_return unauthorized("not connected: " + why, "destination " + name);
}

}  // namespace tenon::oauth
