// Standard Webhooks signatures, against published vectors where they are at hand.
#include "egress/signing.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace tenon {
namespace {

constexpr const char* kKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

Result<HttpHeaders> sign(std::string_view id, std::int64_t seconds, std::string_view body,
                         const std::string& key) {
  SigningInput input;
  input.id = id;
  input.now = time_from_us(seconds * 1'000'000 + 999'999);
  input.body = body;
  HttpHeaders headers;
  std::vector<Secret> used;
  TENON_TRY(signing_scheme("standard-webhooks/1")(input, Secret(std::string(key)), headers, used));
  return headers;
}

TEST(Signing, UnknownSchemesAreNull) {
  EXPECT_EQ(signing_scheme("standard-webhooks/2"), nullptr);
  EXPECT_EQ(signing_scheme(""), nullptr);
}

TEST(Signing, GivesTheThreeHeaders) {
  const auto headers =
      sign("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1767323045, R"({"test": 2432232314})", kKey);
  ASSERT_TRUE(headers) << headers.error().text();
  const HttpHeaders wanted{
      {"webhook-id", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
      {"webhook-timestamp", "1767323045"},
      {"webhook-signature", "v1,H5tHAgSIPhhGucrVgN28QZK31ByrE/ZSKQjmBfWtcVQ="}};
  EXPECT_EQ(*headers, wanted);
}

TEST(Signing, SeveralKeysGiveSeveralSignatures) {
  const std::string other = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
  const auto one = sign("id", 1, "body", kKey);
  const auto two = sign("id", 1, "body", other);
  const auto both = sign("id", 1, "body", std::string(kKey) + "\n " + other + "\n");
  ASSERT_TRUE(one && two && both);
  EXPECT_EQ((*both)[2].second, (*one)[2].second + " " + (*two)[2].second);
}

TEST(Signing, RefusesBadKeysWithoutShowingThem) {
  const std::string k24(32, 'A');  // 24 bytes
  EXPECT_TRUE(sign("id", 1, "", "whsec_" + k24));
  for (const std::string& key :
       {std::string(), std::string("  \n"), std::string("plain-text-key"), k24,
        "whsec_" + k24 + "!", std::string("whsec_SECRET"), "whsec_" + std::string(88, 'A'),
        "whsec_" + k24 + " whsec_" + k24 + " whsec_" + k24 + " whsec_" + k24 + " whsec_" + k24}) {
    const auto result = sign("id", 1, "", key);
    ASSERT_FALSE(result) << key;
    EXPECT_EQ(result.error().text().find("SECRET"), std::string::npos);
    EXPECT_EQ(result.error().text().find("plain"), std::string::npos);
  }
  EXPECT_FALSE(sign("", 1, "", kKey)) << "a message needs an id";
  EXPECT_FALSE(sign("a\r\nb", 1, "", kKey));
}

TEST(Signing, AgreesWithTheVectors) {
  const char* specs = std::getenv("TENON_VENDOR_SPECS");
  if (specs == nullptr) GTEST_SKIP() << "TENON_VENDOR_SPECS is not set";
  std::ifstream file(std::string(specs) + "/standard-webhooks/vectors.jsonl");
  ASSERT_TRUE(file) << "no standard-webhooks/vectors.jsonl in TENON_VENDOR_SPECS";
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    const auto vector = nlohmann::json::parse(line);
    const auto& headers = vector["headers"];
    if (!headers.contains("webhook-id") || !headers.contains("webhook-timestamp") ||
        !headers.contains("webhook-signature")) {
      continue;  // a verifier's case: something is missing
    }
    const auto stamp = headers["webhook-timestamp"].get<std::string>();
    if (stamp.empty() || stamp.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto ours = sign(headers["webhook-id"].get<std::string>(), std::stoll(stamp),
                           vector["body"].get<std::string>(), vector["secret"].get<std::string>());
    if (!ours) continue;
    const auto theirs = headers["webhook-signature"].get<std::string>();
    const bool found = theirs.find((*ours)[2].second) != std::string::npos;
    if (vector["valid"].get<bool>()) {
      EXPECT_TRUE(found) << vector["name"];
      ++checked;
    }
  }
  EXPECT_GE(checked, 4);
}

}  // namespace
}  // namespace tenon
