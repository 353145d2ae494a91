// Starting the OAuth server and asking it.
#include "integration/oidc.hpp"

#include <gtest/gtest.h>

namespace tenon::testing {

using nlohmann::json;

std::unique_ptr<OidcServer> OidcServer::make(const World& world) {
  const auto node = from_environment("TENON_NODE");
  const auto clients = from_environment("TENON_NPM_CLIENTS");
  if (!node || !clients) return nullptr;
  return std::unique_ptr<OidcServer>(new OidcServer(world, *node, *clients));
}

OidcServer::OidcServer(const World& world, std::string node, std::string clients)
    : world_(world), node_(std::move(node)), clients_(std::move(clients)) {
  const auto& folder = world.folder();
  const std::vector<std::vector<std::string>> commands{
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
       folder / "server.pem", "-out", folder / "ca.pem"},
      {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
       folder / "client.pem"},
      {"openssl", "pkey", "-in", folder / "client.pem", "-pubout", "-out", folder / "client.pub"},
      {"chmod", "600", folder / "client.pem"}};
  for (const auto& command : commands) {
    const auto done = run(command);
    EXPECT_EQ(done.status, 0) << done.output;
  }
}

void OidcServer::start(int life_s) {
  const auto& folder = world_.folder();
  server_ = std::make_unique<Running>(
      std::vector<std::string>{node_, clients_ + "/oidc_server.mjs", folder / "ca.pem",
                               folder / "server.pem", folder / "client.pub",
                               std::to_string(life_s)},
      Environment{}, folder / "oidc.log");
  const auto port = [&] {
    const auto said = server_->output();
    const auto at = said.find("port=");
    return at == std::string::npos ? std::string()
                                   : said.substr(at + 5, said.find('\n', at) - at - 5);
  };
  ASSERT_TRUE(eventually([&] { return !port().empty(); })) << server_->output();
  issuer_ = "https://127.0.0.1:" + port();
}

json OidcServer::ask(const std::string& page) const {
  const auto done = run({"curl", "-sS", "--cacert", world_.folder() / "ca.pem", issuer_ + page});
  return json::parse(done.output, nullptr, false);
}

std::vector<std::string> OidcServer::issued() const {
  std::vector<std::string> tokens;
  const json all = ask("/_issued");
  for (const auto& token : all) tokens.push_back(token.get<std::string>());
  return tokens;
}

std::string OidcServer::workspace(const std::string& oauth, const std::string& secret) const {
  const std::string lines = std::string(World::kLoopback) + "\nowner = \"crm-team\"\nca_file = \"" +
                            (world_.folder() / "ca.pem") + "\"\n[destinations.oauth]\n" + oauth +
                            "client_secret = \"" + secret + "\"";
  std::string text = world_.workspace(lines);
  const std::string before = "\n[destinations.credentials]";
  text.insert(text.find(before),
              "\ntoken_url = \"" + issuer_ + "/token\"\nauthorize_url = \"" + issuer_ + "/auth\"");
  return text;
}

Finished OidcServer::try_to_connect() {
  const std::string log = "connect-" + std::to_string(++connected_) + ".log";
  Running cli(
      {program("tenon"), "--data", world_.data(), "vault", "connect", "inbox", "--no-browser"}, {},
      world_.folder() / log);
  const auto url = [&] {
    const auto said = cli.output();
    const auto at = said.find("https://");
    const auto end = said.find('\n', at);
    return at == std::string::npos || end == std::string::npos ? "" : said.substr(at, end - at);
  };
  EXPECT_TRUE(eventually([&] { return !url().empty(); })) << cli.output();
  const auto agreed = run({node_, clients_ + "/agree.mjs", url()},
                          {{"NODE_EXTRA_CA_CERTS", world_.folder() / "ca.pem"}});
  EXPECT_EQ(agreed.status, 0) << agreed.output;
  Finished ended;
  ended.status = cli.wait();
  ended.output = cli.output();
  return ended;
}

void OidcServer::connect() {
  const auto ended = try_to_connect();
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_NE(ended.output.find("inbox is connected, and goes on"), std::string::npos)
      << ended.output;
}

}  // namespace tenon::testing
