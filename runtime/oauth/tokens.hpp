// Tokens: the access tokens of all destinations with OAuth; gets each one exactly once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "egress/access_tokens.hpp"
#include "oauth/client.hpp"
#include "oauth/grant_store.hpp"
#include "oauth/step.hpp"
#include "oauth/token_reply.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"

namespace tenon::oauth {

constexpr std::size_t kMaxWaiting = 1'000;  // for the token of one destination; more are refused
constexpr std::size_t kMaxConnecting = 16;  // people who are about to agree, at the same time
constexpr std::chrono::minutes kConnectWithin{10};

struct TokenDoors {
  HttpClient& client;
  SecretStore& secrets;
  GrantStore& store;
  Clock& clock;
  Random& random;
  Telemetry& telemetry;
};

// What an exchange shows to the vendor.
enum class Spent : std::uint8_t {
  nothing,        // that a second try could not show again
  refresh_token,  // which the vendor may replace
  code,           // by which a person has agreed, once
};

// What a person or a console needs to connect a destination.
struct ConnectBegun {
  std::string url, state;
  Time until{};
};

// How a destination's connection stands.
struct ConnectionStatus {
  std::string destination, grant, token_url;
  std::uint64_t generation = 0;
  Time obtained{}, expires{};
  bool usable = false;
  std::string reconnect;  // why a person is needed; "" = nobody is
  std::string failing;    // why the last try failed; "" = it did not
  Time retry_at{};
};

// One thread. All that it is given outlives it. See README.md for what holds when.
class Tokens final : public AccessTokens {
 public:
  // `alone`: no other host shares the store.
  Tokens(TokenDoors doors, Scope& scope, bool alone = true);

  Task<Result<AccessToken>> token(const Destination& destination, const Manifest& manifest,
                                  const nlohmann::json& settings, Instant deadline) override;
  bool refused(const std::string& destination, std::uint64_t generation) override;
  void served(const std::string& destination, std::uint64_t generation) override;
  std::optional<std::string> needs_reconnect(const std::string& destination) const override;
  void try_again(const std::string& destination) override;

  // The grant authorization_code. `redirect_uri`: where the vendor sends the browser afterwards.
  //   invalid: another grant, or no address. limited: too many at once.
  Result<ConnectBegun> begin_connect(const Destination& destination, const Manifest& manifest,
                                     const nlohmann::json& settings, std::string redirect_uri);
  // Gives the destination that is connected now.
  //   not_found: no such state, too late, or used before. unauthorized: the vendor refused.
  Task<Result<std::string>> finish_connect(std::string state, Secret code);

  std::vector<ConnectionStatus> connections() const;

 private:
  struct Connection {
    explicit Connection(const boost::asio::any_io_executor& executor) : changed(executor) {}
    Client client;
    Grant grant;
    std::uint64_t revision = 0;
    bool loaded = false, busy = false, once_more = false;
    Time looked_at{};            // when its secrets were read last
    std::uint64_t refused = 0;   // the generation that the vendor answered by 401
    std::uint64_t unproven = 0;  // got because of a 401, and not served yet
    std::uint32_t failed = 0;    // tries in a row
    Time retry_at{};
    std::string failing;
    std::size_t waiting = 0;
    Signal changed;
  };
  struct Connecting {
    Client client;
    Secret verifier;
    std::string redirect_uri;
    Time until{};
  };

  Result<Connection*> find(const Destination& destination, const Manifest& manifest,
                           const nlohmann::json& settings);
  Result<void> look(Connection& c);
  Result<void> load(Connection& c);
  Step step_of(const Connection& c) const;
  void start(Connection& c);
  Task<void> renew(Connection& c);
  Task<Result<void>> exchange(Connection& c, TokenAsk ask, Spent spent);
  Task<Result<void>> granted(Connection& c, TokenReply reply);
  Task<void> refuse(Connection& c, TokenReply reply, Spent spent, bool doubted);
  Task<Result<void>> store(Connection& c, Grant grant);
  Task<Result<void>> store_surely(Connection& c, Grant grant);
  void fail(Connection& c, const std::string& why, milliseconds asked);
  void log_news(const Connection& c, LogLevel level, const char* what, const std::string& why);

  TokenDoors doors_;
  Scope& scope_;
  bool alone_;
  std::uint64_t self_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::map<std::string, Connecting> connecting_;  // by state
};

}  // namespace tenon::oauth
