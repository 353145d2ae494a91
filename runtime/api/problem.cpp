// Writing problems.
#include "api/problem.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tenon {
namespace {

using nlohmann::json;

Problem make(std::uint32_t status, const char* type, const char* title, std::string detail,
             std::string place = {}) {
  Problem problem;
  problem.status = status;
  problem.type = type;
  problem.title = title;
  problem.detail = std::move(detail);
  problem.place = std::move(place);
  return problem;
}

std::string wanted_found(std::string_view wanted, std::string_view found) {
  constexpr std::size_t kMaxEcho = 100;
  std::string text = "wanted ";
  text.append(wanted).append(", found ");
  if (found.empty()) return text + "nothing";
  return text.append("\"").append(found.substr(0, kMaxEcho)).append("\"");
}

Problem of_kind(const Error& error) {
  const auto& text = error.message;
  const auto& place = error.context;
  switch (error.kind) {
    case ErrorKind::invalid: return make(400, "invalid", "The input is wrong", text, place);
    case ErrorKind::not_found: return make(404, "not-found", "No such thing", text, place);
    case ErrorKind::conflict: return make(409, "conflict", "The state forbids it now", text, place);
    case ErrorKind::unauthorized:
      return make(401, "unauthorized", "No or wrong credential", text, place);
    case ErrorKind::limited: return make(429, "limited", "A limit is reached", text, place);
    case ErrorKind::unavailable: return make(503, "unavailable", "Not available now", text, place);
    case ErrorKind::timeout:
      return make(504, "timeout", "The deadline passed; it may have happened", text, place);
    case ErrorKind::corrupt:
      return make(500, "corrupt", "Stored bytes do not check out", text, place);
    case ErrorKind::unsupported:
      return make(501, "unsupported", "Not supported by this host", text, place);
    case ErrorKind::cancelled: return make(503, "stopping", "The host is stopping", text, place);
  }
  return make(500, "corrupt", "Stored bytes do not check out", text, place);
}

}  // namespace

Problem problem_of(const Error& error) {
  Problem problem = of_kind(error);
  if (error.retry_after.count() > 0) {
    problem.retry_after_s = static_cast<std::uint32_t>((error.retry_after.count() + 999) / 1000);
  } else if (problem.status == 429 || problem.status == 503) {
    problem.retry_after_s = 1;
  }
  return problem;
}

Problem unknown_route(std::string_view path) {
  return make(404, "unknown-route", "No such route",
              "wanted a path of the admin API (see runtime/api/README.md), found \"" +
                  std::string(path.substr(0, 200)) + "\"");
}

Problem wrong_method(std::string_view method, std::string_view allowed) {
  Problem problem = make(405, "wrong-method", "Method not allowed", wanted_found(allowed, method));
  problem.place = allowed;
  return problem;
}

Problem unknown_parameter(std::string_view name, std::string_view known) {
  return make(400, "unknown-parameter", "Unknown query parameter",
              wanted_found(known.empty() ? "no query parameters" : known, name),
              std::string(name.substr(0, 100)));
}

Problem bad_parameter(std::string_view name, std::string_view wanted, std::string_view found) {
  return make(400, "bad-parameter", "A parameter has a wrong value", wanted_found(wanted, found),
              std::string(name));
}

Problem bad_body(std::string_view pointer, std::string_view wanted, std::string_view found) {
  return make(400, "bad-body", "The request body is wrong", wanted_found(wanted, found),
              std::string(pointer));
}

Problem body_too_large(std::uint64_t limit) {
  return make(413, "body-too-large", "The request body is too large",
              "wanted at most " + std::to_string(limit) + " bytes");
}

Problem forbidden(std::string_view detail) {
  return make(403, "forbidden", "Not for this user", std::string(detail));
}

Problem no_token(std::string_view detail) {
  return make(401, "unauthorized", "No or wrong credential", std::string(detail));
}

Problem scope_missing(std::string_view scope) {
  return make(403, "scope-missing", "The token may not do this",
              "wanted a token with the scope " + std::string(scope), std::string(scope));
}

Problem too_many_requests(std::uint32_t retry_after_s) {
  Problem problem =
      make(429, "limited", "A limit is reached", "the token has used up its requests a minute");
  problem.retry_after_s = retry_after_s;
  return problem;
}

Problem config_invalid(std::vector<Error> errors) {
  Problem problem = make(422, "config-invalid", "The configuration has errors",
                         std::to_string(errors.size()) + " found; nothing was changed");
  problem.errors = std::move(errors);
  return problem;
}

HttpResponse response_of(const Problem& problem, std::string_view path) {
  json body = {{"type", "urn:tenon:problem:" + problem.type},
               {"title", problem.title},
               {"status", problem.status},
               {"detail", problem.detail},
               {"instance", path}};
  if (!problem.place.empty()) body["place"] = problem.place;
  for (const auto& error : problem.errors) {
    body["errors"].push_back({{"place", error.context}, {"detail", error.message}});
  }
  HttpResponse response;
  response.status = problem.status;
  response.headers.emplace_back("content-type", "application/problem+json");
  if (problem.retry_after_s != 0) {
    response.headers.emplace_back("retry-after", std::to_string(problem.retry_after_s));
  }
  if (problem.status == 401) response.headers.emplace_back("www-authenticate", "Bearer");
  if (problem.type == "wrong-method") response.headers.emplace_back("allow", problem.place);
  // Texts may quote bytes that are not UTF-8; they are replaced rather than refused.
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

}  // namespace tenon
