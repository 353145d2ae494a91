// Bodies and headers of ingest's answers.
#include "ingest/answers.hpp"

#include <algorithm>

#include "event/json.hpp"

namespace tenon {
namespace {

std::string_view title_of(std::uint32_t status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

}  // namespace

HttpResponse problem(std::uint32_t status, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/problem+json");
  JsonWriter out;
  out.begin_object().key("type").string("about:blank").key("title").string(title_of(status));
  out.key("status").number(status).key("detail").string(detail).end_object();
  response.body = std::move(out).take();
  if (status == 401) response.headers.emplace_back("www-authenticate", "Basic realm=\"tenon\"");
  return response;
}

HttpResponse try_later(std::string_view detail, std::chrono::milliseconds retry_after) {
  HttpResponse response = problem(429, detail);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.emplace_back("retry-after",
                                std::to_string(std::max<decltype(seconds)>(1, seconds)));
  return response;
}

HttpResponse success() {
  HttpResponse response;
  response.headers.emplace_back("content-type", "application/json");
  response.body = R"({"success":true})";
  return response;
}

HttpResponse method_not_allowed(std::string_view allow) {
  HttpResponse response = problem(405, "wanted one of the methods " + std::string(allow));
  response.headers.emplace_back("allow", allow);
  return response;
}

HttpResponse preflight() {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("access-control-allow-methods", "POST, OPTIONS");
  response.headers.emplace_back("access-control-allow-headers",
                                "Authorization, Content-Type, Content-Encoding, Prefer, "
                                "X-Retry-Count, Retry-Attempt, Retried-After");
  response.headers.emplace_back("access-control-max-age", "86400");
  allow_any_origin(response);
  return response;
}

HttpResponse health(std::string_view status) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "application/json");
  JsonWriter out;
  out.begin_object().key("status").string(status).end_object();
  response.body = std::move(out).take();
  return response;
}

HttpResponse readiness(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return health("ready");
  HttpResponse response;
  response.status = 503;
  response.headers.emplace_back("content-type", "application/json");
  JsonWriter out;
  out.begin_object().key("status").string("not ready").key("reasons").begin_array();
  for (const std::string& reason : reasons) out.string(reason);
  out.end_array().end_object();
  response.body = std::move(out).take();
  return response;
}

void allow_any_origin(HttpResponse& response) {
  response.headers.emplace_back("access-control-allow-origin", "*");
  response.headers.emplace_back("access-control-expose-headers", "Retry-After");
}

}  // namespace tenon
