// Requests that use a token: egress and tokens together, the vendor answering both.
#include "egress/egress.hpp"

#include <gtest/gtest.h>

#include "backends/memory/memory_event_log.hpp"
#include "world.hpp"

namespace tenon::oauth_test {
namespace {

// The token endpoint, and an API that takes the tokens in `good`.
class WholeVendor final : public HttpClient {
 public:
  explicit WholeVendor(Vendor& vendor) : vendor_(vendor) {}
  Task<HttpReply> send(HttpRequest request, Instant) override {
    if (request.target == "/oauth/token") co_return vendor_.answer(request);
    std::string token;
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization") token = value;
    }
    seen.push_back(token);
    HttpReply reply = http(takes(token) ? 200 : 401, "you sent " + token);
    co_return reply;
  }
  std::function<bool(const std::string&)> takes = [](const std::string&) { return true; };
  std::vector<std::string> seen;

 private:
  Vendor& vendor_;
};

struct Sending {
  World world;
  WholeVendor vendor{world.vendor};
  Scope scope{world.context.get_executor()};
  MapSecrets secrets;
  Fate fate;
  SharedStore store{world.shelf, world.clock, fate};
  SeededRandom random{5};
  SilentTelemetry telemetry;
  Tokens tokens{TokenDoors{vendor, secrets, store, world.clock, random, telemetry}, scope};
  MemoryEventLog log{world.context.get_executor(), LogId(7), world.clock};
  RateLimiter limiter{log, world.clock};
  Vault vault{secrets};
  Egress egress{vendor, vault, limiter, world.clock, telemetry};
  ExchangeNote note;
  HttpReply reply;
  bool done = false;

  Sending() {
    RateLimit row;
    row.bucket = "default";
    row.limit = 1'000;
    row.window = milliseconds{1'000};
    world.manifest.rate_limits = {row};
    egress.use_tokens(tokens);
  }
  Task<void> go() {
    ConnectorRequest request;
    request.endpoint = "api";
    request.method = "POST";
    request.path = "/v1/contacts";
    request.covers = {0};
    request.idempotency_key = "key-1";
    EgressTarget target(world.destination, world.manifest, world.settings);
    target.call_records = 1;
    const Instant deadline = world.clock.instant() + seconds{60};
    auto exchanging = egress.exchange(std::move(target), std::move(request), deadline, &note);
    reply = co_await std::move(exchanging);
    done = true;
  }
  void send() {
    done = false;
    scope.spawn(go(), "go");
    sim_run(world.context, world.clock, world.clock.instant() + seconds{120}, [&] { return done; });
    ASSERT_TRUE(done);
  }
};

TEST(Egress, SendsTheTokenAndShowsItToNobody) {
  Sending sending;
  sending.send();
  EXPECT_EQ(sending.vendor.seen, (std::vector<std::string>{"Bearer access-2"}));
  EXPECT_EQ(sending.reply.status, 200u);
  EXPECT_EQ(sending.reply.body, "you sent Bearer [redacted]");
  EXPECT_EQ(sending.note.request_excerpt.find("access-2"), std::string::npos);
}

TEST(Egress, A401IsAnsweredByTheNextToken) {
  Sending sending;
  sending.send();
  sending.vendor.takes = [](const std::string& token) { return token != "Bearer access-2"; };
  sending.send();
  EXPECT_EQ(sending.reply.status, 200u);
  EXPECT_EQ(sending.vendor.seen.back(), "Bearer access-3");
  EXPECT_EQ(sending.note.resent, 1u);
  EXPECT_EQ(sending.world.vendor.asked.size(), 2u);
}

TEST(Egress, AVendorThatTakesNoTokenIsNotAskedForEver) {
  Sending sending;
  sending.vendor.takes = [](const std::string&) { return false; };
  for (int i = 0; i < 10; ++i) {
    sending.send();
    EXPECT_EQ(sending.reply.status, 401u);
  }
  EXPECT_EQ(sending.world.vendor.asked.size(), 2u) << "the first, and one because of a 401";
}

TEST(Egress, WhatNeedsAPersonIsBlockedAndWhatDoesNotIsNoConnection) {
  Sending sending;
  sending.world.vendor.scripted = {http(503, "<html>"), http(400, R"({"error":"invalid_grant"})")};
  sending.send();
  EXPECT_EQ(sending.reply.got, Got::no_connection) << sending.reply.error;
  EXPECT_FALSE(sending.tokens.needs_reconnect("sales"));
  sending.world.run_for(seconds{2});
  sending.send();
  EXPECT_EQ(sending.reply.got, Got::blocked);
  EXPECT_NE(sending.reply.error.find("needs reconnect"), std::string::npos);
  EXPECT_TRUE(sending.tokens.needs_reconnect("sales"));
  EXPECT_TRUE(sending.vendor.seen.empty());
}

TEST(Egress, OtherSlotsAreLeftAlone) {
  Sending sending;
  sending.world.manifest.slots.front().path_prefix = "/other/";
  sending.send();
  EXPECT_EQ(sending.vendor.seen, (std::vector<std::string>{""}));
  EXPECT_TRUE(sending.world.vendor.asked.empty());
}

}  // namespace
}  // namespace tenon::oauth_test
