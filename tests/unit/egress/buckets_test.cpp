// Whose limits a request uses.
#include "egress/buckets.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/egress/fixtures.hpp"

namespace tenon {
namespace {

using egress_test::good_destination;
using egress_test::good_manifest;
using nlohmann::json;

RateLimit bucket_row(const char* bucket, RateScope scope, std::uint32_t limit,
                     std::uint32_t at_once = 0) {
  RateLimit out;
  out.bucket = bucket;
  out.scope = scope;
  out.limit = limit;
  out.window = milliseconds(limit > 0 ? 1'000 : 0);
  out.at_once = at_once;
  return out;
}

Destination named(const char* name) {
  Destination out = good_destination();
  out.name.value = name;
  out.account = "";
  return out;
}

TEST(Buckets, TheSameCredentialIsTheSameAccount) {
  const Manifest manifest = good_manifest();
  const auto account = [&](const Destination& destination) {
    return account_of(manifest, destination, json::object());
  };
  Destination a = named("a"), b = named("b");
  EXPECT_EQ(account(a), account(b));
  b.credentials["token"] = "env:OTHER";
  EXPECT_NE(account(a), account(b));
  EXPECT_EQ(account(a).find("TOKEN"), std::string::npos);
  b.account = "emea";
  EXPECT_EQ(account(b), "emea") << "the workspace knows best";
  a.credentials.clear();
  EXPECT_EQ(account(a), "a") << "nothing to tell accounts apart by";
}

TEST(Buckets, TheSettingThatFillsAnAddressTellsAccountsApart) {
  Manifest manifest = good_manifest();
  manifest.endpoints[0].kind = EndpointKind::templated;
  manifest.endpoints[0].setting = "shop";
  Destination a = named("a");
  const auto account = [&](const char* settings) {
    return account_of(manifest, a, json::parse(settings));
  };
  EXPECT_EQ(account(R"({"shop":"one","note":"x"})"), account(R"({"shop":"one","note":"y"})"));
  EXPECT_NE(account(R"({"shop":"one"})"), account(R"({"shop":"two"})"));
  a.credentials.clear();
  EXPECT_NE(account(R"({"shop":"one"})"), account(R"({"shop":"two"})"));
}

TEST(Buckets, AKeyThatSignsIsNoAccount) {
  Manifest manifest = good_manifest();
  manifest.slots[0].kind = SlotKind::signing;
  EXPECT_EQ(account_of(manifest, named("a"), json::object()), "a");
}

TEST(Buckets, EachScopeCountsByItself) {
  Manifest manifest = good_manifest();
  manifest.rate_limits = {
      bucket_row("default", RateScope::account, 10),
      bucket_row("default", RateScope::account, 0, 4), bucket_row("default", RateScope::app, 100),
      bucket_row("default", RateScope::endpoint, 5), bucket_row("search", RateScope::account, 3)};
  const auto all = buckets_of(manifest, "acme", "", "api");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].key, "crm/acme/default");
  EXPECT_EQ(all[0].at_once, 4u);
  ASSERT_EQ(all[0].rows.size(), 1u);
  EXPECT_EQ(all[0].rows[0].limit, 10u);
  EXPECT_EQ(all[1].key, "crm/*/default");
  EXPECT_EQ(all[1].rows[0].limit, 100u);
  EXPECT_EQ(all[2].key, "crm/acme/default@api");
  EXPECT_NE(buckets_of(manifest, "acme", "", "other")[2].key, all[2].key);
  EXPECT_EQ(buckets_of(manifest, "zeta", "", "api")[1].key, all[1].key);
  EXPECT_EQ(blamed(all), all[0].key);
  EXPECT_EQ(queue_of(manifest, ""), queue_of(manifest, "default"));
  EXPECT_EQ(buckets_of(manifest, "acme", "search", "api").size(), 1u);
}

TEST(Buckets, ARefusalIsAboutTheOnlyScopeThatHasALimit) {
  Manifest manifest = good_manifest();
  manifest.rate_limits = {bucket_row("default", RateScope::app, 100)};
  const auto all = buckets_of(manifest, "acme", "default", "api");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].rows.empty());
  EXPECT_EQ(blamed(all), "crm/*/default");
  RateHeader told;
  told.bucket = "default";
  told.scope = RateScope::endpoint;
  manifest.rate_headers = {told};
  EXPECT_EQ(buckets_of(manifest, "acme", "", "api").back().key, "crm/acme/default@api")
      << "the vendor may tell of a scope without a bucket_row";
  manifest.rate_limits.clear();
  manifest.rate_headers.clear();
  EXPECT_EQ(blamed(buckets_of(manifest, "acme", "", "api")), "crm/acme/default");
}

}  // namespace
}  // namespace tenon
