// Endpoint, path, headers, query, body, secrets: byte by byte.
#include "testkit/request_rules.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace tenon::testkit {
namespace {

// The host sets these itself; a secret may be put into one.
constexpr auto kOfTheHost = std::to_array<std::string_view>(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade",
     "expect", "authorization", "cookie", "accept-encoding", "keep-alive", "http2-settings"});
constexpr auto kBeginsOfTheHost =
    std::to_array<std::string_view>({"proxy-", "forwarded", "x-forwarded-"});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
  });
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

// The byte that %XX at `at` stands for; -1: there is no such escape.
int escaped(std::string_view path, std::size_t at) {
  int byte = 0;
  for (std::size_t i = at + 1; i <= at + 2; ++i) {
    if (i >= path.size()) return -1;
    const char c = lower(path[i]);
    if (!is_digit(c) && !(c >= 'a' && c <= 'f')) return -1;
    byte = byte * 16 + (is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return byte;
}

std::string wrong_in_path(std::string_view path) {
  if (path.empty()) return {};
  if (path[0] != '/') return "request: path does not begin with /";
  if (path.substr(0, 2) == "//") return "request: path begins with //";
  std::string segment;
  for (std::size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      if (segment == "." || segment == "..") return "request: path holds a . or .. segment";
      segment.clear();
      continue;
    }
    const char c = path[i];
    if (is_one_of(c, "?# \r\n")) return "request: path holds a query, a fragment or a space";
    if (c != '%') {
      if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=:@")) {
        return "request: path holds a byte that wants a %XX";
      }
      segment += c;
      continue;
    }
    const int byte = escaped(path, i);
    if (byte < 0) return "request: path holds half a %XX";
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\') {
      return "request: path hides a slash, a backslash or a control byte";
    }
    segment += static_cast<char>(byte);
    i += 2;
  }
  return {};
}

bool has_secret(const RequestOut& request, std::uint32_t place, std::size_t index) {
  return std::any_of(request.secrets.begin(), request.secrets.end(), [&](const SecretOut& secret) {
    return secret.place == place && secret.index == index;
  });
}

std::string wrong_in_headers(const RequestOut& request) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto& [name, value] = request.headers[i];
    if (!is_token(name) || !is_visible(value)) {
      return "request: a header without name or with a line break or another such byte";
    }
    std::string low = name;
    std::transform(low.begin(), low.end(), low.begin(), lower);
    const bool reserved =
        std::find(kOfTheHost.begin(), kOfTheHost.end(), low) != kOfTheHost.end() ||
        std::any_of(kBeginsOfTheHost.begin(), kBeginsOfTheHost.end(), [&](std::string_view begin) {
          return low.compare(0, begin.size(), begin) == 0;
        });
    if (reserved && !has_secret(request, TENON_PLACE_HEADER, i)) {
      return "request: header " + low + " is the host's to set";
    }
    if (!seen.insert(low).second) return "request: header " + low + " stands twice";
  }
  return {};
}

bool fits(const SecretOut& secret, const RequestOut& request) {
  const auto inside = [&](const Pairs& pairs) {
    return secret.index < pairs.size() && secret.offset <= pairs[secret.index].second.size();
  };
  return (secret.place == TENON_PLACE_HEADER && inside(request.headers)) ||
         (secret.place == TENON_PLACE_QUERY && inside(request.query)) ||
         (secret.place == TENON_PLACE_PATH && secret.offset <= request.path.size()) ||
         (secret.place == TENON_PLACE_BODY && secret.offset <= request.body.size());
}

}  // namespace

std::string wrong_in(const RequestOut& request, std::uint32_t records) {
  if (request.endpoint.empty()) return "request: no endpoint";
  if (!is_token(request.method)) return "request: no method";
  if (std::string wrong = wrong_in_path(request.path); !wrong.empty()) return wrong;
  if (std::string wrong = wrong_in_headers(request); !wrong.empty()) return wrong;
  for (const auto& pair : request.query) {
    if (pair.first.empty()) return "request: a query pair without name";
  }
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD")) {
    return "request: a body with " + request.method;
  }
  if (!is_visible(request.idempotency_key)) return "request: an idempotency key of strange bytes";
  for (const std::uint32_t index : request.covers) {
    if (index >= records) return "request: covers a record that is not there";
  }
  for (const SecretOut& secret : request.secrets) {
    if (secret.slot.empty()) return "request: a secret without slot";
    if (!fits(secret, request)) return "request: a secret for a place that is not there";
  }
  return {};
}

}  // namespace tenon::testkit
