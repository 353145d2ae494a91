// Checks of a request: names against the manifest, then each byte of path, headers and query.
#include "egress/check.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "egress/slots.hpp"

namespace tenon {
namespace {

constexpr std::array kReserved{
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "authorization",
    "cookie",
    "accept-encoding",
    "keep-alive",
    "http2-settings",
};
constexpr std::array kReservedPrefixes{"proxy-", "forwarded", "x-forwarded-"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

bool is_pchar(char c) {
  return is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 80)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out + (text.size() > 80 ? "...\"" : "\"");
}

Error over(std::string_view what, std::size_t limit, std::size_t found) {
  return invalid("wanted at most " + std::to_string(limit) + " " + std::string(what) + ", found " +
                 std::to_string(found));
}

// One segment with its %XX undone; dots may be hidden in them.
bool is_dot_segment(std::string_view segment) {
  std::string plain;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '%' && i + 2 < segment.size() && hex_digit(segment[i + 1]) >= 0 &&
        hex_digit(segment[i + 2]) >= 0) {
      plain += static_cast<char>(hex_digit(segment[i + 1]) * 16 + hex_digit(segment[i + 2]));
      i += 2;
    } else {
      plain += segment[i];
    }
  }
  return plain == "." || plain == "..";
}

Result<void> check_headers(const ConnectorRequest& request, const Manifest& manifest) {
  if (request.headers.size() > kMaxRequestHeaders) {
    return over("headers", kMaxRequestHeaders, request.headers.size()).in("headers");
  }
  std::size_t bytes = 0;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto& [name, value] = request.headers[i];
    bytes += name.size() + value.size();
    if (!is_token(name)) {
      return invalid("wanted a header name of token characters, found " + shown(name), "headers");
    }
    std::string low = lower(name);
    if (!is_field_value(value)) {
      return invalid("wanted visible ASCII, spaces and tabs as value of " + shown(name) +
                         ", found another byte",
                     "headers");
    }
    if (is_host_header(manifest, low) && !is_slot_place(request, manifest, i)) {
      return invalid("wanted a header that is the connector's to set, found " + shown(name) +
                         ", which the host sets itself",
                     "headers");
    }
    if (std::find(seen.begin(), seen.end(), low) != seen.end()) {
      return invalid("wanted each header once, found " + shown(name) + " twice", "headers");
    }
    seen.push_back(std::move(low));
  }
  if (bytes > kMaxRequestHeaderBytes) {
    return over("bytes of headers", kMaxRequestHeaderBytes, bytes).in("headers");
  }
  return {};
}

Result<void> check_query(const ConnectorRequest& request) {
  if (request.query.size() > kMaxRequestQueryPairs) {
    return over("query pairs", kMaxRequestQueryPairs, request.query.size()).in("query");
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.query) {
    bytes += name.size() + value.size();
    if (name.empty()) return invalid("wanted a name for each query pair, found none", "query");
  }
  if (bytes > kMaxRequestQueryBytes) {
    return over("bytes of query", kMaxRequestQueryBytes, bytes).in("query");
  }
  return {};
}

Result<void> check_endpoint(const ConnectorRequest& request, const Manifest& manifest) {
  const Endpoint* endpoint = manifest.endpoint(request.endpoint);
  if (endpoint == nullptr) {
    return invalid("wanted an endpoint that the manifest of " + manifest.id + " declares, found " +
                       shown(request.endpoint),
                   "endpoint");
  }
  static const std::vector<std::string> kDefaultMethods{"GET", "POST"};
  const auto& methods = endpoint->methods.empty() ? kDefaultMethods : endpoint->methods;
  if (!is_token(request.method) ||
      std::find(methods.begin(), methods.end(), request.method) == methods.end()) {
    std::string allowed;
    for (const auto& method : methods) allowed += (allowed.empty() ? "" : ", ") + method;
    return invalid("wanted one of " + allowed + " for endpoint " + shown(request.endpoint) +
                       ", found " + shown(request.method),
                   "method");
  }
  return {};
}

Result<void> check_bucket(const ConnectorRequest& request, const Manifest& manifest) {
  if (request.bucket.empty()) return {};
  for (const auto& row : manifest.rate_limits) {
    if (row.bucket == request.bucket) return {};
  }
  return invalid("wanted a rate bucket that the manifest declares, found " + shown(request.bucket),
                 "bucket");
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

bool is_reserved_header(std::string_view name) {
  const std::string low = lower(name);
  return std::any_of(kReserved.begin(), kReserved.end(), [&](const char* r) { return low == r; }) ||
         std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(),
                     [&](const char* p) { return low.starts_with(p); });
}

Result<void> check_path(std::string_view path) {
  if (path.size() > kMaxRequestPathBytes) {
    return over("bytes of path", kMaxRequestPathBytes, path.size()).in("path");
  }
  if (path.empty() || path[0] != '/' || path.starts_with("//")) {
    return invalid("wanted a path that begins with one \"/\", found " + shown(path), "path");
  }
  std::size_t segment = 1;
  for (std::size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      if (is_dot_segment(path.substr(segment, i - segment))) {
        return invalid("wanted no \".\" or \"..\" segment, found " + shown(path), "path");
      }
      segment = i + 1;
      continue;
    }
    if (is_pchar(path[i])) continue;
    if (path[i] != '%' || i + 2 >= path.size() || hex_digit(path[i + 1]) < 0 ||
        hex_digit(path[i + 2]) < 0) {
      return invalid("wanted only URL path characters and whole %XX escapes, found " + shown(path) +
                         "; query pairs have their own place",
                     "path");
    }
    const int byte = hex_digit(path[i + 1]) * 16 + hex_digit(path[i + 2]);
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\') {
      return invalid("wanted no encoded slash, backslash or control byte, found " + shown(path),
                     "path");
    }
    i += 2;
  }
  return {};
}

Result<void> check_request(const ConnectorRequest& request, const Manifest& manifest,
                           std::size_t call_records) {
  TENON_TRY(check_endpoint(request, manifest));
  if (!request.path.empty()) TENON_TRY(check_path(request.path));
  TENON_TRY(check_headers(request, manifest));
  TENON_TRY(check_query(request));
  TENON_TRY(check_slots(request, manifest));
  TENON_TRY(check_bucket(request, manifest));
  if (request.body.size() > kMaxRequestBodyBytes) {
    return over("bytes of body", kMaxRequestBodyBytes, request.body.size()).in("body");
  }
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD")) {
    return invalid("wanted no body with " + request.method + ", found " +
                       std::to_string(request.body.size()) + " bytes",
                   "body");
  }
  if (request.idempotency_key.size() > kMaxIdempotencyKeyBytes ||
      !is_field_value(request.idempotency_key)) {
    return invalid("wanted at most 256 visible ASCII characters, found other bytes or more",
                   "idempotency_key");
  }
  for (const std::uint32_t index : request.covers) {
    if (index >= call_records) {
      return invalid("wanted indexes below " + std::to_string(call_records) +
                         " (the records of the call), found " + std::to_string(index),
                     "covers");
    }
  }
  return {};
}

}  // namespace tenon
