// Replies of token endpoints: RFC 6749, section 5, and what vendors send instead.
#include "oauth/token_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "egress/retry_after.hpp"
#include "egress/scrub.hpp"

namespace tenon::oauth {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxQuoted = 160;
constexpr milliseconds kSlowDown{5'000};

constexpr std::array kFinal{"invalid_client",         "unauthorized_client", "invalid_scope",
                            "unsupported_grant_type", "invalid_request",     "access_denied",
                            "invalid_target"};
constexpr std::array kPassing{"temporarily_unavailable", "server_error", "slow_down",
                              "authorization_pending"};

template <typename List>
bool has(const List& list, const std::string& word) {
  return std::any_of(list.begin(), list.end(), [&](const char* one) { return word == one; });
}

TokenReply later(std::string why) {
  TokenReply out;
  out.why = std::move(why);
  return out;
}

std::string text_of(const json& body, const char* key) {
  const auto at = body.find(key);
  return at != body.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// A token goes into a header or a form: visible ASCII without spaces.
bool is_token_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// A number, or a number in quotes. False: there is something, but no life.
bool read_life(const json& body, std::optional<seconds>& life) {
  const auto at = body.find("expires_in");
  if (at == body.end() || at->is_null()) return true;
  double value = 0;
  if (at->is_number()) {
    value = at->get<double>();
  } else if (at->is_string()) {
    const auto& text = at->get_ref<const std::string&>();
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
  } else {
    return false;
  }
  if (!std::isfinite(value) || value < 1) return false;
  const auto most = static_cast<double>(kLongestLife.count());
  life = seconds{static_cast<std::int64_t>(std::min(value, most))};
  return true;
}

bool is_bearer(const json& body) {
  auto type = text_of(body, "token_type");
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return type.empty() ? body.find("token_type") == body.end() : type == "bearer";
}

TokenReply read_error(const std::string& code, const json& body, std::uint32_t status,
                      std::optional<milliseconds> asked) {
  TokenReply out;
  const auto said = text_of(body, "error_description");
  out.why = "the vendor answered " + std::to_string(status) + ", " + excerpt(code, 64) +
            (said.empty() ? "" : ": " + excerpt(said, kMaxQuoted));
  out.retry_after = asked.value_or(milliseconds{0});
  if (code == "slow_down") out.retry_after = std::max(out.retry_after, kSlowDown);
  if (has(kPassing, code) || status >= 500 || status == 429) return out;
  // An unknown code is a verdict where the status says so; with 200 it is nothing to rely on.
  const bool verdict = has(kFinal, code) || (status >= 400 && status < 500);
  if (code == "invalid_grant") {
    out.granted = Granted::revoked;
  } else if (verdict) {
    out.granted = Granted::no;
  }
  return out;
}

TokenReply read_tokens(const json& body) {
  TokenReply out;
  const auto access = text_of(body, "access_token");
  if (!is_token_text(access)) {
    return later("wanted an access_token of visible ASCII, of at most 16 KiB, found " +
                 std::string(body.contains("access_token") ? "another value" : "none"));
  }
  if (!is_bearer(body)) {
    return later("wanted token_type \"Bearer\", found " + excerpt(text_of(body, "token_type"), 40));
  }
  if (!read_life(body, out.life)) {
    return later("wanted expires_in as a number of seconds of at least 1, found another value");
  }
  const auto at = body.find("refresh_token");
  if (at != body.end() && !at->is_null()) {
    const auto refresh = text_of(body, "refresh_token");
    if (!is_token_text(refresh)) {
      return later(
          "wanted a refresh_token of visible ASCII, of at most 16 KiB, found another "
          "value");
    }
    out.refresh_token = Secret(refresh);
  }
  out.access_token = Secret(access);
  out.scope = excerpt(text_of(body, "scope"), kMaxQuoted);
  out.granted = Granted::yes;
  return out;
}

}  // namespace

TokenReply read_token_reply(const HttpReply& reply, Time now) {
  if (reply.got != Got::http) {
    TokenReply out = later(reply.error.empty() ? std::string(name_of(reply.got))
                                               : excerpt(reply.error, kMaxQuoted));
    out.maybe_taken = reply.got == Got::timeout || reply.got == Got::lost;
    return out;
  }
  const auto status = reply.status;
  const std::string answered = "the vendor answered " + std::to_string(status);
  const auto asked = retry_after_of(reply.headers, now);
  const auto unclear = [&](std::string why) {
    TokenReply out = later(std::move(why));
    out.retry_after = asked.value_or(milliseconds{0});
    // A body that we cannot read may have held tokens.
    out.maybe_taken = status >= 200 && status < 300;
    return out;
  };
  if (std::max<std::uint64_t>(reply.body_total, reply.body.size()) > kMaxTokenReplyBytes) {
    return unclear(answered + " with more than 64 KiB, which no reply with tokens has");
  }
  const auto body = json::parse(reply.body, nullptr, false);
  if (!body.is_object()) {
    return unclear(answered + ", wanted a JSON object, found " +
                   (reply.body.empty() ? "an empty body" : excerpt(reply.body, 60)));
  }
  const auto error = text_of(body, "error");
  if (!error.empty()) return read_error(error, body, status, asked);
  if (status < 200 || status >= 300) {
    return unclear(answered + ", without an error code of OAuth");
  }
  TokenReply out = read_tokens(body);
  if (out.granted != Granted::yes) {
    out.why = answered + ", " + out.why;
    out.maybe_taken = true;
  }
  return out;
}

}  // namespace tenon::oauth
