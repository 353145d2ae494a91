// The stored form of a grant.
#include "oauth/grant.hpp"

#include "base/codec.hpp"

namespace tenon::oauth {
namespace {

constexpr std::uint8_t kForm = 1;

}  // namespace

Grant Grant::copy() const {
  Grant out;
  out.generation = generation;
  out.begun = begun;
  out.owner = owner;
  out.begun_at = begun_at;
  out.in_doubt = in_doubt;
  out.access_token = access_token.copy();
  out.refresh_token = refresh_token.copy();
  out.obtained = obtained;
  out.expires = expires;
  out.seed = seed;
  out.keys = keys;
  out.reconnect = reconnect;
  out.since = since;
  return out;
}

Secret encode(const Grant& grant) {
  Writer out;
  // No growth, which would leave tokens behind in freed memory.
  out.reserve(256 + grant.access_token.reveal().size() + grant.refresh_token.reveal().size() +
              grant.seed.size() + grant.keys.size() + grant.reconnect.size());
  out.u8(kForm);
  out.u64(grant.generation);
  out.u64(grant.begun);
  out.u64(grant.owner);
  out.i64(us_of(grant.begun_at));
  out.u8(grant.in_doubt ? 1 : 0);
  out.text(grant.access_token.reveal());
  out.text(grant.refresh_token.reveal());
  out.i64(us_of(grant.obtained));
  out.i64(us_of(grant.expires));
  out.text(grant.seed);
  out.text(grant.keys);
  out.text(grant.reconnect);
  out.i64(us_of(grant.since));
  return Secret(std::move(out).take());
}

Result<Grant> decode_grant(std::string_view bytes) {
  Reader in(bytes);
  if (const auto form = in.u8(); in.ok() && form != kForm) {
    return unsupported("a grant of form " + std::to_string(form) +
                       ": written by a newer version? this one knows form 1");
  }
  Grant out;
  out.generation = in.u64();
  out.begun = in.u64();
  out.owner = in.u64();
  out.begun_at = time_from_us(in.i64());
  out.in_doubt = in.u8() != 0;
  out.access_token = Secret(std::string(in.text()));
  out.refresh_token = Secret(std::string(in.text()));
  out.obtained = time_from_us(in.i64());
  out.expires = time_from_us(in.i64());
  out.seed = std::string(in.text());
  out.keys = std::string(in.text());
  out.reconnect = std::string(in.text());
  out.since = time_from_us(in.i64());
  if (!in.ok() || !in.at_end()) return corrupt("a stored grant: its fields do not fit its length");
  return out;
}

}  // namespace tenon::oauth
