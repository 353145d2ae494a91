// A request of a connector is hostile until every byte of it is checked.
#include "egress/check.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace tenon {
namespace {

using egress_test::good_manifest;
using egress_test::good_request;

void expect_refused(const ConnectorRequest& request, std::string_view part,
                    const Manifest& manifest = good_manifest()) {
  const auto result = check_request(request, manifest, 1);
  ASSERT_FALSE(result) << "wanted a refusal for " << part;
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  EXPECT_NE(result.error().text().find(part), std::string::npos) << result.error().text();
}

TEST(CheckRequest, AcceptsAGoodOne) {
  const auto result = check_request(good_request(), good_manifest(), 1);
  EXPECT_TRUE(result) << result.error().text();
}

TEST(CheckRequest, RefusesWhatTheManifestDoesNotDeclare) {
  auto request = good_request();
  request.endpoint = "https://evil.test";
  expect_refused(request, "endpoint");
  request = good_request();
  request.method = "PUT";
  expect_refused(request, "GET, POST, DELETE");
  request.method = "POST /x HTTP/1.1\r\nX: ";
  expect_refused(request, "method");
  request = good_request();
  request.bucket = "unknown";
  expect_refused(request, "bucket");
  request = good_request();
  request.endpoint = "other";  // no method list: GET and POST
  request.method = "DELETE";
  expect_refused(request, "GET, POST");
}

TEST(CheckRequest, TakesOnlyPlainOriginFormPaths) {
  for (const char* path :
       {"x",        "//host/x",    "http://host/", "@host",      "/a/../b", "/a/./b",
        "/..",      "/a/%2e%2E/b", "/.%2e",        "/a%2fb",     "/a%5Cb",  "/a%00",
        "/a%0d%0a", "/a\\b",       "/a b",         "/a?b=c",     "/a#b",    "/a%",
        "/a%2",     "/a%zz",       "/\xc3\xa9",    "/a\r\nX: y", "/a%7f"}) {
    EXPECT_FALSE(check_path(path)) << path;
  }
  for (const char* path :
       {"/", "/a/b", "/a/", "/a%20b", "/%C3%A9", "/v1/a:b@c;d=e,f", "/a.b/..c", "/...", "/a//b"}) {
    EXPECT_TRUE(check_path(path)) << path;
  }
  EXPECT_TRUE(check_path("/" + std::string(kMaxRequestPathBytes - 1, 'a')));
  EXPECT_FALSE(check_path("/" + std::string(kMaxRequestPathBytes, 'a')));
}

TEST(CheckRequest, EmptyPathMeansTheBasePath) {
  auto request = good_request();
  request.path.clear();
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
}

TEST(CheckRequest, RefusesHeadersOfTheHost) {
  for (const char* name :
       {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "te", "Trailer", "upgrade",
        "Expect", "proxy-authorization", "Proxy-Anything", "Authorization", "Cookie",
        "Accept-Encoding", "Forwarded", "Forwarded-For", "X-Forwarded-Host", "x-token"}) {
    auto request = good_request();
    request.headers.emplace_back(name, "x");
    expect_refused(request, "headers");
  }
  auto request = good_request();
  request.headers.emplace_back("webhook-id", "x");
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  auto manifest = good_manifest();
  manifest.sign = "standard-webhooks/1";
  expect_refused(request, "webhook-id", manifest);
}

TEST(CheckRequest, RefusesBrokenHeaders) {
  for (const auto& [name, value] : HttpHeaders{{"bad name", "x"},
                                               {"", "x"},
                                               {"a:b", "x"},
                                               {"a", "x\r\nHost: y"},
                                               {"a", "x\n"},
                                               {"a", std::string("x\0y", 3)},
                                               {"a", "\xff"},
                                               {"Content-Type", "twice"}}) {
    auto request = good_request();
    request.headers.emplace_back(name, value);
    expect_refused(request, "headers");
  }
}

TEST(CheckRequest, HoldsItsLimits) {
  auto request = good_request();
  request.headers.clear();
  for (std::size_t i = 0; i < kMaxRequestHeaders; ++i) {
    request.headers.emplace_back("h" + std::to_string(i), "x");
  }
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  request.headers.emplace_back("one-more", "x");
  expect_refused(request, "headers");

  request = good_request();
  request.headers = {{"a", std::string(kMaxRequestHeaderBytes - 1, 'x')}};
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  request.headers[0].second += 'x';
  expect_refused(request, "bytes of headers");

  request = good_request();
  request.query.assign(kMaxRequestQueryPairs, {"a", "b"});
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  request.query.emplace_back("a", "b");
  expect_refused(request, "query");
  request.query = {{"a", std::string(kMaxRequestQueryBytes, 'x')}};
  expect_refused(request, "bytes of query");

  request = good_request();
  request.body.assign(kMaxRequestBodyBytes, 'x');
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  request.body += 'x';
  expect_refused(request, "body");

  request = good_request();
  request.idempotency_key.assign(kMaxIdempotencyKeyBytes, 'k');
  EXPECT_TRUE(check_request(request, good_manifest(), 1));
  request.idempotency_key += 'k';
  expect_refused(request, "idempotency_key");
}

TEST(CheckRequest, RefusesABodyWithGetAndCoversOutside) {
  auto request = good_request();
  request.method = "GET";
  expect_refused(request, "body");
  request = good_request();
  request.covers = {0, 1};
  expect_refused(request, "covers");
}

}  // namespace
}  // namespace tenon
