// make_assertion: the signed JWT by which a client asks for a token (RFC 7523).
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace tenon::oauth {

constexpr seconds kAssertionLife{300};

struct Claims {
  std::string issuer, subject, audience;
  std::string id;      // jti, its own for each assertion
  std::string scope;   // "" = not said in the assertion
  std::string key_id;  // kid of the header; "" = none
  Time now{};
};

// `pem`: a private key in clear, RSA of at least 2,048 bits (RS256) or EC on P-256 (ES256).
//   invalid: it is something else; what it holds is never repeated.
Result<Secret> make_assertion(const Claims& claims, const Secret& pem);

}  // namespace tenon::oauth
