// A vendor that gives tokens, a store that hosts share, and hosts that may end at any step.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "async/scope.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "oauth/tokens.hpp"

namespace tenon::oauth_test {

using namespace oauth;  // NOLINT: the tests are about it

// What a form or a query says of a name; percent escapes are read.
inline std::string field(const std::string& form, const std::string& name) {
  const std::string wanted = "&" + name + "=";
  const std::string text = "&" + form;
  const auto at = text.find(wanted);
  if (at == std::string::npos) return {};
  std::string out;
  for (std::size_t i = at + wanted.size(); i < text.size() && text[i] != '&'; ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

inline HttpReply http(std::uint32_t status, std::string body, HttpHeaders headers = {}) {
  HttpReply reply;
  reply.got = Got::http;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  reply.body_total = reply.body.size();
  return reply;
}

// Rotates refresh tokens. `grace`: one that was used counts until one that it gave is used; else
// its second use revokes all of them.
struct Vendor {
  bool rotates = true, grace = false, revoked = false;
  int life_s = 3'600;
  std::uint64_t serial = 1;
  std::string used;                           // last
  std::set<std::string> unused{"refresh-1"};  // given for it
  std::map<std::string, int> uses;            // of each refresh token
  std::vector<std::string> asked;             // bodies
  std::vector<HttpReply> scripted;            // answered first
  milliseconds takes{200};

  HttpReply answer(const HttpRequest& request) {
    asked.push_back(request.body);
    if (!scripted.empty()) {
      HttpReply reply = scripted.front();
      scripted.erase(scripted.begin());
      return reply;
    }
    if (field(request.body, "grant_type") == "refresh_token") {
      const auto token = field(request.body, "refresh_token");
      ++uses[token];
      const bool good = !revoked && (unused.count(token) > 0 || (grace && token == used));
      if (!good) {
        revoked = revoked || rotates;
        return http(400, R"({"error":"invalid_grant","error_description":"no such token"})");
      }
    }
    ++serial;
    nlohmann::json body{{"access_token", "access-" + std::to_string(serial)},
                        {"token_type", "Bearer"},
                        {"expires_in", life_s}};
    if (rotates && field(request.body, "grant_type") != "client_credentials") {
      const auto token = field(request.body, "refresh_token");
      if (token != used) unused.clear();
      used = token;
      body["refresh_token"] = "refresh-" + std::to_string(serial);
      unused.insert(body["refresh_token"]);
    }
    return http(200, body.dump());
  }
};

// Where a host may end: counted down at each effect.
struct Fate {
  int steps_left = -1;  // -1 = it lives
  bool dead = false;

  void step() {
    if (steps_left > 0 && --steps_left == 0) dead = true;
  }
};

struct Shelf {
  std::map<std::string, std::pair<std::uint64_t, std::string>> grants;
  int writes = 0, failing = 0;  // so many writes fail
};

inline Task<void> ends_never(Clock& clock) { co_await clock.sleep_until(Instant::max()); }

class SharedStore final : public GrantStore {
 public:
  SharedStore(Shelf& shelf, SimClock& clock, Fate& fate)
      : shelf_(shelf), clock_(clock), fate_(fate) {}
  Result<StoredGrant> read(const std::string& destination) override {
    StoredGrant out;
    const auto at = shelf_.grants.find(destination);
    if (at == shelf_.grants.end()) return out;
    out.revision = at->second.first;
    out.bytes = Secret(at->second.second);
    return out;
  }
  Task<Result<std::uint64_t>> write(std::string destination, std::uint64_t revision,
                                    Secret bytes) override {
    fate_.step();
    if (fate_.dead) co_await ends_never(clock_);
    const Instant later = clock_.instant() + milliseconds{3};
    co_await clock_.sleep_until(later);
    if (shelf_.failing > 0) {
      --shelf_.failing;
      co_return unavailable("the disk is full");
    }
    auto& kept = shelf_.grants[destination];
    if (kept.first != revision) co_return conflict("somebody else has written");
    kept.first = revision + 1;
    kept.second = std::string(bytes.reveal());
    ++shelf_.writes;
    fate_.step();
    if (fate_.dead) co_await ends_never(clock_);
    co_return revision + 1;
  }

 private:
  Shelf& shelf_;
  SimClock& clock_;
  Fate& fate_;
};

class VendorClient final : public HttpClient {
 public:
  VendorClient(Vendor& vendor, SimClock& clock, Fate& fate)
      : vendor_(vendor), clock_(clock), fate_(fate) {}
  Task<HttpReply> send(HttpRequest request, Instant) override {
    fate_.step();
    if (fate_.dead) co_await ends_never(clock_);
    last = request;
    const Instant half = clock_.instant() + vendor_.takes / 2;
    co_await clock_.sleep_until(half);
    HttpReply reply = vendor_.answer(request);
    fate_.step();
    if (fate_.dead) co_await ends_never(clock_);
    const Instant whole = clock_.instant() + vendor_.takes / 2;
    co_await clock_.sleep_until(whole);
    co_return reply;
  }
  HttpRequest last;

 private:
  Vendor& vendor_;
  SimClock& clock_;
  Fate& fate_;
};

class MapSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    const auto at = values.find(std::string(reference));
    if (at == values.end()) return not_found("wanted a set variable, found none");
    return Secret(at->second);
  }
  std::map<std::string, std::string> values{{"env:SECRET", "client-secret"},
                                            {"env:REFRESH", "refresh-1"}};
};

inline Manifest good_manifest() {
  Manifest manifest;
  manifest.id = "crm";
  Endpoint api;
  api.name = "api";
  api.host = "api.vendor.test";
  manifest.endpoints = {api};
  Slot token;
  token.name = "token";
  token.header = "Authorization";
  token.prefix = "Bearer ";
  manifest.slots = {token};
  OAuth oauth;
  oauth.slot = "token";
  oauth.grants = {"client_credentials", "refresh_token", "authorization_code", "jwt_bearer"};
  oauth.endpoint = "api";
  oauth.token_path = "/oauth/token";
  oauth.authorize_endpoint = "api";
  oauth.authorize_path = "/oauth/authorize";
  oauth.scopes = {"contacts.read", "contacts.write"};
  manifest.oauth = oauth;
  return manifest;
}

inline Destination good_destination(const std::string& grant) {
  Destination destination;
  destination.name = DestinationName("sales");
  destination.settings = "{}";
  DestinationOAuth oauth;
  oauth.grant = grant;
  oauth.client_id = "client-1";
  oauth.client_secret = "env:SECRET";
  if (grant == "refresh_token") oauth.refresh_token = "env:REFRESH";
  destination.oauth = oauth;
  return destination;
}

// One host: its own memory, the shared store and vendor.
class TestHost {
 public:
  TestHost(boost::asio::io_context& context, SimClock& clock, Shelf& shelf, Vendor& vendor,
           std::uint64_t seed, bool alone)
      : scope(context.get_executor()),
        store(shelf, clock, fate),
        client(vendor, clock, fate),
        random(seed),
        tokens(TokenDoors{client, secrets, store, clock, random, telemetry}, scope, alone) {}

