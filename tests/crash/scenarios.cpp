// What is done to a host while a fault waits for it; each step may be its last.
#include <thread>

#include "crash/trial.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

constexpr const char* kPathSecret = "inbound-path-secret-77aa";
constexpr int kContacts = 30;

// Of tests/support/connectors/inbound.cpp: each line of a webhook is an event.
constexpr const char* kInboundManifest =
    "[connector]\nid = \"inbound\"\nversion = \"1.0.0\"\ntitle = \"Test\"\nabi = \"1.0\"\n"
    "ops = [\"webhook\"]\n[[slot]]\nname = \"secret\"\nkind = \"signing\"\n"
    "[webhook]\nscheme = \"path-secret/1\"\nslot = \"secret\"\n"
    "[webhook.reply]\nstatus = 202\nbody = \"later\"\ncontent_type = \"text/plain\"\n";

std::string destination(const std::string& name, const std::string& url, const std::string& lines) {
  return "[[destinations]]\nname = \"" + name +
         "\"\nconnector = \"webhook\"\non_ambiguous = \"resend\"\npeers = \"allow_loopback\"\n" +
         lines + "\n[destinations.settings]\nurl = \"" + url +
         "\"\n[destinations.credentials]\nkey = \"env:TEST_INBOX_KEY\"\n"
         "[destinations.retry]\nfirst = \"100ms\"\nceiling = \"500ms\"\n";
}

std::string route(const std::string& name, const std::string& action) {
  return "[[routes]]\nname = \"to-" + name + "\"\ndestination = \"" + name + "\"\naction = \"" +
         action + "\"\n";
}

}  // namespace

// Each event goes to two destinations: to one in a request of its own, to the other in an array.
std::string Trial::workspace() const {
  std::string text =
      "tenant = \"test\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n"
      "[[sources]]\nname = \"web\"\nwrite_key = \"env:TEST_WRITE_KEY\"\n" +
      destination("inbox", world_.vendor() + "/in", inbox_lines_) +
      destination("lot", world_.vendor() + "/lot", "max_batch = 5") + route("inbox", "send") +
      route("lot", "send_batch");
  if (case_.scenario == Scenario::webhook) {
    text +=
        "[[sources]]\nname = \"hooks\"\n[sources.webhook]\nconnector = \"inbound\"\n"
        "[sources.webhook.credentials]\nsecret = \"env:TEST_PATH_SECRET\"\n";
  }
  if (case_.scenario == Scenario::pull) {
    text +=
        "[[destinations]]\nname = \"crm\"\nconnector = \"hubspot\"\npeers = \"allow_loopback\"\n"
        "[destinations.credentials]\ntoken = \"env:TEST_CRM_TOKEN\"\n"
        "[[sources]]\nname = \"crm-changes\"\nwrite_key = \"env:TEST_OTHER_KEY\"\n"
        "[[pulls]]\nname = \"people\"\ndestination = \"crm\"\nstream = \"contacts\"\n"
        "source = \"crm-changes\"\ninterval = \"1s\"\n";
  }
  if (case_.scenario == Scenario::captured) text += "[capture]\n";
  return text;
}

void Trial::start_vendors() {
  world_.start_vendor();
  if (case_.scenario == Scenario::pull) {
    world_.environment["TEST_OTHER_KEY"] = "another-write-key";
    world_.start_crm();
    json contacts = json::array();
    for (int i = 0; i < kContacts; ++i) {
      const std::string email = "c" + std::to_string(i) + "@example.com";
      contacts.push_back(
          {{"email", email}, {"at_ms", 1'767'225'600'000 + i}, {"properties", json::object()}});
      ledger_.sent(email, email, Said::acknowledged);
    }
    world_.crm().set({{"put", contacts}});
  }
  if (case_.scenario == Scenario::rollout) {
    world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/release_b.so",
                         replaced(read_file(TENON_SOURCE_DIR "/manifests/webhook.toml"),
                                  "version = \"1.0.0\"", "version = \"0.9.0\""));
  }
  if (case_.scenario == Scenario::webhook) {
    world_.environment["TEST_PATH_SECRET"] = kPathSecret;
    world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/inbound.so", kInboundManifest);
  }
}

json Trial::event(const std::string& id, const std::string& user, std::size_t bytes) const {
  json event = {{"type", "track"}, {"event", "Order"}, {"userId", user}, {"messageId", id}};
  if (bytes > 0) event["properties"] = {{"padding", std::string(bytes, 'x')}};
  return event;
}

