// A token endpoint's reply: a whole token, or a reason; a stored grant, and a value for our own
// API, in their one form.
#include <algorithm>

#include "access/token_text.hpp"
#include "fuzz/input.hpp"
#include "oauth/grant.hpp"
#include "oauth/token_reply.hpp"

namespace oauth = tenon::oauth;

namespace {

bool is_token(std::string_view text) {
  return text.size() <= oauth::kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_reply(const std::string& body, std::uint32_t status) {
  tenon::HttpReply reply;
  reply.got = tenon::Got::http;
  reply.status = status;
  reply.body = body;
  reply.body_total = body.size();
  const auto read = oauth::read_token_reply(reply, tenon::time_from_us(1'767'225'600'000'000));
  const bool yes = read.granted == oauth::Granted::yes;
  fuzz::must(yes == !read.access_token.empty());
  fuzz::must(yes == read.why.empty());
  fuzz::must(is_token(read.access_token.reveal()) && is_token(read.refresh_token.reveal()));
  fuzz::must(!read.life || (read.life->count() >= 1 && *read.life <= oauth::kLongestLife));
  fuzz::must(!yes || (status >= 200 && status < 300));
  // Control characters are escaped; what is below zero is UTF-8.
  fuzz::must(
      std::all_of(read.why.begin(), read.why.end(), [](char c) { return c >= 0x20 || c < 0; }));
}

void check_grant(const std::string& bytes) {
  const auto grant = oauth::decode_grant(bytes);
  if (!grant) return;
  // A flag may be any number but zero; all else has one form.
  const auto again = oauth::decode_grant(oauth::encode(*grant).reveal());
  fuzz::must(again.has_value());
  fuzz::must(oauth::encode(*again).reveal() == oauth::encode(*grant).reveal());
}

void check_api_token(const std::string& value) {
  const auto token = tenon::parse_token_text(value);
  if (!token) return;
  fuzz::must(value.find(token->id) == tenon::kTokenPrefix.size());
  fuzz::must(!tenon::parse_token_text(value + "0"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint32_t statuses[] = {200, 400, 401, 429, 503, 201, 302, 404};
  const auto status = statuses[input.number(1) % 8];
  const std::string rest(input.rest());
  check_reply(rest, status);
  check_grant(rest);
  check_api_token(rest);
  return 0;
}
