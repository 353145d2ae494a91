// One exchange: noted before the request leaves, its yield on disk before the first use.
#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "egress/scrub.hpp"
#include "oauth/tokens.hpp"

namespace tenon::oauth {
namespace {

constexpr seconds kForEver{100ll * 365 * 86'400};  // a token without a life or a way to renew it
constexpr milliseconds kLongestStoreRetry{30'000};

void wipe_all(HttpHeaders& headers) {
  for (auto& header : headers) wipe(header.second);
}

std::vector<Secret> secrets_in(const TokenAsk& ask) {
  std::vector<Secret> out;
  for (const auto& [name, value] : ask.parameters) out.push_back(value.copy());
  if (!ask.client_secret.empty()) out.push_back(ask.client_secret.copy());
  return out;
}

}  // namespace

void Tokens::log_news(const Connection& c, LogLevel level, const char* what,
                      const std::string& why) {
  const std::string generation = std::to_string(c.grant.generation);
  doors_.telemetry.log(
      level, what,
      {{"destination", c.client.destination}, {"generation", generation}, {"why", why}});
}

void Tokens::fail(Connection& c, const std::string& why, milliseconds asked) {
  ++c.failed;
  c.failing = excerpt(why, kMaxReasonBytes);
  c.retry_at = doors_.clock.now() + retry_delay(c.failed, asked);
  doors_.telemetry.count("oauth_exchanges_failed", {{"destination", c.client.destination}});
  log_news(c, LogLevel::warning, "oauth.no_token", c.failing);
}

Task<Result<void>> Tokens::store(Connection& c, Grant grant) {
  auto bytes = encode(grant);
  auto writing = doors_.store.write(c.client.destination, c.revision, std::move(bytes));
  auto written = co_await std::move(writing);
  if (!written) co_return std::move(written.error());
  c.revision = *written;
  c.grant = std::move(grant);
  co_return Result<void>();
}

// What an exchange gave exists nowhere else: it is stored as long as this host lives.
Task<Result<void>> Tokens::store_surely(Connection& c, Grant grant) {
  milliseconds wait{100};
  for (;;) {
    Grant copy = grant.copy();
    auto storing = store(c, std::move(copy));
    const auto stored = co_await std::move(storing);
    if (stored || stored.error().kind == ErrorKind::conflict) co_return stored;
    log_news(c, LogLevel::error, "oauth.not_stored", stored.error().text());
    const Instant again = doors_.clock.instant() + wait;
    co_await doors_.clock.sleep_until(again);
    wait = std::min(wait * 2, kLongestStoreRetry);
  }
}

Task<void> Tokens::renew(Connection& c) {
  auto secrets = read_secrets(c.client, doors_.secrets);
  Result<void> done;
  if (!secrets) {
    done = std::move(secrets.error());
  } else {
    const std::string id = to_hex(doors_.random.bytes(16));
    auto ask = renewal_of(c.client, *secrets, c.grant, doors_.clock.now(), id);
    if (!ask) {
      done = std::move(ask.error());
    } else {
      const auto spent = spends_refresh_token(c.client) ? Spent::refresh_token : Spent::nothing;
      auto exchanging = exchange(c, std::move(*ask), spent);
      done = co_await std::move(exchanging);
    }
  }
  if (!done) fail(c, done.error().text(), done.error().retry_after);
  c.busy = false;
  c.changed.notify();
}

// An error: nothing was decided, and the next try may come after a while.
Task<Result<void>> Tokens::exchange(Connection& c, TokenAsk ask, Spent spent) {
  Grant begun = c.grant.copy();
  // Another host's, or a crash's, of which the end is not known.
  const bool cut_short = begun.owner != 0 && begun.begun > begun.generation;
  const bool doubted = begun.in_doubt || cut_short;
  begun.begun = std::max(begun.begun, begun.generation) + 1;
  begun.owner = self_;
  begun.begun_at = doors_.clock.now();
  begun.in_doubt = doubted || spent == Spent::refresh_token;
  auto noting = store(c, std::move(begun));
  const auto noted = co_await std::move(noting);
  if (!noted && noted.error().kind == ErrorKind::conflict) {
    const auto again = load(c);  // somebody else has begun: see what comes of that
    co_return again;
  }
  if (!noted) co_return Error(noted.error());
  const Scrubber scrubber(secrets_in(ask));
  TokenMessage message = token_message(ask);
  HttpRequest request = request_of(c.client, std::move(message));
  doors_.telemetry.count("oauth_exchanges", {{"destination", c.client.destination}});
  const Instant until = doors_.clock.instant() + kMaxExchangeTime;
  auto sending = doors_.client.send(std::move(request), until);
  HttpReply reply = co_await std::move(sending);
  TokenReply read = read_token_reply(reply, doors_.clock.now());
  wipe(reply.body);
  wipe_all(reply.headers);
  scrubber.scrub(read.why);
  if (read.granted == Granted::yes) {
    auto keeping = granted(c, std::move(read));
    const auto kept = co_await std::move(keeping);
    co_return kept;
  }
  auto refusing = refuse(c, std::move(read), spent, doubted);
  co_await std::move(refusing);
  co_return Result<void>();
}

Task<Result<void>> Tokens::granted(Connection& c, TokenReply reply) {
  Grant next = c.grant.copy();
  const bool because_refused = c.refused != 0 && c.refused == next.generation;
  next.generation = next.begun;
  next.owner = 0;
  next.in_doubt = false;
  next.access_token = std::move(reply.access_token);
  if (!reply.refresh_token.empty()) next.refresh_token = std::move(reply.refresh_token);
  next.obtained = doors_.clock.now();
  const bool renewable = renews_by_itself(c.client, next);
  next.expires = next.obtained + reply.life.value_or(renewable ? kUnsaidLife : kForEver);
  next.reconnect.clear();
  next.since = Time{};
  auto storing = store_surely(c, std::move(next));
  const auto stored = co_await std::move(storing);
  if (!stored) {
    // Fenced off: a newer exchange has been begun by somebody else, whose yield counts.
    co_return load(c);
  }
  c.refused = 0;
  c.unproven = because_refused ? c.grant.generation : 0;
  c.once_more = false;
  c.failed = 0;
  c.failing.clear();
  c.retry_at = Time{};
  log_news(c, LogLevel::info, "oauth.token", "expires " + to_rfc3339(c.grant.expires));
  co_return Result<void>();
}

// `doubted`: before this exchange there was one whose end nobody knows.
Task<void> Tokens::refuse(Connection& c, TokenReply reply, Spent spent, bool doubted) {
  Grant next = c.grant.copy();
  next.owner = 0;
  next.in_doubt = doubted || (spent == Spent::refresh_token && reply.maybe_taken);
  // A code that is refused says nothing about the connection that there may be.
  const bool for_good = reply.granted != Granted::later && spent != Spent::code;
  if (for_good) {
    next.reconnect = excerpt(reply.why, kMaxReasonBytes);
    if (reply.granted == Granted::revoked && doubted) {
      next.reconnect +=
          "; an earlier exchange was cut short, in which the vendor may have given "
          "another refresh token";
    }
    next.since = doors_.clock.now();
  }
  auto storing = store(c, std::move(next));
  const auto stored = co_await std::move(storing);
  if (!stored && stored.error().kind == ErrorKind::conflict) {
    // The loser of a race must not judge: what the other one got counts.
    if (const auto again = load(c); !again) fail(c, again.error().text(), milliseconds{0});
    co_return;
  }
  if (!for_good || !stored) {
    fail(c, stored ? reply.why : stored.error().text(), reply.retry_after);
    co_return;
  }
  c.once_more = false;
  c.failing = c.grant.reconnect;
  doors_.telemetry.count("oauth_reconnect_needed", {{"destination", c.client.destination}});
  log_news(c, LogLevel::error, "oauth.needs_reconnect", c.grant.reconnect);
}

}  // namespace tenon::oauth
