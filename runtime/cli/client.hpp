// ApiClient: asks the host's admin API over its Unix socket, and the ingest endpoint over TCP.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon::cli {

struct HttpCall {
  std::string method = "GET";
  std::string url;          // whole; for the socket its host part is not looked at
  std::string unix_socket;  // "" = TCP
  std::string body, content_type = "application/json";
  std::vector<std::string> headers;  // "name: value"
  std::string user;                  // Basic auth: its user name, with an empty password; "" = none
  std::chrono::milliseconds timeout{60'000};
};
struct HttpAnswer {
  long status = 0;
  std::string body;
  long retry_after_s = -1;  // -1 = not said
};
constexpr std::size_t kMaxAnswerBytes = 256u << 20;

// unavailable: nobody answers there. timeout: no full answer in time.
Result<HttpAnswer> http_call(const HttpCall& call);

// A name or id as one segment of a path, or as the value of a parameter.
std::string escaped(const std::string& text);

// "/api/v1/x" and its parameters without the empty ones: "/api/v1/x?a=1&b=2".
std::string with_parameters(const std::string& path,
                            const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace tenon::cli
