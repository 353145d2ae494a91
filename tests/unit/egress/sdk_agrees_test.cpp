// The SDK says of a request and of a step what the host says: an author's check must not pass what
// the host refuses.
#include <gtest/gtest.h>

#include "calls/call_run.hpp"
#include "egress/check.hpp"
#include "sync/page.hpp"
#include "tenon/limits.h"
#include "testkit/request_rules.hpp"
#include "unit/egress/fixtures.hpp"
#include "wire/limits.hpp"

namespace tenon {
namespace {

static_assert(TENON_MAX_CALL_RECORDS == kMaxCallRecords);
static_assert(TENON_MAX_CALL_BYTES == kMaxCallBytes);
static_assert(TENON_MAX_CALL_STEPS == kMaxCallSteps);
static_assert(TENON_MAX_STEP_BYTES == kMaxStepOutBytes);
static_assert(TENON_MAX_STATE_BYTES == wire::kMaxStateBytes);
static_assert(TENON_MAX_REQUESTS_PER_RECORD * 7 + TENON_MAX_REQUESTS_BESIDES ==
              wire::max_requests(7));
static_assert(TENON_MAX_REQUESTS_BESIDES == wire::max_requests(0));
static_assert(TENON_MAX_REQUEST_PATH_BYTES == kMaxRequestPathBytes);
static_assert(TENON_MAX_REQUEST_QUERY == kMaxRequestQueryPairs);
static_assert(TENON_MAX_REQUEST_QUERY == wire::kMaxRequestQuery);
static_assert(TENON_MAX_REQUEST_QUERY_BYTES == kMaxRequestQueryBytes);
static_assert(TENON_MAX_REQUEST_HEADERS == kMaxRequestHeaders);
static_assert(TENON_MAX_REQUEST_HEADERS == wire::kMaxRequestHeaders);
static_assert(TENON_MAX_REQUEST_HEADER_BYTES == kMaxRequestHeaderBytes);
static_assert(TENON_MAX_REQUEST_SECRETS == kMaxRequestSecrets);
static_assert(TENON_MAX_REQUEST_SECRETS == wire::kMaxRequestSecrets);
static_assert(TENON_MAX_IDEMPOTENCY_KEY_BYTES == kMaxIdempotencyKeyBytes);
static_assert(TENON_MAX_HINTS == wire::kMaxHints);
static_assert(TENON_MAX_EMITS == wire::kMaxEmits);
static_assert(TENON_MAX_PAGE_RECORDS == sync::kMaxPageRecords);
static_assert(TENON_MAX_PAGE_BYTES == sync::kMaxPageBytes);
static_assert(TENON_MAX_CURSOR_BYTES == sync::kMaxCursorBytes);
static_assert(TENON_LEAST_REPLY_STATUS == wire::kLeastReplyStatus);
static_assert(TENON_MOST_REPLY_STATUS == wire::kMostReplyStatus);
static_assert(TENON_MAX_REPLY_BYTES == wire::kMaxReplyBodyBytes);
static_assert(TENON_MAX_NOTE_BYTES == wire::kMaxNoteBytes);

testkit::RequestOut as_pushed(const ConnectorRequest& from) {
  testkit::RequestOut to;
  to.endpoint = from.endpoint;
  to.method = from.method;
  to.path = from.path;
  to.query = from.query;
  to.headers = from.headers;
  to.body = from.body;
  to.covers = from.covers;
  to.idempotency_key = from.idempotency_key;
  return to;
}

void expect_both(bool sent, const ConnectorRequest& request, const std::string& about) {
  const auto host = check_request(request, egress_test::good_manifest(), 2);
  EXPECT_EQ(bool(host), sent) << about << (host ? "" : ": " + host.error().message);
  const std::string sdk = testkit::wrong_in(as_pushed(request), 2);
  EXPECT_EQ(sdk.empty(), sent) << about << ": " << sdk;
}

TEST(SdkAgrees, OnPaths) {
  for (const char* path : {"", "/v1/contacts", "/v1/a%20b/", "/v1/a:b@c;d=e,f", "/v1//x", "/v1/.x",
                           "/v1/...", "/v1/%7Ejoe"}) {
    auto request = egress_test::good_request();
    request.path = path;
    expect_both(true, request, path);
  }
  for (const char* path :
       {"v1",      "//v1",     "/v1/a b", "/v1?a=b",      "/v1#a",   "/v1/..",  "/v1/%2e%2E/x",
        "/v1/./x", "/v1/.%2e", "/v1/%",   "/v1/%2",       "/v1/%zz", "/v1/%2f", "/v1/%5C",
        "/v1/%00", "/v1/%7f",  "/v1/\\x", "/v1/\xc3\xa9", "/v1/[1]", "/v1/\r\n"}) {
    auto request = egress_test::good_request();
    request.path = path;
    expect_both(false, request, path);
  }
}

TEST(SdkAgrees, OnHeaders) {
  for (const auto& [name, value] :
       HttpHeaders{{"accept", "application/json"}, {"X-Version", "a\tb"}, {"x-empty", ""}}) {
    auto request = egress_test::good_request();
    request.headers.emplace_back(name, value);
    expect_both(true, request, name);
  }
  for (const auto& [name, value] : HttpHeaders{{"", "x"},
                                               {"bad name", "x"},
                                               {"a:b", "x"},
                                               {"a", "x\r\nhost: y"},
                                               {"a", std::string("x\0y", 3)},
                                               {"a", "\xff"},
                                               {std::string(129, 'n'), "x"},
                                               {"Content-Type", "twice"},
                                               {"Host", "x"},
                                               {"content-length", "1"},
                                               {"Transfer-Encoding", "x"},
                                               {"connection", "x"},
                                               {"te", "x"},
                                               {"trailer", "x"},
                                               {"upgrade", "x"},
                                               {"expect", "x"},
                                               {"Authorization", "x"},
                                               {"cookie", "x"},
                                               {"accept-encoding", "x"},
                                               {"keep-alive", "x"},
                                               {"http2-settings", "x"},
                                               {"proxy-anything", "x"},
                                               {"Forwarded-For", "x"},
                                               {"x-forwarded-host", "x"}}) {
    auto request = egress_test::good_request();
    request.headers.emplace_back(name, value);
    expect_both(false, request, name);
  }
}

TEST(SdkAgrees, OnTheRest) {
  const auto bent = [](const auto& bend) {
    auto request = egress_test::good_request();
    bend(request);
    return request;
  };
  expect_both(true, bent([](auto& r) { r.query = {{"a", ""}, {"a", "b\n"}}; }), "query");
  expect_both(false, bent([](auto& r) { r.query = {{"", "b"}}; }), "query without name");
  expect_both(false, bent([](auto& r) { r.method = "GET"; }), "GET with a body");
  expect_both(false, bent([](auto& r) { r.method = ""; }), "no method");
  expect_both(false, bent([](auto& r) { r.method = "PO ST"; }), "a strange method");
  expect_both(false, bent([](auto& r) { r.endpoint = ""; }), "no endpoint");
  expect_both(false, bent([](auto& r) { r.covers = {2}; }), "covers");
  expect_both(false, bent([](auto& r) { r.idempotency_key = "\x01"; }), "idempotency key");
}

}  // namespace
}  // namespace tenon
