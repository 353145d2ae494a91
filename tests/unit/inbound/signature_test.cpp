// Every scheme of the table against the same list of requests that must and must not pass.
#include "inbound/signature.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "inbound/signature_text.hpp"
#include "signed_cases.hpp"

namespace tenon::inbound {
namespace {

class EachScheme : public ::testing::TestWithParam<std::string> {
 protected:
  Case signed_now() const { return signed_case(GetParam()); }
  bool has_header() const { return !signed_now().scheme.header.empty(); }
  bool has_time() const { return signed_now().scheme.stamp != StampForm::none; }
  static void expect_denied(const Result<void>& result, const char* what) {
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().kind, ErrorKind::unauthorized) << what << result.error().text();
    EXPECT_EQ(result.error().text().find("secret-of"), std::string::npos);
  }
};
std::string name_of_case(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Table, EachScheme, ::testing::ValuesIn(webhook_scheme_names()),
                         name_of_case);

TEST_P(EachScheme, AcceptsWhatTheVendorSigned) {
  const auto c = signed_now();
  const auto result = c.verify(c.secret);
  EXPECT_TRUE(result) << result.error().text();
}

TEST_P(EachScheme, RefusesAnotherBody) {
  auto c = signed_now();
  if (!has_header()) return;  // the path does not cover the body
  for (const std::string& body : {c.body + " ", std::string(), c.body.substr(1)}) {
    auto changed = c;
    changed.body = body;
    expect_denied(changed.verify(c.secret), "body");
  }
}

TEST_P(EachScheme, RefusesAnotherSecret) {
  const auto c = signed_now();
  expect_denied(c.verify(c.other_secret), "secret");
}

TEST_P(EachScheme, TakesOneOfTwoSecretsInEitherOrder) {
  const auto c = signed_now();
  EXPECT_TRUE(c.verify(c.other_secret + "\n" + c.secret));
  EXPECT_TRUE(c.verify(c.secret + "\r\n" + c.other_secret));
  expect_denied(c.verify(c.other_secret + "\n" + c.other_secret), "two wrong ones");
}

TEST_P(EachScheme, HoldsTheWindowOnBothSides) {
  if (!has_time()) return;
  for (const int apart : {-300, 300}) {
    const auto c = signed_case(GetParam(), kNow + seconds{apart});
    EXPECT_TRUE(c.verify(c.secret)) << apart;
  }
  for (const int apart : {-301, 301, -86'400, 86'400}) {
    const auto c = signed_case(GetParam(), kNow + seconds{apart});
    expect_denied(c.verify(c.secret), apart < 0 ? "old" : "future");
    EXPECT_TRUE(c.verify(c.secret, kNow, seconds{86'400})) << apart;
  }
}

TEST_P(EachScheme, RefusesAMissingOrEmptyHeader) {
  const auto c = signed_now();
  for (const auto& name : c.scheme.own_headers()) {
    auto without = c;
    std::erase_if(without.headers, [&](const auto& header) { return header.first == name; });
    expect_denied(without.verify(c.secret), name.c_str());
    auto empty = c;
    empty.header(name).clear();
    expect_denied(empty.verify(c.secret), name.c_str());
  }
  auto nothing = c;
  nothing.headers.clear();
  nothing.path_secret.clear();
  expect_denied(nothing.verify(c.secret), "nothing");
}

TEST_P(EachScheme, RefusesARepeatedHeader) {
  const auto c = signed_now();
  for (const auto& name : c.scheme.own_headers()) {
    auto twice = c;
    const std::string value = twice.header(name);
    twice.headers.emplace_back(name, value);
    expect_denied(twice.verify(c.secret), name.c_str());
    auto before = c;
    before.headers.insert(before.headers.begin(), {name, "x"});
    expect_denied(before.verify(c.secret), name.c_str());
  }
}

TEST_P(EachScheme, RefusesMalformedHeaders) {
  const auto c = signed_now();
  const std::vector<std::string> junk = {"x",
                                         "=",
                                         ",",
                                         "v1",
                                         "v1,",
                                         "t=,v1=",
                                         "sha256=",
                                         "v0=zz",
                                         "v1,!!!",
                                         "v1=\xff\xfe",
                                         std::string(8'000, 'a'),
                                         std::string(10'000, ','),
                                         std::string(5'000, ' ') + "v1,AA=="};
  for (const auto& name : c.scheme.own_headers()) {
    for (const auto& text : junk) {
      if (name == c.scheme.id_header) continue;
      auto bad = c;
      bad.header(name) = text;
      expect_denied(bad.verify(c.secret), text.substr(0, 20).c_str());
    }
  }
}

TEST_P(EachScheme, RefusesEachChangeOfOneBitOfWhatIsSigned) {
  const auto c = signed_now();
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    auto bad = c;
    std::vector<std::string*> texts;
    if (has_header()) texts.push_back(&bad.body);
    if (!has_header()) texts.push_back(&bad.path_secret);
    for (auto& [name, value] : bad.headers) texts.push_back(&value);
    if (c.scheme.signs_url()) texts.push_back(&bad.url);
    std::string& text = *texts[random() % texts.size()];
    const auto before = text;
    text[random() % text.size()] ^= static_cast<char>(1u << (random() % 8));
    const auto result = bad.verify(c.secret);
    if (!result) continue;
    // What still passes differs where nothing is signed: the case of hex, the tail of the header.
    const auto& signature = bad.header(c.scheme.header);
    ASSERT_NE(&text, &bad.body);
    auto first = read_signatures(c.scheme, signature);
    auto original = c;
    auto second = read_signatures(c.scheme, original.header(c.scheme.header));
    ASSERT_TRUE(first && second) << before << " -> " << text;
    EXPECT_EQ(first->values.front(), second->values.front()) << before << " -> " << text;
  }
}

TEST_P(EachScheme, SaysWhenASecretIsOfNoUse) {
  auto c = signed_now();
  if (c.scheme.key == KeyForm::bytes) return;  // any text is a key
  for (const char* secret : {"whsec_", "plain", "whsec_!!", "AAAA"}) {
    const auto result = c.verify(secret);
    ASSERT_FALSE(result) << secret;
    EXPECT_EQ(result.error().kind, ErrorKind::invalid) << secret;
  }
}

TEST_P(EachScheme, AnyBytesGiveAnAnswer) {
  const auto c = signed_now();
  std::mt19937 random(20'261'126);
  int accepted = 0;
  for (int i = 0; i < 500; ++i) {
    auto bad = c;
    for (auto& [name, value] : bad.headers) {
      const auto length = random() % 120;
      std::string noise;
      for (std::size_t k = 0; k < length; ++k) noise += static_cast<char>(random() % 256);
      switch (random() % 4) {
        case 0: value = noise; break;
        case 1: value.insert(random() % (value.size() + 1), noise); break;
        case 2: value.resize(random() % (value.size() + 1)); break;
        default: break;
      }
    }
    bad.body.insert(random() % (bad.body.size() + 1), 1, static_cast<char>(random() % 256));
    accepted += bad.verify(c.secret) ? 1 : 0;
  }
  if (has_header()) {
    EXPECT_EQ(accepted, 0);
  }
}

TEST(Signature, UrlIsPartOfWhatIsSigned) {
  auto c = signed_case("hubspot/3");
  for (const char* url :
       {"http://hooks.example.com/webhooks/crm?a=b%40c", "https://hooks.example.com/webhooks/crm",
        "https://hooks.example.com/webhooks/other?a=b%40c"}) {
    c.url = url;
    EXPECT_FALSE(c.verify(c.secret)) << url;
  }
  EXPECT_EQ(decoded_url("https://a/%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B"),
            "https://a/:/?@!$'()*,;");
  EXPECT_EQ(decoded_url("/%20%26%3D%25%4"), "/%20%26%3D%25%4");
  c.method = "PUT";
  EXPECT_FALSE(c.verify(c.secret));
}

// Published by those who made the schemes.
TEST(Signature, PublishedVectors) {
  Case slack;
  slack.scheme = *webhook_scheme("slack/0");
  slack.body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
      "G8PSS9T3V"
      "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
      "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%"
      "2F96rGlfmib"
      "IGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  slack.headers = {
      {"x-slack-request-timestamp", "1531420618"},
      {"x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}};
  EXPECT_TRUE(slack.verify("8f742231b10e8888abcd99yyyzzz85a5", Time{seconds{1'531'420'618}}));

  Case hub;
  hub.scheme = *webhook_scheme("meta/1");
  hub.body = "Hello, World!";
  hub.headers = {{"x-hub-signature-256",
                  "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}};
  EXPECT_TRUE(hub.verify("It's a Secret to Everybody"));
}

TEST(Signature, PublishedVectorOfEcdsa) {
  Case c;
  c.scheme = *webhook_scheme("sendgrid/1");
  c.body = R"({"category":"example_payload","event":"test_event","message_id":"message_id"})";
  c.headers = {
      {"x-twilio-email-event-webhook-timestamp", "1588788367"},
      {"x-twilio-email-event-webhook-signature",
       "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nl"
       "xFDWYNH2j/0="}};
  const Time then{seconds{1'588'788'367}};
  EXPECT_TRUE(c.verify(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQG"
      "hHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
      then));
  EXPECT_FALSE(c.verify(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo"
      "7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==",
      then));
}

// Signed by an implementation of others; each line says at which time it is looked at.
TEST(Signature, VectorsOfStandardWebhooks) {
  const char* specs = std::getenv("TENON_VENDOR_SPECS");
  if (specs == nullptr) GTEST_SKIP() << "TENON_VENDOR_SPECS is not set";
  std::ifstream in(std::string(specs) + "/standard-webhooks/vectors.jsonl");
  ASSERT_TRUE(in) << specs;
  int valid = 0, refused = 0;
  for (std::string line; std::getline(in, line);) {
    const auto vector = nlohmann::json::parse(line);
    Case c;
    c.scheme = *webhook_scheme("standard-webhooks/1");
    c.body = vector["body"];
    for (const auto& [name, value] : vector["headers"].items()) c.headers.emplace_back(name, value);
    const auto result =
        c.verify(vector["secret"], Time{seconds{vector["now"].get<std::int64_t>()}});
    EXPECT_EQ(result.has_value(), vector["valid"].get<bool>()) << vector["name"];
    (result ? valid : refused)++;
  }
  EXPECT_GE(valid, 5);
  EXPECT_GE(refused, 5);
}

TEST(Signature, SecretsOfASlotAreOneToFour) {
  const auto count = [](const char* text, KeyForm form) -> std::size_t {
    const auto all = secrets_of(Secret(std::string(text)), form);
    return all ? all->size() : 0;
  };
  EXPECT_EQ(count("\n\r\n", KeyForm::bytes), 0u);
  EXPECT_EQ(count("one with spaces", KeyForm::bytes), 1u);
  EXPECT_EQ(count("a\r\nb c\nd\n", KeyForm::bytes), 3u);
  EXPECT_EQ(count("a\nb\nc\nd\ne", KeyForm::bytes), 0u);
  EXPECT_EQ(count(" a b\tc\nd ", KeyForm::whsec_base64), 4u);
  EXPECT_EQ(count("a b c d e", KeyForm::public_base64), 0u);
}

TEST(Signature, TimesAreReadStrictly) {
  EXPECT_EQ(parse_stamp("1767323045", StampForm::seconds), kNow);
  EXPECT_EQ(parse_stamp("1767323045000", StampForm::milliseconds), kNow);
  EXPECT_EQ(parse_stamp("1767323045", StampForm::any), kNow);
  EXPECT_EQ(parse_stamp("2026-01-02T03:04:05Z", StampForm::any), kNow);
  EXPECT_EQ(parse_stamp("Fri, 02 Jan 2026 03:04:05 GMT", StampForm::any), kNow);
  for (const char* text :
       {"", "-1", "+1", " 1767323045", "1767323045 ", "1e9", "0x10", "1767323045.5",
        "99999999999999999999", "9999999999999999", "2026-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_stamp(text, StampForm::seconds)) << text;
  }
}

}  // namespace
}  // namespace tenon::inbound
