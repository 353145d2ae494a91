// A real OAuth server over TLS, and the person who agrees at its page.
#pragma once

#include <memory>

#include "integration/world.hpp"

namespace tenon::testing {

// The server of npm/oidc_server.mjs, with certificates of its own in the world's folder: ca.pem,
// and client.pem, the key of its client "signer".
class OidcServer {
 public:
  static constexpr const char* kClientSecret = "a-client-secret-of-32-characters";

  // Null, with the reason as a skip to be made, where node or the packages are not there.
  static std::unique_ptr<OidcServer> make(const World& world);

  // `life_s`: of an access token.
  void start(int life_s);
  const std::string& issuer() const { return issuer_; }
  nlohmann::json ask(const std::string& page) const;
  // How often tokens were asked for: "client_credentials 200" and such.
  nlohmann::json counts() const { return ask("/_counts"); }
  // Every token it ever gave.
  std::vector<std::string> issued() const;
  // The world's workspace whose "inbox" gets tokens here; `oauth`: lines of [destinations.oauth].
  std::string workspace(const std::string& oauth, const std::string& secret) const;
  // `tenon vault connect inbox`, with a person who agrees.
  void connect();
  // The same, however it ends.
  Finished try_to_connect();

 private:
  OidcServer(const World& world, std::string node, std::string clients);

  const World& world_;
  std::string node_, clients_, issuer_;
  std::unique_ptr<Running> server_;
  int connected_ = 0;
};

}  // namespace tenon::testing