  Fate fate;
  Scope scope;
  MapSecrets secrets;
  SharedStore store;
  VendorClient client;
  SeededRandom random;
  SilentTelemetry telemetry;
  Tokens tokens;
};

class World {
 public:
  std::unique_ptr<TestHost> new_host(std::uint64_t seed = 1, bool alone = true) {
    return std::make_unique<TestHost>(context, clock, shelf, vendor, seed, alone);
  }
  // A request that wants a token; its answer goes to `answers`.
  Task<void> want(TestHost* host, std::vector<Result<AccessToken>>* answers,
                  seconds within = seconds{120}) {
    const Instant deadline = clock.instant() + within;
    auto asking = host->tokens.token(destination, manifest, settings, deadline);
    auto answer = co_await std::move(asking);
    answers->push_back(std::move(answer));
  }
  Result<AccessToken> token(TestHost& host) {
    std::vector<Result<AccessToken>> answers;
    host.scope.spawn(want(&host, &answers), "test.want");
    sim_run(context, clock, clock.instant() + seconds{180}, [&] { return !answers.empty(); });
    if (answers.empty()) return timed_out("the test got no answer");
    return std::move(answers.front());
  }
  void run_for(MonotonicClock::duration time) {
    const Instant until = clock.instant() + time;
    sim_run(context, clock, until);
    clock.advance_to(until);
  }
  // As a crash: nothing of it goes on.
  void end(std::unique_ptr<TestHost>& host) {
    host->scope.cancel();
    bool joined = false;
    Scope joining(context.get_executor());
    joining.spawn(join(host.get(), &joined), "test.join");
    sim_run(context, clock, clock.instant() + seconds{1}, [&] { return joined; });
    sim_run(context, clock, clock.instant());
    host.reset();
  }
  Grant grant() const {
    const auto at = shelf.grants.find("sales");
    if (at == shelf.grants.end()) return Grant();
    auto decoded = decode_grant(at->second.second);
    return decoded ? std::move(*decoded) : Grant();
  }

  boost::asio::io_context context;
  SimClock clock;
  Shelf shelf;
  Vendor vendor;
  Manifest manifest = good_manifest();
  Destination destination = good_destination("refresh_token");
  nlohmann::json settings = nlohmann::json::object();

 private:
  static Task<void> join(TestHost* host, bool* joined) {
    co_await host->scope.join();
    *joined = true;
  }
};

}  // namespace tenon::oauth_test
