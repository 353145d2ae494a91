// A host with a secret in every place that takes one, and vendors that repeat what they were told.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "hubspot/fake/webhooks.hpp"
#include "integration/canary_search.hpp"
#include "integration/oidc.hpp"

namespace tenon::testing::canary {

using nlohmann::json;

// 32 characters that nothing else has by chance.
inline std::string random_text() {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::string out;
  for (int i = 0; i < 32; ++i) out += kAlphabet[device() % kAlphabet.size()];
  return out;
}

// The code of the webhook connector with one slot of each kind that is sent as it is.
inline constexpr const char* kSlots = R"(
[connector]
id = "slots"
version = "1.0.0"
title = "Slots"
abi = "1.0"
ops = ["deliver", "check"]
[[endpoint]]
name = "target"
setting = "url"
methods = ["POST"]
[[setting]]
name = "url"
title = "Where to"
type = "url"
required = true
[[slot]]
name = "login"
kind = "basic"
endpoints = ["target"]
[[slot]]
name = "parameter"
kind = "query"
parameter = "api_key"
endpoints = ["target"]
[[slot]]
name = "header"
kind = "header"
header = "X-Api-Key"
endpoints = ["target"]
[[action]]
name = "send"
title = "Send"
required_fields = []
optional_fields = []
open_fields = true
[action.batch]
max_records = 1
max_bytes = 4194304
same_key = false
[[rate_limit]]
bucket = "default"
limit = 1000
window_ms = 1000
[retry]
first_ms = 1000
ceiling_ms = 1000
max_age_s = 60
max_attempts = 2
[limits]
call_deadline_ms = 60000
concurrency = 4
)";

inline constexpr const char* kMoreOfTheWorkspace = R"(
[[destinations]]
name = "slots"
connector = "slots"
peers = "allow_loopback"
on_ambiguous = "resend"
[destinations.settings]
url = "VENDOR/slots"
[destinations.credentials]
login = "vault:slots/login"
parameter = "vault:slots/parameter"
header = "file:FOLDER/header"
[[routes]]
name = "slots"
sources = ["web"]
destination = "slots"
action = "send"
[[sources]]
name = "hooks"
[sources.webhook]
connector = "hubspot"
public_url = "https://hooks.example.com"
[sources.webhook.credentials]
client_secret = "vault:hooks/secret"
[[sources]]
name = "by-path"
[sources.webhook]
connector = "inbound"
[sources.webhook.credentials]
secret = "env:CANARY_PATH"
)";

// As a vendor may answer: with all that it was told, in forms that a person would copy.
inline json echo(int status, const std::string& path, const std::vector<std::string>& secrets) {
  std::string body = "you said";
  for (const auto& secret : secrets) {
    body += " [" + secret + "] {\"token\": \"" + secret + "\"}";
    for (const auto* encoding : {"base64", "percent", "hex"}) {
      for (const auto& form : CanarySearch::forms(secret, encoding)) body += " " + form;
    }
  }
  const std::string first = secrets.empty() ? "" : secrets.front();
  return {{"status", status},
          {"path", path},
          {"body", body},
          {"headers",
           {{"content-type", "text/plain"},
            {"set-cookie", "session=" + first},
            {"www-authenticate", "Bearer realm=\"" + first + "\""},
            {"x-request-id", first},
            {"location", "https://example.com/?token=" + first}}}};
}