Said Trial::post(const json& events) {
  const auto answer = world_.post("/v1/batch", {{"batch", events}});
  // Only a log without room says for certain that it took nothing.
  const bool refused = answer.status == 429 && answer.body.find("log is full") != std::string::npos;
  const Said said = answer.status == 200 ? Said::acknowledged
                    : refused            ? Said::refused
                                         : Said::nothing;
  for (const auto& one : events) ledger_.sent(one["messageId"], one["userId"], said);
  return said;
}

Said Trial::post_some(int count, std::size_t bytes, const std::string& user) {
  json events = json::array();
  for (int i = 0; i < count; ++i, ++next_) {
    const std::string of = user.empty() ? "user-" + std::to_string(next_ % 5) : user;
    events.push_back(event("m" + std::to_string(next_), of, bytes));
  }
  return post(events);
}

void Trial::basic() {
  for (int i = 0; i < 3 && alive(); ++i) post_some(7);
  const auto& first = ledger_.all()[case_.scenario == Scenario::pull ? kContacts : 0];
  if (alive()) post(json::array({event(first.id, first.user, 0)}));  // a duplicate
}

// More than a step of zeros, or a small chunk, holds; all of one user, so in one partition.
void Trial::big() {
  for (int i = 0; i < 12 && alive(); ++i) post_some(4, 30'000, "user-big");
}

// Until events are refused; what was taken is delivered all the same, and what must be written
// still finds its room.
void Trial::full() {
  bool refused = false;
  for (int i = 0; i < 60 && alive() && !refused; ++i) {
    refused = post_some(4, 30'000, "user-big") == Said::refused;
  }
  if (alive() && !refused) tell("a full disk does not refuse events");
  if (case_.with.empty()) return;
  inbox_lines_ = "max_batch = 3\n#" + std::string(600'000, ' ');
  for (int i = 0; i < 2 && alive(); ++i) config();
}

void Trial::trouble() {
  world_.inbox().set({{"fail_next", 60}});
  for (int i = 0; i < 3 && alive(); ++i) post_some(3);
}

void Trial::letters() {
  world_.inbox().set({{"mode", "refuse"}});
  if (alive()) post_some(2);
  eventually(
      [&] { return !alive() || (dead_of("inbox").size() >= 2 && dead_of("lot").size() >= 2); });
  world_.inbox().set({{"mode", "ok"}});
  for (const std::string name : {"inbox", "lot"}) {
    for (const auto& id : dead_of(name)) ledger_.out_of_order(id);
    const auto letters = world_.admin("GET", "/dead-letters?destination=" + name).json();
    if (!letters.is_object()) return;
    for (const auto& letter : letters["data"]) {
      const std::string id = letter["id"];
      world_.admin("POST", "/dead-letters/" + id + "/redrive", json::object());
    }
  }
}

void Trial::acts() {
  const auto tell_host = [&](const std::string& verb) {
    json body = json::object();
    if (verb != "resume") body["reason"] = "a test";
    const auto answer = world_.admin("POST", "/destinations/inbox/" + verb, body);
    answered_acts_ += answer.status == 200 ? 1 : 0;
  };
  tell_host("pause");
  post_some(3);
  tell_host("resume");
  tell_host("pause");
  post_some(3);
  // What still waits there is given up, whenever it came.
  for (const auto& one : ledger_.all()) ledger_.skipped(one.id);
  tell_host("skip");
  tell_host("resume");
}

void Trial::config() {
  if (case_.scenario == Scenario::config) inbox_lines_ = "max_batch = 3";
  inbox_lines_ += " # again";
  http("POST", "http://tenon/api/v1/config/apply", workspace(), {"content-type: application/toml"},
       world_.data() + "/admin.sock");
  post_some(3);
}

void Trial::rejected() {
  const json unknown = {{"type", "nonsense"}, {"userId", "user-r"}, {"messageId", "bad"}};
  world_.post("/v1/batch", {{"batch", json::array({unknown})}});
  reenter();
}

void Trial::reenter() {
  json entry;
  eventually([&] {
    const auto list = world_.admin("GET", "/events/rejected").json();
    if (list.is_object() && !list["data"].empty()) entry = list["data"][0];
    return !entry.is_null() || !alive();
  });
  if (entry.is_null() || entry.contains("reentered_as")) return;
  const auto answer =
      world_.admin("POST", "/events/rejected/" + entry["id"].get<std::string>() + "/reenter",
                   {{"event", event("mended", "user-r", 0)}});
  ledger_.sent("mended", "user-r", answer.status == 200 ? Said::acknowledged : Said::nothing);
}

void Trial::pull() {
  eventually([&] {
    const auto pulls = world_.admin("GET", "/pulls").json();
    return !alive() || (pulls.is_object() && pulls["data"][0].value("events", 0) >= kContacts);
  });
}

void Trial::webhook() {
  for (int i = 0; i < 3 && alive(); ++i) {
    const std::string one = "hook-" + std::to_string(next_++),
                      two = "hook-" + std::to_string(next_++);
    const auto answer = http("POST", world_.url() + "/webhooks/hooks/" + kPathSecret,
                             one + "\n" + two, {"content-type: text/plain"});
    const bool taken = answer.status == 201 || answer.status == 202;
    for (const auto& id : {one, two}) {
      ledger_.sent(id, "u", taken ? Said::acknowledged : Said::nothing);
      ledger_.out_of_order(id);  // those that are parsed later come later
    }
  }
}

void Trial::vault() {
  for (int i = 0; i < 5 && alive(); ++i) {
    const std::string name = i % 2 == 0 ? "a" : "b/c";
    const auto answer = world_.admin("POST", "/vault/put?overlap_s=600&name=" + name,
                                     json("value " + std::to_string(i)));
    if (answer.status == 200) secrets_[name] = answer.json()["version"];
  }
  if (alive()) world_.admin("POST", "/vault/rotate", nullptr);
}

// What was acknowledged is there, and all of the vault opens.
void Trial::check_vault() {
  const auto verified = world_.admin("POST", "/vault/verify", nullptr);
  if (verified.status != 200) tell("the vault: " + verified.body);
  const auto vault = world_.admin("GET", "/vault").json();
  for (const auto& [name, version] : secrets_) {
    int found = 0;
    for (const auto& one : vault["data"]) {
      if (one["name"] == name) found = one["versions"][0]["version"];
    }
    if (found < version)
      tell("the vault has lost " + name + ", version " + std::to_string(version));
  }
  const auto put = world_.admin("POST", "/vault/put?name=later", json("value"));
  if (put.status != 200) tell("the vault takes nothing more: " + put.body);
}

// Each life a candidate that gets a little more; the events beside it are delivered by either.
void Trial::rollout() {
  world_.admin("POST", "/rollouts/webhook/start", {{"version", "0.9.0"}, {"gate", false}});
  for (int i = 0; i < 3 && alive(); ++i) {
    const int percent = percent_asked_ + 10;
    percent_asked_ = percent;
    const auto answer = world_.admin("POST", "/rollouts/webhook/canary", {{"percent", percent}});
    if (answer.status == 200) percent_answered_ = percent;
    post_some(3);
  }
}

// What was answered is in force; at most what was asked is.
void Trial::check_rollout() {
  const json now = world_.admin("GET", "/rollouts/webhook").json();
  if (now.value("stable", "") != "1.0.0") tell("the stable release is lost: " + now.dump());
  const int percent = now.value("percent", 0);
  if (percent < percent_answered_ || percent > percent_asked_) {
    tell("the canary is at " + std::to_string(percent) + " %, " +
         std::to_string(percent_answered_) + " was answered and " + std::to_string(percent_asked_) +
         " asked");
  }
}

// Some calls may be lost; what is listed can be read, and new ones are kept.
void Trial::check_captures() {
  const auto page = [&] { return world_.admin("GET", "/captures?calls=true&limit=500").json(); };
  const auto readable = [&](const json& all) {
    if (!all.is_object()) return false;
    for (const auto& row : all["data"]) {
      if (!row.contains("call")) tell("a capture that cannot be read: " + row.dump());
    }
    return all["status"]["damaged"] == 0;
  };
  const auto before = page();
  if (!readable(before)) tell("captures after the fault: " + before.dump());
  post_some(3);
  eventually([&] {
    const auto now = page();
    return now.is_object() && now["data"].size() > before["data"].size();
  });
  const auto after = page();
  if (!readable(after) || after["data"].size() <= before["data"].size()) {
    tell("no more captures: " + after["status"].dump());
  }
}

void Trial::finish() {
  if (case_.scenario == Scenario::captured) check_captures();
  if (case_.scenario == Scenario::vault) check_vault();
  if (case_.scenario == Scenario::rollout) check_rollout();
  if (case_.scenario == Scenario::acts) {
    world_.admin("POST", "/destinations/inbox/resume", json::object());
  }
  if (case_.scenario == Scenario::rejected) reenter();
  post_some(5);
}

}  // namespace tenon::testing
