// Challenges by GET and in a body, and those who only look like one.
#include "inbound/challenge.hpp"

#include <gtest/gtest.h>

namespace tenon::inbound {
namespace {

std::vector<Secret> tokens() {
  std::vector<Secret> all;
  all.emplace_back(std::string("old-token"));
  all.emplace_back(std::string("new token"));
  return all;
}

TEST(Challenge, HubWantsModeAndToken) {
  const auto ask = [](const char* query) { return answer_get(Challenge::hub, query, tokens()); };
  EXPECT_EQ(ask("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=old-token").value(),
            "1158201444");
  EXPECT_EQ(ask("hub.verify_token=new%20token&hub.challenge=a&hub.mode=subscribe").value(), "a");
  for (const char* query : {"hub.mode=subscribe&hub.challenge=1", "hub.mode=subscribe",
                            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
                            "hub.mode=subscribe&hub.challenge=1&hub.verify_token="}) {
    const auto answer = ask(query);
    ASSERT_FALSE(answer) << query;
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorized) << query;
  }
  for (const char* query :
       {"", "hub.challenge=1&hub.verify_token=old-token", "%zz", "=&=&",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=old-token",
        "hub.mode=subscribe&hub.verify_token=old-token",
        "hub.mode=subscribe&hub.verify_token=old-token&hub.challenge=%3Cb%3E"}) {
    const auto answer = ask(query);
    ASSERT_FALSE(answer) << query;
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid) << query;
  }
}

TEST(Challenge, EchoGivesBackOnlyWhatIsHarmless) {
  EXPECT_EQ(answer_get(Challenge::echo, "challenge=aB9-._~%2B/%3D", {}).value(), "aB9-._~+/=");
  const std::string longest(kMaxChallengeBytes, 'x');
  EXPECT_EQ(answer_get(Challenge::echo, "challenge=" + longest, {}).value(), longest);
  EXPECT_FALSE(answer_get(Challenge::echo, "challenge=" + longest + "x", {}));
  for (const char* query : {"challenge=", "challenge=a%20b", "challenge=%3Cscript%3E",
                            "challenge=a%0D%0Ab", "other=1", "challenge=%E2%9C%93"}) {
    EXPECT_FALSE(answer_get(Challenge::echo, query, {})) << query;
  }
}

TEST(Challenge, BodyOfUrlVerification) {
  JsonParser parser;
  const auto ask = [&](const char* body) {
    return answer_body(Challenge::url_verification, parser, body);
  };
  EXPECT_EQ(ask(R"({"token":"x","challenge":"3eZbrw1aB10","type":"url_verification"})"),
            "3eZbrw1aB10");
  for (const char* body :
       {"", "[]", "{", R"({"type":"event_callback","challenge":"a"})",
        R"({"type":"url_verification"})", R"({"type":"url_verification","challenge":7})",
        R"({"type":"url_verification","challenge":"<b>"})",
        R"({"type":["url_verification"],"challenge":"a"})"}) {
    EXPECT_FALSE(ask(body)) << body;
  }
  EXPECT_FALSE(
      answer_body(Challenge::hub, parser, R"({"type":"url_verification","challenge":"a"})"));
  EXPECT_FALSE(asks_by_get(Challenge::url_verification));
  EXPECT_TRUE(asks_by_get(Challenge::echo) && asks_by_get(Challenge::hub));
}

}  // namespace
}  // namespace tenon::inbound
