// Replies of token endpoints, good and bad ones.
#include "oauth/token_reply.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace tenon::oauth_test {
namespace {

const Time kNow = time_from_us(1'767'225'600'000'000);

TEST(TokenReply, TheExampleOfRfc6749) {
  const auto read = read_token_reply(
      http(200, R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example-not",)"
                R"("expires_in":3600})"),
      kNow);
  EXPECT_EQ(read.granted, Granted::later) << "a type that is not Bearer cannot be used";
  const auto good = read_token_reply(
      http(200, R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer",)"
                R"("expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"a b"})"),
      kNow);
  ASSERT_EQ(good.granted, Granted::yes) << good.why;
  EXPECT_EQ(good.access_token.reveal(), "2YotnFZFEjr1zCsicMWpAA");
  EXPECT_EQ(good.refresh_token.reveal(), "tGzv3JOkF0XG5Qx2TlKWIA");
  EXPECT_EQ(good.life, seconds{3'600});
  EXPECT_EQ(good.scope, "a b");
}

struct Case {
  const char* what;
  std::uint32_t status;
  std::string body;
  Granted granted;
  const char* says;  // part of the reason
};

TEST(TokenReply, BadOnes) {
  const std::string big(5'000'000, 'x');
  const std::vector<Case> cases{
      {"html", 200, "<html>maintenance</html>", Granted::later, "wanted a JSON object"},
      {"html with 401", 401, "<html>no</html>", Granted::later, "wanted a JSON object"},
      {"empty", 200, "", Granted::later, "an empty body"},
      {"an array", 200, "[1]", Granted::later, "wanted a JSON object"},
      {"cut", 200, R"({"access_token":"a)", Granted::later, "wanted a JSON object"},
      {"no token", 200, R"({"token_type":"bearer"})", Granted::later, "found none"},
      {"a number as token", 200, R"({"access_token":5})", Granted::later, "found another value"},
      {"a line end in it", 200, R"({"access_token":"a\r\nx: y"})", Granted::later, "visible ASCII"},
      {"not ASCII", 200, "{\"access_token\":\"t\xc3\xb6ken\"}", Granted::later, "visible ASCII"},
      {"a space in it", 200, R"({"access_token":"a b"})", Granted::later, "visible ASCII"},
      {"wrong type", 200, R"({"access_token":"a","token_type":"mac"})", Granted::later, "mac"},
      {"type is a number", 200, R"({"access_token":"a","token_type":1})", Granted::later, "Bearer"},
      {"negative life", 200, R"({"access_token":"a","expires_in":-5})", Granted::later,
       "expires_in"},
      {"no life", 200, R"({"access_token":"a","expires_in":0})", Granted::later, "expires_in"},
      {"life in words", 200, R"({"access_token":"a","expires_in":"soon"})", Granted::later,
       "expires_in"},
      {"life is a list", 200, R"({"access_token":"a","expires_in":[1]})", Granted::later,
       "expires_in"},
      {"bad refresh token", 200, R"({"access_token":"a","refresh_token":"b\n"})", Granted::later,
       "refresh_token"},
      {"5 MB", 200, big, Granted::later, "64 KiB"},
      {"error with 200", 200, R"({"error":"invalid_grant"})", Granted::revoked, "invalid_grant"},
      {"unknown error with 200", 200, R"({"error":"oops"})", Granted::later, "oops"},
      {"invalid_grant", 400, R"({"error":"invalid_grant","error_description":"expired"})",
       Granted::revoked, "invalid_grant: expired"},
      {"invalid_client", 401, R"({"error":"invalid_client"})", Granted::no, "invalid_client"},
      {"unauthorized_client", 400, R"({"error":"unauthorized_client"})", Granted::no, "unauth"},
      {"invalid_scope", 400, R"({"error":"invalid_scope"})", Granted::no, "invalid_scope"},
      {"a code of its own", 403, R"({"error":"account_closed"})", Granted::no, "account_closed"},
      {"busy", 503, R"({"error":"temporarily_unavailable"})", Granted::later, "temporarily"},
      {"server error", 400, R"({"error":"server_error"})", Granted::later, "server_error"},
      {"verdict with 500", 500, R"({"error":"invalid_grant"})", Granted::later, "500"},
      {"429", 429, R"({"error":"rate_limited"})", Granted::later, "429"},
      {"redirect", 302, "{}", Granted::later, "302"},
      {"404 in JSON", 404, R"({"message":"no route"})", Granted::later, "404"},
      {"error is an object", 400, R"({"error":{"code":1}})", Granted::later, "400"},
  };
  for (const auto& one : cases) {
    const auto read = read_token_reply(http(one.status, one.body), kNow);
    EXPECT_EQ(read.granted, one.granted) << one.what << ": " << read.why;
    EXPECT_NE(read.why.find(one.says), std::string::npos) << one.what << ": " << read.why;
    EXPECT_TRUE(read.access_token.empty()) << one.what;
    EXPECT_LT(read.why.size(), 400u) << one.what;
  }
}

TEST(TokenReply, Lives) {
  const auto life = [](const char* value) {
    return read_token_reply(
               http(200, std::string(R"({"access_token":"a","expires_in":)") + value + "}"), kNow)
        .life;
  };
  EXPECT_EQ(life("60"), seconds{60});
  EXPECT_EQ(life("\"60\""), seconds{60});
  EXPECT_EQ(life("59.9"), seconds{59});
  EXPECT_EQ(life("1e300"), kLongestLife);
  EXPECT_EQ(life("99999999999999999999"), kLongestLife);
  EXPECT_EQ(life("null"), std::nullopt);
  EXPECT_EQ(read_token_reply(http(200, R"({"access_token":"a"})"), kNow).granted, Granted::yes);
}

TEST(TokenReply, WaitsAsTheVendorAsks) {
  const auto busy = read_token_reply(http(429, "{}", {{"retry-after", "17"}}), kNow);
  EXPECT_EQ(busy.retry_after, milliseconds{17'000});
  const auto slow = read_token_reply(http(400, R"({"error":"slow_down"})"), kNow);
  EXPECT_EQ(slow.granted, Granted::later);
  EXPECT_EQ(slow.retry_after, milliseconds{5'000});
}

TEST(TokenReply, KnowsWhatMayHaveBeenTaken) {
  HttpReply reply;
  reply.got = Got::timeout;
  EXPECT_TRUE(read_token_reply(reply, kNow).maybe_taken);
  reply.got = Got::lost;
  EXPECT_TRUE(read_token_reply(reply, kNow).maybe_taken);
  reply.got = Got::no_connection;
  EXPECT_FALSE(read_token_reply(reply, kNow).maybe_taken);
  EXPECT_TRUE(read_token_reply(http(200, "<html>"), kNow).maybe_taken);
  EXPECT_FALSE(read_token_reply(http(503, "<html>"), kNow).maybe_taken);
}

}  // namespace
}  // namespace tenon::oauth_test
