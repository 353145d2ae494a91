// Credentials go where the manifest and the references say, and nowhere else.
#include "egress/slots.hpp"

#include <gtest/gtest.h>

#include "egress/check.hpp"
#include "fixtures.hpp"

namespace tenon {
namespace {

using egress_test::good_manifest;
using egress_test::good_request;

Result<Secret> always(const Slot& slot) { return Secret("secret of " + slot.name); }

SecretRef ref_of(SecretPlace place, std::uint32_t index, std::uint64_t offset) {
  SecretRef ref;
  ref.place = place;
  ref.index = index;
  ref.offset = offset;
  ref.slot = "token";
  return ref;
}

std::string header_of(const ConnectorRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (same_name(key, name)) return value;
  }
  return "(none)";
}

TEST(Slots, BoundSlotsArePutInByTheManifest) {
  std::vector<Secret> used;
  auto request = good_request();
  ASSERT_TRUE(splice(request, good_manifest(), always, used));
  EXPECT_EQ(header_of(request, "x-token"), "Bearer secret of token");
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0].reveal(), "secret of token");
}

TEST(Slots, AnUnboundEndpointOrPathGetsNoCredential) {
  std::vector<Secret> used;
  auto request = good_request();
  request.endpoint = "other";
  ASSERT_TRUE(splice(request, good_manifest(), always, used));
  EXPECT_EQ(header_of(request, "x-token"), "(none)");
  request = good_request();
  request.path = "/v2/x";
  ASSERT_TRUE(splice(request, good_manifest(), always, used));
  EXPECT_EQ(header_of(request, "x-token"), "(none)");
  EXPECT_TRUE(used.empty());
}

TEST(Slots, BasicAndQuerySlots) {
  auto manifest = good_manifest();
  manifest.slots[0].kind = SlotKind::basic;
  std::vector<Secret> used;
  auto request = good_request();
  ASSERT_TRUE(splice(
      request, manifest, [](const Slot&) -> Result<Secret> { return Secret("user:pass"); }, used));
  EXPECT_EQ(header_of(request, "authorization"), "Basic dXNlcjpwYXNz");

  manifest.slots[0].kind = SlotKind::query;
  manifest.slots[0].parameter = "api key";
  request = good_request();
  ASSERT_TRUE(splice(request, manifest, always, used));
  EXPECT_EQ(query_text(request.query), "?api%20key=secret%20of%20token");
}

TEST(Slots, AMissingCredentialRefuses) {
  std::vector<Secret> used;
  auto request = good_request();
  const auto none = [](const Slot& slot) -> Result<Secret> {
    return unauthorized("none", "slot " + slot.name);
  };
  const auto result = splice(request, good_manifest(), none, used);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(header_of(request, "x-token"), "(none)");
  // An optional slot without one is left out.
  const auto empty = [](const Slot&) -> Result<Secret> { return Secret(); };
  EXPECT_TRUE(splice(request, good_manifest(), empty, used));
  EXPECT_EQ(header_of(request, "x-token"), "(none)");
}

TEST(Slots, ReferencesInsertAtTheirOffsets) {
  auto request = good_request();
  request.headers.emplace_back("x-note", "a-b");
  request.query = {{"q", "12"}};
  request.body = "<>";
  request.secrets = {ref_of(SecretPlace::header, 1, 2), ref_of(SecretPlace::query, 0, 1),
                     ref_of(SecretPlace::body, 0, 1), ref_of(SecretPlace::body, 0, 2),
                     ref_of(SecretPlace::path, 0, request.path.size())};
  request.secrets[3].transform = SecretTransform::base64;
  ASSERT_TRUE(check_request(request, good_manifest(), 1));
  std::vector<Secret> used;
  const auto value = [](const Slot&) -> Result<Secret> { return Secret("S/ "); };
  ASSERT_TRUE(splice(request, good_manifest(), value, used));
  EXPECT_EQ(header_of(request, "x-note"), "a-S/ b");
  EXPECT_EQ(request.query[0].second, "1S/ 2");
  EXPECT_EQ(request.body, "<S/ >Uy8g");
  EXPECT_EQ(request.path, "/v1/contactsS%2F%20");
  EXPECT_EQ(header_of(request, "x-token"), "(none)") << "a named slot is not put in again";
}

TEST(Slots, AnEmptyPlaceholderOfTheSlotsOwnHeaderGetsThePrefix) {
  auto request = good_request();
  request.headers.emplace_back("x-token", "");
  request.secrets = {ref_of(SecretPlace::header, 1, 0)};
  ASSERT_TRUE(check_request(request, good_manifest(), 1));
  std::vector<Secret> used;
  ASSERT_TRUE(splice(request, good_manifest(), always, used));
  EXPECT_EQ(header_of(request, "x-token"), "Bearer secret of token");
}

TEST(Slots, HmacSignsTheMessage) {
  auto request = good_request();
  request.query = {{"sig", ""}};
  request.secrets = {ref_of(SecretPlace::query, 0, 0)};
  request.secrets[0].transform = SecretTransform::hmac_sha256_hex;
  request.secrets[0].message = "what do ya want for nothing?";
  std::vector<Secret> used;
  const auto jefe = [](const Slot&) -> Result<Secret> { return Secret("Jefe"); };  // RFC 4231, 2
  ASSERT_TRUE(splice(request, good_manifest(), jefe, used));
  EXPECT_EQ(request.query[0].second,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Slots, RefusesBadReferences) {
  const auto refused = [](const ConnectorRequest& request) {
    return !check_request(request, good_manifest(), 1);
  };
  auto request = good_request();
  request.secrets = {ref_of(SecretPlace::header, 0, 0)};
  EXPECT_FALSE(refused(request));
  request.secrets[0].slot = "undeclared";
  EXPECT_TRUE(refused(request));
  for (const auto& bad : {ref_of(SecretPlace::none, 0, 0), ref_of(SecretPlace::header, 1, 0),
                          ref_of(SecretPlace::header, 0, 17), ref_of(SecretPlace::query, 0, 0),
                          ref_of(SecretPlace::body, 0, 8), ref_of(SecretPlace::path, 0, 0),
                          ref_of(static_cast<SecretPlace>(9), 0, 0)}) {
    request.secrets = {bad};
    EXPECT_TRUE(refused(request)) << static_cast<unsigned>(bad.place);
  }
  request.secrets = {ref_of(SecretPlace::header, 0, 0)};
  request.secrets[0].transform = static_cast<SecretTransform>(4);
  EXPECT_TRUE(refused(request));
  request = good_request();
  request.endpoint = "other";
  request.secrets = {ref_of(SecretPlace::header, 0, 0)};
  EXPECT_TRUE(refused(request)) << "the slot is bound to api";
  request = good_request();
  request.secrets.assign(kMaxRequestSecrets + 1, ref_of(SecretPlace::body, 0, 0));
  EXPECT_TRUE(refused(request));
  request.secrets.pop_back();
  EXPECT_FALSE(refused(request));
}

TEST(Slots, ACredentialCannotEndItsHeader) {
  auto request = good_request();
  std::vector<Secret> used;
  const auto evil = [](const Slot&) -> Result<Secret> { return Secret("a\r\nHost: evil"); };
  const auto result = splice(request, good_manifest(), evil, used);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text().find("evil"), std::string::npos);
}

TEST(Slots, QueryIsEncodedByTheHost) {
  EXPECT_EQ(query_text({}), "");
  EXPECT_EQ(query_text({{"a b", "c&d=e"}, {"\xc3\xa9", "~.-_"}}), "?a%20b=c%26d%3De&%C3%A9=~.-_");
}

}  // namespace
}  // namespace tenon
