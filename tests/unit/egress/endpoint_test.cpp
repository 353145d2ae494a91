// Endpoint names become origins, and no setting can lead elsewhere.
#include "egress/endpoint.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tenon {
namespace {

Origin origin_of(const char* url, PeerPolicy peers = PeerPolicy::allow_loopback) {
  auto origin = parse_origin(url, peers);
  EXPECT_TRUE(origin) << url << ": " << (origin ? "" : origin.error().text());
  return origin ? *origin : Origin();
}

TEST(ParseOrigin, ReadsSchemeHostPortAndPath) {
  EXPECT_EQ(origin_of("https://hooks.example.com"), (Origin{true, "hooks.example.com", 443, ""}));
  EXPECT_EQ(origin_of("https://Hooks.Example.com/"), (Origin{true, "hooks.example.com", 443, ""}));
  EXPECT_EQ(origin_of("https://h.example:8443/a/b"), (Origin{true, "h.example", 8443, "/a/b"}));
  EXPECT_EQ(origin_of("http://127.0.0.1:9/x/"), (Origin{false, "127.0.0.1", 9, "/x/"}));
  EXPECT_EQ(origin_of("http://[::1]:80/"), (Origin{false, "::1", 80, ""}));
}

TEST(ParseOrigin, RefusesWhatTwoParsersCouldReadDifferently) {
  for (const char* url : {"",
                          "x",
                          "hooks.example.com",
                          "//host/x",
                          "https:///x",
                          "https://",
                          "ftp://h.example/",
                          "file:///etc/passwd",
                          "https://u@h.example/",
                          "https://u:p@h.example/",
                          "https://h.example/?a=b",
                          "https://h.example/#f",
                          "https://h.example?",
                          "https://h.example#",
                          "https://h.example:0/",
                          "https://h.example:65536/",
                          "https://h.example:/",
                          "https://h.example:080/",
                          "https://127.0.0.1.x.test/",
                          "https://2130706433/",
                          "https://0x7f.1/",
                          "https://0177.0.0.1/",
                          "https://127.1/",
                          "https://h.example./",
                          "https://h%2eexample/",
                          "https://-h.example/",
                          "https://h_x.example/",
                          "https://h..example/",
                          "https://h.example/a/../b",
                          "https://h.example/a%2fb",
                          "https://h.example//a",
                          "https://h.example\\@evil/",
                          "https://h.example /",
                          "https://b\xc3\xbc"
                          "cher.example/",
                          "https://[fe80::1%25eth0]/",
                          "HTTPS ://h.example/",
                          " https://h.example/"}) {
    EXPECT_FALSE(parse_origin(url, PeerPolicy::allow_private)) << url;
  }
  EXPECT_FALSE(
      parse_origin("https://h.example/" + std::string(2'048, 'a'), PeerPolicy::public_only));
}

TEST(ParseOrigin, PlainHttpOnlyWherePeersAreOpened) {
  EXPECT_FALSE(parse_origin("http://h.example/", PeerPolicy::public_only));
  EXPECT_TRUE(parse_origin("http://h.example/", PeerPolicy::allow_loopback));
  EXPECT_TRUE(parse_origin("https://h.example/", PeerPolicy::public_only));
}

TEST(ResolveEndpoint, FixedTemplatedAndOperator) {
  Endpoint endpoint;
  endpoint.name = "api";
  endpoint.host = "api.vendor.com";
  endpoint.base_path = "/3.0";
  const auto fixed = resolve_endpoint(endpoint, {}, PeerPolicy::public_only);
  ASSERT_TRUE(fixed);
  EXPECT_EQ(*fixed, (Origin{true, "api.vendor.com", 443, "/3.0"}));

  endpoint.kind = EndpointKind::templated;
  endpoint.host = "{shop}.vendor.com";
  endpoint.setting = "shop";
  nlohmann::json settings{{"shop", "my-shop1"}};
  const auto shop = resolve_endpoint(endpoint, settings, PeerPolicy::public_only);
  ASSERT_TRUE(shop);
  EXPECT_EQ(shop->host, "my-shop1.vendor.com");
  for (const char* bad : {"", "a.b", "A", "evil.com/", "-a", "a-", "a@b", "a b", "\xc3\xa9"}) {
    settings["shop"] = bad;
    EXPECT_FALSE(resolve_endpoint(endpoint, settings, PeerPolicy::public_only)) << bad;
  }
  settings["shop"] = std::string(63, 'a');
  EXPECT_TRUE(resolve_endpoint(endpoint, settings, PeerPolicy::public_only));
  settings["shop"] = std::string(64, 'a');
  EXPECT_FALSE(resolve_endpoint(endpoint, settings, PeerPolicy::public_only));
  settings["shop"] = 7;
  EXPECT_FALSE(resolve_endpoint(endpoint, settings, PeerPolicy::public_only));

  endpoint.kind = EndpointKind::operator_set;
  endpoint.setting = "url";
  const auto none = resolve_endpoint(endpoint, settings, PeerPolicy::public_only);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text().find("settings.url"), std::string::npos);
  settings["url"] = "https://h.example/in/";
  const auto set = resolve_endpoint(endpoint, settings, PeerPolicy::public_only);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->base_path, "/in/3.0");
}

// Whatever kind of endpoint it is, and whatever its settings say, only the path stays.
TEST(OriginFor, AModelTakesThePlaceOfEachVendor) {
  Destination destination;
  Endpoint endpoint;
  endpoint.name = "api";
  endpoint.host = "api.vendor.com";
  endpoint.base_path = "/v2";
  const nlohmann::json settings = {{"url", "https://hooks.example.com/in"}, {"region", "eu"}};
  const auto at = [&] {
    const auto origin = origin_for(destination, endpoint, settings);
    return origin ? text_of(*origin) + origin->base_path : origin.error().text();
  };
  EXPECT_EQ(at(), "https://api.vendor.com/v2");
  destination.model = "http://127.0.0.1:8099";
  EXPECT_EQ(at(), "http://127.0.0.1:8099/v2");
  endpoint.kind = EndpointKind::templated;
  endpoint.host = "{region}.vendor.com";
  endpoint.setting = "region";
  EXPECT_EQ(at(), "http://127.0.0.1:8099/v2");
  endpoint.kind = EndpointKind::operator_set;
  endpoint.setting = "url";
  endpoint.base_path = "";
  EXPECT_EQ(at(), "http://127.0.0.1:8099/in");
  destination.model = "http://127.0.0.2:8099";
  EXPECT_NE(at().find("wanted an address of this machine"), std::string::npos);
}

TEST(TargetOf, JoinsBasePathPathAndQuery) {
  Origin origin;
  EXPECT_EQ(target_of(origin, "", ""), "/");
  EXPECT_EQ(target_of(origin, "/a", "?b=c"), "/a?b=c");
  origin.base_path = "/hook";
  EXPECT_EQ(target_of(origin, "", ""), "/hook");
  EXPECT_EQ(target_of(origin, "/", ""), "/hook/");
  origin.base_path = "/hook/";
  EXPECT_EQ(target_of(origin, "", ""), "/hook/");
  EXPECT_EQ(target_of(origin, "/a", ""), "/hook/a");
}

}  // namespace
}  // namespace tenon
