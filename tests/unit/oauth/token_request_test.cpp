// Requests to token endpoints, and the assertion of RFC 7523.
#include "oauth/token_request.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "oauth/assertion.hpp"
#include "world.hpp"

namespace tenon::oauth_test {
namespace {

std::string header(const TokenMessage& message, std::string_view name) {
  for (const auto& [key, value] : message.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(TokenRequest, ClientInBasicOrInTheBody) {
  TokenAsk ask;
  ask.grant_type = "client_credentials";
  ask.client_id = "id:1";
  ask.client_secret = Secret("s&cret");
  const auto basic = token_message(ask);
  EXPECT_EQ(basic.body, "grant_type=client_credentials");
  EXPECT_EQ(header(basic, "authorization"), "Basic aWQlM0ExOnMlMjZjcmV0");  // id%3A1:s%26cret
  ask.client_in_body = true;
  const auto post = token_message(ask);
  EXPECT_EQ(post.body, "grant_type=client_credentials&client_id=id%3A1&client_secret=s%26cret");
  EXPECT_EQ(header(post, "authorization"), "");
  ask.client_secret = Secret();
  EXPECT_EQ(token_message(ask).body, "grant_type=client_credentials&client_id=id%3A1");
}

TEST(TokenRequest, TheChallengeOfRfc7636) {
  EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  EXPECT_EQ(verifier_of(std::string(32, 'a')).size(), 43u);
}

TEST(TokenRequest, ThePageWhereAPersonAgrees) {
  AuthorizeAsk ask;
  ask.page = "https://vendor.test/authorize";
  ask.client_id = "c 1";
  ask.redirect_uri = "http://127.0.0.1:5000/callback";
  ask.state = "st";
  ask.challenge = "ch";
  ask.scopes = {"a", "b"};
  ask.parameters = {"access_type=offline"};
  EXPECT_EQ(authorize_url(ask),
            "https://vendor.test/authorize?response_type=code&client_id=c%201&redirect_uri="
            "http%3A%2F%2F127.0.0.1%3A5000%2Fcallback&scope=a%20b&state=st&code_challenge=ch&"
            "code_challenge_method=S256&access_type=offline");
}

std::string pem_of(EVP_PKEY* key) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(out);
  return text;
}

std::string unbase64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const auto padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

// A JWT's signature of 64 bytes as OpenSSL reads it.
std::string der_of(const std::string& raw) {
  ECDSA_SIG* sig = ECDSA_SIG_new();
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  ECDSA_SIG_set0(sig, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(sig, &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(sig);
  return out;
}

void check_assertion(EVP_PKEY* key, const std::string& alg) {
  Claims claims;
  claims.issuer = "client-1";
  claims.subject = "ada";
  claims.audience = "https://vendor.test/token";
  claims.id = "once";
  claims.key_id = "k1";
  claims.now = time_from_us(1'767'225'600'000'000);
  const auto made = make_assertion(claims, Secret(pem_of(key)));
  ASSERT_TRUE(made) << made.error().text();
  const std::string text(made->reveal());
  const auto first = text.find('.'), second = text.rfind('.');
  const auto head = nlohmann::json::parse(unbase64url(text.substr(0, first)));
  const auto body = nlohmann::json::parse(unbase64url(text.substr(first + 1, second - first - 1)));
  EXPECT_EQ(head, (nlohmann::json{{"alg", alg}, {"typ", "JWT"}, {"kid", "k1"}}));
  EXPECT_EQ(body, (nlohmann::json{{"iss", "client-1"},
                                  {"sub", "ada"},
                                  {"aud", "https://vendor.test/token"},
                                  {"jti", "once"},
                                  {"iat", 1'767'225'600},
                                  {"exp", 1'767'225'900}}));
  std::string signature = unbase64url(text.substr(second + 1));
  if (alg == "ES256") {
    ASSERT_EQ(signature.size(), 64u);
    signature = der_of(signature);
  }
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  EXPECT_EQ(EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                             second),
            1);
  EVP_MD_CTX_free(context);
}

TEST(Assertion, Rs256AndEs256Verify) {
  EVP_PKEY* rsa = EVP_RSA_gen(2'048);
  check_assertion(rsa, "RS256");
  EVP_PKEY_free(rsa);
  EVP_PKEY* ec = EVP_EC_gen("P-256");
  check_assertion(ec, "ES256");
  EVP_PKEY_free(ec);
}

TEST(Assertion, OtherKeysAreRefusedAndNeverShown) {
  EVP_PKEY* small = EVP_RSA_gen(1'024);
  EVP_PKEY* other = EVP_EC_gen("P-384");
  for (const auto& pem : {pem_of(small), pem_of(other), std::string("-----BEGIN nonsense"),
                          std::string("very-secret-text"), std::string()}) {
    const auto made = make_assertion(Claims(), Secret(pem));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::invalid);
    EXPECT_NE(made.error().text().find("wanted a private key in PEM"), std::string::npos);
    if (!pem.empty()) {
      EXPECT_EQ(made.error().text().find(pem), std::string::npos);
    }
  }
  EVP_PKEY_free(small);
  EVP_PKEY_free(other);
}

}  // namespace
}  // namespace tenon::oauth_test
