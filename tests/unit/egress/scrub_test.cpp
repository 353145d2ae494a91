// Secrets do not come back, in whatever form a vendor echoes them.
#include "egress/scrub.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "egress/slots.hpp"
#include "fixtures.hpp"

namespace tenon {
namespace {

Scrubber scrubber_of(const std::string& value) {
  std::vector<Secret> live;
  live.emplace_back(std::string(value));
  return Scrubber(live);
}

TEST(Scrubber, FindsEveryForm) {
  const std::string secret = "pat-na1+7f/\"x y";
  const Scrubber scrubber = scrubber_of(secret);
  const std::string url_base64 = "cGF0LW5hMSs3Zi8ieCB5";
  for (const std::string& text :
       {"token " + secret + " is wrong", "a=" + percent_encode(secret),
        std::string("a=pat-na1%2b7f%2f%22x%20y"), to_base64(secret),
        to_base64("user:" + secret + ":x"), to_base64("u:" + secret), to_base64("us:" + secret),
        url_base64, std::string(R"({"t":"pat-na1+7f/\"x y"})")}) {
    std::string scrubbed = text;
    scrubber.scrub(scrubbed);
    EXPECT_NE(scrubbed.find(kRedacted), std::string::npos) << text;
    EXPECT_EQ(scrubbed.find("7f"), std::string::npos) << scrubbed;
  }
}

TEST(Scrubber, FindsWhatIsEscapedByteByByte) {
  const Scrubber scrubber = scrubber_of("pat-na1+7f");
  for (const std::string text :
       {"7061742d6e61312b3766", "7061742D6E61312B3766", "%70%61%74%2d%6e%61%31%2b%37%66",
        "%70%61%74%2D%6E%61%31%2B%37%66"}) {
    std::string scrubbed = "you sent " + text + ".";
    scrubber.scrub(scrubbed);
    EXPECT_EQ(scrubbed, "you sent [redacted].") << text;
  }
}

TEST(Scrubber, FindsThePasswordOfABasicCredential) {
  const Scrubber scrubber = scrubber_of("user:hunter2!");
  std::string text = "bad password hunter2! for user";
  scrubber.scrub(text);
  EXPECT_EQ(text, "bad password [redacted] for user");
}

TEST(Scrubber, LeavesOrdinaryTextAndShortValues) {
  const Scrubber scrubber = scrubber_of("abc");
  std::string text = "abc abcdef";
  scrubber.scrub(text);
  EXPECT_EQ(text, "abc abcdef");
}

TEST(Scrubber, ABeginningAtACutGoesToo) {
  const Scrubber scrubber = scrubber_of("sk_live_0123456789");
  std::string text = "key: sk_live_0123";
  scrubber.scrub(text);
  EXPECT_EQ(text, "key: sk_live_0123");
  scrubber.scrub(text, Scrubber::End::cut);
  EXPECT_EQ(text, "key: [redacted]");
}

TEST(ScrubReply, DropsHeadersAndScrubsTheRest) {
  HttpReply reply;
  reply.got = Got::http;
  reply.status = 401;
  reply.headers = {{"set-cookie", "s=1"},
                   {"www-authenticate", "Bearer"},
                   {"x-echo", "topsecret"},
                   {"content-type", "text/plain"}};
  reply.body = "no topsecret here, topsecret";
  reply.body_total = reply.body.size();
  reply.error = "topsecret\n";
  scrub_reply(reply, scrubber_of("topsecret"));
  const HttpHeaders wanted{{"x-echo", "[redacted]"}, {"content-type", "text/plain"}};
  EXPECT_EQ(reply.headers, wanted);
  EXPECT_EQ(reply.body, "no [redacted] here, [redacted]");
  EXPECT_EQ(reply.body_total, reply.body.size());
  EXPECT_EQ(reply.error, "[redacted]\\n");
}

TEST(Excerpt, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(excerpt("a\x1b[31mb\r\n\tc\x7f"), "a\\x1b[31mb\\r\\n\\tc\\x7f");
  EXPECT_EQ(excerpt("gr\xc3\xbc\xc3\x9f \xf0\x9d\x94\x98"), "gr\xc3\xbc\xc3\x9f \xf0\x9d\x94\x98");
  EXPECT_EQ(excerpt("\xff\xc3(\xc2\x9b\xed\xa0\x80"), "\\xff\\xc3(\\xc2\\x9b\\xed\\xa0\\x80");
}

TEST(Excerpt, IsCutAtItsLimit) {
  EXPECT_EQ(excerpt(std::string(10, 'a'), 10), std::string(10, 'a'));
  EXPECT_EQ(excerpt(std::string(11, 'a'), 10), std::string(7, 'a') + "...");
  EXPECT_EQ(excerpt("aaaa\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 10), "aaaa\xc3\xbc...");
  auto request = egress_test::good_request();
  request.body.assign(100'000, '\n');
  EXPECT_LE(request_excerpt(request).size(), kMaxExcerptBytes);
  request.headers.assign(50, {"name", std::string(1'000, 'x')});
  EXPECT_LE(request_excerpt(request).size(), kMaxExcerptBytes);
}

TEST(Excerpt, ShowsTheRequestBeforeInjection) {
  auto request = egress_test::good_request();
  request.query = {{"a", "b c"}};
  EXPECT_EQ(request_excerpt(request),
            "POST /v1/contacts?a=b%20c\ncontent-type: application/json\n\n{\"a\":1}");
  HttpReply reply;
  reply.got = Got::lost;
  reply.error = "gone";
  EXPECT_EQ(reply_excerpt(reply), "lost: gone");
}

}  // namespace
}  // namespace tenon
