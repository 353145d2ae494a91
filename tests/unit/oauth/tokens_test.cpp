// Tokens over a vendor of paper: once each, in time, kept, and never judged by a loser.
#include "oauth/tokens.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace tenon::oauth_test {
namespace {

TEST(Tokens, AThousandRequestsAtExpiryCauseOneExchange) {
  World world;
  world.destination = good_destination("client_credentials");
  auto host = world.new_host();
  ASSERT_TRUE(world.token(*host));
  world.run_for(seconds{3'601});
  std::vector<Result<AccessToken>> answers;
  for (int i = 0; i < 1'000; ++i) host->scope.spawn(world.want(host.get(), &answers), "want");
  sim_run(world.context, world.clock, world.clock.instant() + seconds{60},
          [&] { return answers.size() == 1'000; });
  ASSERT_EQ(answers.size(), 1'000u);
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->generation, 2u);
    EXPECT_EQ(answer->value.reveal(), "access-3");
  }
  EXPECT_EQ(world.vendor.asked.size(), 2u);
}

TEST(Tokens, MoreThanAThousandAreToldToComeAgain) {
  World world;
  auto host = world.new_host();
  std::vector<Result<AccessToken>> answers;
  for (int i = 0; i < 1'001; ++i) host->scope.spawn(world.want(host.get(), &answers), "want");
  sim_run(world.context, world.clock, world.clock.instant() + seconds{60},
          [&] { return answers.size() == 1'001; });
  EXPECT_EQ(
      std::count_if(answers.begin(), answers.end(),
                    [](const auto& one) { return !one && one.error().kind == ErrorKind::limited; }),
      1);
}

TEST(Tokens, RenewedAheadWhileTheOldOneIsUsed) {
  World world;
  auto host = world.new_host();
  ASSERT_EQ(world.token(*host)->value.reveal(), "access-2");
  world.run_for(seconds{2'900});
  EXPECT_EQ(world.token(*host)->value.reveal(), "access-2");
  world.run_for(seconds{1});
  EXPECT_EQ(world.token(*host)->value.reveal(), "access-3");
  EXPECT_EQ(field(world.vendor.asked.back(), "refresh_token"), "refresh-2") << "the rotated one";
}

TEST(Tokens, ANewStartGoesOnFromTheStore) {
  World world;
  auto host = world.new_host();
  ASSERT_TRUE(world.token(*host));
  world.end(host);
  host = world.new_host(2);
  EXPECT_EQ(world.token(*host)->value.reveal(), "access-2");
  EXPECT_EQ(world.vendor.asked.size(), 1u);
}

TEST(Tokens, A401CausesOneRenewalPerToken) {
  World world;
  auto host = world.new_host();
  ASSERT_EQ(world.token(*host)->generation, 1u);
  host->tokens.served("sales", 1);
  EXPECT_TRUE(host->tokens.refused("sales", 1));
  EXPECT_TRUE(host->tokens.refused("sales", 1)) << "a second request that used it";
  EXPECT_EQ(world.token(*host)->generation, 2u);
  EXPECT_TRUE(host->tokens.refused("sales", 1)) << "late; there is a newer one";
  EXPECT_EQ(world.vendor.asked.size(), 2u);
  EXPECT_FALSE(host->tokens.refused("sales", 2)) << "fresh and refused: not its age";
  EXPECT_EQ(world.token(*host)->generation, 2u);
  EXPECT_EQ(world.vendor.asked.size(), 2u);
  host->tokens.served("sales", 2);
  EXPECT_TRUE(host->tokens.refused("sales", 2)) << "it has worked before";
}

TEST(Tokens, InvalidGrantNeedsAPersonAndLosesNothing) {
  World world;
  auto host = world.new_host();
  ASSERT_TRUE(world.token(*host));
  world.vendor.revoked = true;
  world.run_for(seconds{3'601});
  const auto refused = world.token(*host);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unauthorized);
  EXPECT_NE(refused.error().text().find("needs reconnect"), std::string::npos);
  ASSERT_TRUE(host->tokens.needs_reconnect("sales"));
  EXPECT_EQ(world.grant().refresh_token.reveal(), "refresh-2") << "never deleted";
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(world.token(*host));
  EXPECT_EQ(world.vendor.asked.size(), 2u) << "not asked again";
  world.end(host);
  host = world.new_host(2);
  EXPECT_FALSE(world.token(*host)) << "also by a new start";
  EXPECT_EQ(world.vendor.asked.size(), 2u);
  // Somebody says that it is mended.
  world.vendor.revoked = false;
  host->tokens.try_again("sales");
  EXPECT_TRUE(world.token(*host));
  EXPECT_FALSE(host->tokens.needs_reconnect("sales"));
}

TEST(Tokens, ANewSecretDeservesANewTry) {
  World world;
  world.destination = good_destination("client_credentials");
  world.vendor.scripted = {http(401, R"({"error":"invalid_client"})")};
  auto host = world.new_host();
  EXPECT_FALSE(world.token(*host));
  world.run_for(seconds{60});
  EXPECT_FALSE(world.token(*host));
  EXPECT_EQ(world.vendor.asked.size(), 1u);
  host->secrets.values["env:SECRET"] = "another";
  world.run_for(seconds{2});
  EXPECT_TRUE(world.token(*host));
}

TEST(Tokens, ANewFirstRefreshTokenBeginsAnew) {
  World world;
  auto host = world.new_host();
  ASSERT_TRUE(world.token(*host));
  world.vendor.unused.insert("other-account");
  host->secrets.values["env:REFRESH"] = "other-account";
  world.run_for(seconds{2});
  ASSERT_TRUE(world.token(*host));
  EXPECT_EQ(field(world.vendor.asked.back(), "refresh_token"), "other-account");
  EXPECT_EQ(world.grant().generation, 2u) << "numbers are never used again";
}

TEST(Tokens, AVendorThatIsAwayIsAskedLessAndLess) {
  World world;
  world.vendor.scripted.assign(1'000, http(503, "<html>"));
  auto host = world.new_host();
  for (int i = 0; i < 600; ++i) {
    const auto answer = world.token(*host);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    world.run_for(seconds{1});
  }
  EXPECT_LT(world.vendor.asked.size(), 14u) << "in ten minutes";
  EXPECT_FALSE(host->tokens.needs_reconnect("sales"));
  world.vendor.scripted.clear();
  world.run_for(seconds{300});
  EXPECT_TRUE(world.token(*host));
}

TEST(Tokens, NotUsedBeforeItIsStored) {
  World world;
  auto host = world.new_host();
  ASSERT_TRUE(world.token(*host));
  world.run_for(seconds{3'601});
  std::vector<Result<AccessToken>> answers;
  host->scope.spawn(world.want(host.get(), &answers), "want");
  sim_run(world.context, world.clock, world.clock.instant() + seconds{1},
          [&] { return world.vendor.asked.size() == 2; });
  world.shelf.failing = 3;
  sim_run(world.context, world.clock, world.clock.instant() + milliseconds{500});
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(world.grant().generation, 1u);
  sim_run(world.context, world.clock, world.clock.instant() + seconds{60},
          [&] { return !answers.empty(); });
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers.front()->generation, 2u);
  EXPECT_EQ(world.grant().generation, 2u);
  EXPECT_EQ(world.vendor.asked.size(), 2u);
}

TEST(Tokens, WithoutADurableNoteNothingIsAsked) {
  World world;
  world.shelf.failing = 1;
  auto host = world.new_host();
  EXPECT_FALSE(world.token(*host));
  EXPECT_TRUE(world.vendor.asked.empty());
}

TEST(Tokens, WhatTheVendorSaysIsScrubbed) {
  World world;
  world.vendor.scripted = {
      http(400, R"({"error":"invalid_grant","error_description":"refresh-1 is unknown"})")};
  auto host = world.new_host();
  const auto answer = world.token(*host);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text().find("refresh-1"), std::string::npos) << answer.error().text();
  EXPECT_NE(answer.error().text().find("is unknown"), std::string::npos) << answer.error().text();
}

TEST(Tokens, APersonConnectsOnce) {
  World world;
  world.destination = good_destination("authorization_code");
  auto host = world.new_host();
  EXPECT_FALSE(world.token(*host));
  ASSERT_TRUE(host->tokens.needs_reconnect("sales"));
  const auto begun = host->tokens.begin_connect(world.destination, world.manifest, world.settings,
                                                "http://127.0.0.1:1234/callback");
  ASSERT_TRUE(begun) << begun.error().text();
  EXPECT_EQ(begun->url.find("https://api.vendor.test/oauth/authorize?response_type=code"), 0u);
  const auto finish = [&](std::string state) {
    std::optional<Result<std::string>> done;
    const auto run = [](Tokens* tokens, std::string with,
                        std::optional<Result<std::string>>* out) -> Task<void> {
      Secret code("the-code");
      auto finishing = tokens->finish_connect(std::move(with), std::move(code));
      auto ended = co_await std::move(finishing);
      out->emplace(std::move(ended));
    };
    host->scope.spawn(run(&host->tokens, std::move(state), &done), "finish");
    sim_run(world.context, world.clock, world.clock.instant() + seconds{60},
            [&] { return done.has_value(); });
    return std::move(*done);
  };
  EXPECT_EQ(finish("another").error().kind, ErrorKind::not_found);
  const auto connected = finish(begun->state);
  ASSERT_TRUE(connected) << connected.error().text();
  EXPECT_EQ(*connected, "sales");
  const auto& body = world.vendor.asked.back();
  EXPECT_EQ(field(body, "grant_type"), "authorization_code");
  EXPECT_EQ(field(body, "code"), "the-code");
  EXPECT_EQ(field(body, "redirect_uri"), "http://127.0.0.1:1234/callback");
  EXPECT_EQ(challenge_of(field(body, "code_verifier")), field(begun->url, "code_challenge"));
  EXPECT_EQ(finish(begun->state).error().kind, ErrorKind::not_found) << "once only";
  EXPECT_TRUE(world.token(*host));
  world.run_for(seconds{3'601});
  EXPECT_TRUE(world.token(*host)) << "renewed by the refresh token that came with it";
  // A code that is refused says nothing about the connection there is.
  const auto second = host->tokens.begin_connect(world.destination, world.manifest, world.settings,
                                                 "http://127.0.0.1:1234/callback");
  world.vendor.scripted = {http(400, R"({"error":"invalid_grant"})")};
  EXPECT_EQ(finish(second->state).error().kind, ErrorKind::unauthorized);
  EXPECT_TRUE(world.token(*host));
}

TEST(Tokens, AConnectionIsBegunOnlyWhereItCanBe) {
  World world;
  auto host = world.new_host();
  const auto begin = [&](const char* uri) {
    return host->tokens.begin_connect(world.destination, world.manifest, world.settings, uri);
  };
  EXPECT_FALSE(begin("http://127.0.0.1:1/x")) << "another grant";
  world.destination = good_destination("authorization_code");
  for (const char* bad : {"", "http://example.com/", "javascript:alert(1)",
                          "http://127.0.0.1.evil/", "https://a.test/\r\nx: y"}) {
    EXPECT_FALSE(begin(bad)) << bad;
  }
  for (std::size_t i = 0; i < kMaxConnecting; ++i) EXPECT_TRUE(begin("https://console.test/cb"));
  EXPECT_EQ(begin("https://console.test/cb").error().kind, ErrorKind::limited);
  world.run_for(kConnectWithin);
  EXPECT_TRUE(begin("https://console.test/cb"));
}

}  // namespace
}  // namespace tenon::oauth_test
