// Grant: all that is known of one destination's OAuth connection, as it is kept sealed in the
// vault.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace tenon::oauth {

constexpr std::size_t kMaxTokenBytes =
    16 * 1024;  // RFC 6749 has no bound; the largest seen is 4 KiB
constexpr std::size_t kMaxReasonBytes = 400;

// Generations number exchanges: each one is begun at most once, and the token that it gives has its
// number. What is begun is on disk before the request leaves, what it gave before the first use.
struct Grant {
  std::uint64_t generation = 0;  // of the tokens below; 0 = there never was one
  std::uint64_t begun = 0;       // the newest exchange that was begun
  std::uint64_t owner = 0;       // the host that is exchanging; 0 = nobody
  Time begun_at{};
  bool in_doubt = false;  // the vendor may have taken the refresh token in an exchange without end
  Secret access_token, refresh_token;
  Time obtained{}, expires{};
  std::string seed;       // digest of what of the configuration makes this another connection
  std::string keys;       // digest of the client's secrets: new ones deserve a new try
  std::string reconnect;  // why a person is needed; "" = nobody is
  Time since{};           // when that was found out

  Grant copy() const;
};

Secret encode(const Grant& grant);
// corrupt: these bytes are no grant. unsupported: a newer form.
Result<Grant> decode_grant(std::string_view bytes);

}  // namespace tenon::oauth