class CanaryHost : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = OidcServer::make(world_);
    if (!server_) GTEST_SKIP() << "TENON_NODE or TENON_NPM_CLIENTS is not set";
    key_ = plant("web/key");
    signing_ = plant("inbox/key");
    crm_ = plant("crm token (env)");
    login_ = plant("slots/login");
    parameter_ = plant("slots/parameter");
    header_ = plant("slots header (file)");
    hooks_ = plant("hooks/secret");
    path_ = plant("path secret (env)");
    passphrase_ = plant("vault passphrase (env)");
    canaries_.push_back({"client secret", OidcServer::kClientSecret});
  }

  std::string plant(const std::string& name) {
    canaries_.push_back({name, random_text()});
    return canaries_.back().text;
  }
  std::string signing() const { return "whsec_" + signing_; }

  void start() {
    world_.start_vendor({{"secret", signing()}});
    world_.start_crm({{"token", crm_}});
    const std::string slots = world_.folder() / "slots.so";
    std::filesystem::copy_file(TENON_BINARY_DIR "/connectors/webhook.so", slots);
    world_.add_connector(slots, kSlots);
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/inbound.so",
                         inbound_manifest("1.0.0"));
    write_file(world_.folder() / "header", header_);
    ASSERT_EQ(run({"chmod", "600", world_.folder() / "header"}).status, 0);
    server_->start(3'600);
    std::string text = server_->workspace(
        "grant = \"authorization_code\"\nclient_id = \"app\"\nscopes = [\"openid\"]\n",
        "vault:inbox/client");
    text = replaced(text, "env:TEST_WRITE_KEY", "vault:web/key");
    text = replaced(text, "env:TEST_INBOX_KEY", "vault:inbox/key");
    text += replaced(replaced(kMoreOfTheWorkspace, "VENDOR", world_.vendor()), "FOLDER",
                     world_.folder().path());
    text += "[capture]\n";
    world_.environment = {
        {"TEST_CRM_TOKEN", crm_}, {"CANARY_PATH", path_}, {"CANARY_PASSPHRASE", passphrase_}};
    world_.host_arguments = {"--vault-key", "passphrase:env:CANARY_PASSPHRASE", "--api-listen",
                             "127.0.0.1:0"};
    world_.spawn_host(text);
    ASSERT_TRUE(eventually([&] {
      return world_.cli({"vault", "list"}).status == 0;
    })) << world_.host().output();
    put("web/key", key_);
    put("inbox/key", "whsec_" + plant("inbox/key before its rotation"));
    put("inbox/key", signing(), {"--overlap", "1h"});
    put("inbox/client", plant("a wrong client secret"));
    put("slots/login", login_);
    put("slots/parameter", parameter_);
    put("hooks/secret", hooks_);
    ASSERT_TRUE(world_.wait_ready());
  }
  void put(const std::string& name, const std::string& value, std::vector<std::string> more = {}) {
    const std::string file = world_.folder() / "value";
    write_file(file, value);
    std::vector<std::string> command = {"vault", "put", name, "--from-file", file};
    command.insert(command.end(), more.begin(), more.end());
    keep("tenon vault put", world_.cli(command), 0);
    std::filesystem::remove(file);
  }
  void keep(const std::string& what, const Finished& done, int status) {
    EXPECT_EQ(done.status, status) << what << "\n" << done.output;
    said_.emplace_back(what, done.output);
  }
  void keep(const std::string& what, const Answer& answer) {
    said_.emplace_back(what, std::to_string(answer.status) + "\n" + answer.body);
  }
  Answer post(const json& body, const std::string& key, const std::string& call = "track") {
    // 33 bytes are 44 characters, without padding.
    const auto basic = CanarySearch::forms(key + ":", "base64").front();
    return http("POST", world_.url() + "/v1/" + call, body.dump(),
                {"content-type: application/json", "authorization: Basic " + basic});
  }
  void connect_inbox() {
    const auto state = [&] { return world_.admin("GET", "/oauth").json()["data"][0]["state"]; };
    ASSERT_TRUE(eventually([&] { return state() == "needs_reconnect"; }));
    // At first by a secret that the server refuses.
    keep("connect with a wrong secret", server_->try_to_connect(), 1);
    put("inbox/client", OidcServer::kClientSecret);
    server_->connect();
  }
  void send_what_is_refused() {
    keep("a wrong write key", post(track("x"), plant("a wrong write key")));
    keep("a body that is no event", post(json::array({key_.size()}), key_));
    const std::string wrong = plant("a wrong path secret");
    for (const auto& secret : {path_, wrong}) {
      keep("a webhook by path", http("POST", world_.url() + "/webhooks/by-path/" + secret,
                                     "event a1", {"content-type: text/plain"}));
    }
    for (const auto& secret : {hooks_, plant("a wrong webhook secret")}) {
      hubspot::fake::App app;
      app.client_secret = secret;
      app.url = "https://hooks.example.com/webhooks/hooks";
      const json events = json::array({{{"eventId", 1},
                                        {"subscriptionId", 25},
                                        {"portalId", 33},
                                        {"subscriptionType", "contact.creation"},
                                        {"attemptNumber", 0},
                                        {"objectId", 7},
                                        {"occurredAt", now_ms()}}});
      const auto request = hubspot::fake::signed_webhook(app, events.dump(), now_ms());
      std::vector<std::string> headers;
      for (const auto& [name, value] : request.headers) headers.push_back(name + ": " + value);
      keep("a webhook",
           http(request.method, world_.url() + "/webhooks/hooks", request.body, headers));
    }
  }
  // Delivered, refused for good, failing for a while, cut off; and each answer repeats the secrets.
  void send_through_every_slot() {
    world_.inbox().script({{{"status", 200}, {"path", "/slots"}},
                           echo(400, "/slots", {login_, parameter_, header_}),
                           echo(500, "/slots", {login_, parameter_, header_}),
                           {{"cut", true}, {"path", "/slots"}},
                           echo(302, "/slots", {login_, parameter_, header_}),
                           echo(503, "/slots", {login_, parameter_, header_})});
    for (int i = 0; i < 3; ++i) {
      const json event = track("s" + std::to_string(i));
      EXPECT_EQ(post(event, key_).status, 200);
      world_.trace_until(event["messageId"], "inbox", "delivered");
    }
    // A renewal, and then answers that repeat the new token.
    world_.inbox().script({{{"status", 401}, {"path", "/in"}, {"body", access_token()}}});
    EXPECT_EQ(post(track("i0"), key_).status, 200);
    world_.trace_until("i0", "inbox", "delivered");
    const std::vector<std::string> told{signing_, access_token()};
    world_.inbox().script({echo(400, "/in", told), echo(500, "/in", told), echo(302, "/in", told)});
    for (int i = 1; i < 4; ++i) {
      EXPECT_EQ(post(track("i" + std::to_string(i)), key_).status, 200);
    }
    world_.crm().script({echo(500, "/", {crm_}), echo(400, "/", {crm_})});
    for (int i = 0; i < 2; ++i) {
      json person = identify("p" + std::to_string(i), "a" + std::to_string(i) + "@example.com");
      keep("identify", post(person, key_, "identify"));
    }
    EXPECT_TRUE(eventually([&] {
      std::set<std::string> with_letters;
      const json dead = world_.tenon({"dead-letters", "list"});
      for (const auto& letter : dead["data"]) with_letters.insert(letter.value("destination", ""));
      return with_letters == std::set<std::string>{"inbox", "slots"} &&
             world_.crm().journal().size() >= 3;
    })) << world_.cli({"destinations", "list"}).output;
  }
  // As the vendor last saw it.
  std::string access_token() const {
    std::string last;
    const json seen = world_.journal();
    for (const auto& request : seen) {
      const std::string header = request["headers"].value("authorization", "");
      if (header.starts_with("Bearer ")) last = header.substr(7);
    }
    return last;
  }
  // Tokens of the API that are let in, refused, and replaced; a value is in the answer that makes
  // it.
  void ask_with_tokens() {
    const std::string ports = read_file(world_.data() + "/ports");
    const auto at = ports.find("api=");
    ASSERT_NE(at, std::string::npos) << ports;
    const std::string api = "http://127.0.0.1:" + std::to_string(std::atoi(ports.c_str() + at + 4));
    json made = world_.tenon({"token", "create", "canary", "--scope", "read:destinations"});
    for (const auto* which : {"an API token", "an API token after its rotation"}) {
      const std::string value = made.value("value", "");
      ASSERT_GT(value.size(), 61u) << made;
      canaries_.push_back({which, value.substr(value.size() - 61, 52)});
      const std::vector<std::string> header{"authorization: Bearer " + value};
      const auto let_in = http("GET", api + "/api/v1/destinations", "", header);
      EXPECT_EQ(let_in.status, 200) << let_in.body;
      keep("GET with a token", let_in);
      keep("GET beyond its scope", http("GET", api + "/api/v1/vault", "", header));
      keep("GET with a token that was cut", http("GET", api + "/api/v1/destinations", "",
                                                 {header[0].substr(0, header[0].size() - 1)}));
      keep("GET as Basic",
           http("GET", api + "/api/v1/vault", "", {"authorization: Basic " + value}));
      made = world_.tenon({"token", "rotate", made.value("id", "")});
    }
    keep("tenon token revoke", world_.cli({"token", "revoke", made.value("id", "")}), 0);
  }
  void ask_everything() {
    const std::vector<std::vector<std::string>> commands = {{"events", "tail", "--limit", "50"},
                                                            {"events", "rejected"},
                                                            {"deliveries", "list"},
                                                            {"dead-letters", "list"},
                                                            {"replay", "list"},
                                                            {"destinations", "list"},
                                                            {"destinations", "check", "slots"},
                                                            {"pull", "list"},
                                                            {"connectors", "list"},
                                                            {"workers", "list"},
                                                            {"config", "show"},
                                                            {"config", "history"},
                                                            {"vault", "list"},
                                                            {"vault", "verify"},
                                                            {"token", "list"},
                                                            {"audit", "list"},
                                                            {"audit", "verify"},
                                                            {"captures", "list"},
                                                            {"doctor"},
                                                            {"notices"},
                                                            {"completeness"}};
    for (auto command : commands) {
      said_.emplace_back("tenon " + command.front(), world_.cli(command).output);
      command.insert(command.begin(), "--json");
      said_.emplace_back("tenon --json " + command[1], world_.cli(command).output);
    }
    const json letters = world_.tenon({"dead-letters", "list"});
    for (const auto& letter : letters["data"]) {
      const std::string id = letter.value("id", letter.value("delivery", ""));
      ASSERT_FALSE(id.empty()) << letter;
      said_.emplace_back("tenon dead-letters show",
                         world_.cli({"dead-letters", "show", id}).output);
    }
    for (const auto* id : {"s0", "s1", "s2", "i0", "i1", "i2", "i3", "p0", "p1"}) {
      const std::string whose = std::string("web:") + id;
      keep("tenon explain", world_.cli({"explain", "--message-id", whose}), 0);
      keep("tenon --json explain", world_.cli({"--json", "explain", "--message-id", whose}), 0);
    }
    for (const auto* page : {"/events/tail",
                             "/events/rejected",
                             "/deliveries",
                             "/dead-letters",
                             "/replays",
                             "/destinations",
                             "/pulls",
                             "/connectors",
                             "/workers",
                             "/config",
                             "/vault",
                             "/tokens",
                             "/audit",
                             "/captures?calls=true",
                             "/oauth",
                             "/completeness",
                             "/completeness/recount",
                             "/notices",
                             "/doctor?vendors=true",
                             "/nothing"}) {
      keep(std::string("GET ") + page, world_.admin("GET", page));
    }
    for (const auto* page : {"/metrics", "/healthz", "/readyz"}) {
      keep(std::string("GET ") + page, http("GET", world_.metrics_url() + page));
    }
  }
  // Into the folder that is searched. What is kept is sealed and squeezed, so that only what comes
  // out of it tells.
  void take_captures_out() {
    const std::string lines = world_.folder() / "captures.jsonl";
    keep("tenon captures export",
         world_.cli({"captures", "export", "--from", "1h", "--output", lines}), 0);
    std::set<std::string> destinations;
    const json page = world_.tenon({"captures", "list", "--limit", "500"});
    for (const auto& row : page["data"]) {
      destinations.insert(row["destination"]);
      const std::string attempt = row["attempt"];
      keep("tenon captures show", world_.cli({"captures", "show", attempt}), 0);
      keep("tenon repro --bundle",
           world_.cli({"repro", attempt, "--bundle", world_.folder() / (attempt + ".json"),
                       "--unredacted"}),
           0);
      said_.emplace_back("tenon repro", world_.cli({"repro", attempt}).output);
    }
    EXPECT_EQ(destinations, (std::set<std::string>{"crm", "inbox", "slots"}));
    EXPECT_GT(read_file(lines).size(), 2'000u);
  }
  // Everything was where it should go: a search for what never travelled finds nothing for nothing.
  void expect_that_secrets_travelled() {
    const std::string seen = world_.journal().dump(), crm = world_.crm().journal().dump();
    EXPECT_NE(seen.find("Basic " + CanarySearch::forms(login_, "base64").front()),
              std::string::npos);
    EXPECT_NE(seen.find(parameter_), std::string::npos);
    EXPECT_NE(seen.find(header_), std::string::npos);
    EXPECT_NE(seen.find(server_->issued().front()), std::string::npos);
    EXPECT_NE(crm.find(crm_), std::string::npos);
    EXPECT_GE(server_->issued().size(), 2u);
    EXPECT_EQ(world_.vendor_state()["by_status"].value("200", 0) > 0, true);
  }
  std::vector<pid_t> workers() const {
    std::vector<pid_t> pids;
    const json listed = world_.tenon({"workers", "list"});
    for (const auto& worker : listed["data"]) {
      pids.push_back(worker.value("pid", -1));
    }
    return pids;
  }

  World world_;
  std::unique_ptr<OidcServer> server_;
  std::vector<Canary> canaries_;
  std::vector<std::pair<std::string, std::string>> said_;
  std::string key_, signing_, crm_, login_, parameter_, header_, hooks_, path_, passphrase_;
};

}  // namespace tenon::testing::canary
