// Starts the programs of a World and reads what they say.
#include "integration/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/time.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

int port_of(const std::string& ports, const std::string& name) {
  const auto at = ports.find(name + "=");
  return at == std::string::npos ? 0 : std::atoi(ports.c_str() + at + name.size() + 1);
}

const char* const kCrm = R"(
[[destinations]]
name = "crm"
connector = "hubspot"
peers = "allow_loopback"
[destinations.credentials]
token = "env:TEST_CRM_TOKEN"
[destinations.retry]
first = "1s"
[[routes]]
name = "contacts"
destination = "crm"
action = "upsert_contact"
[routes.when]
type = "identify"
[routes.map]
email = { from = "/traits/email", steps = ["trim", "lower"] }
firstname = "/traits/firstName"
)";

std::string with(std::string text, const std::string& word, const std::string& value) {
  const auto at = text.find(word);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + word);
  return text.replace(at, word.size(), value);
}

}  // namespace

Vendor::Vendor(const Folder& folder, const std::string& model, const json& set,
               const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program("tenon-vendor"), model, "--set", set.dump()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const std::string log = folder / (model + ".log");
  running_ = std::make_unique<Running>(command, Environment(), log);
  if (!eventually([&] { return read_file(log).ends_with("\n"); })) {
    throw std::runtime_error("tenon-vendor is not ready: " + read_file(log));
  }
  url_ = read_file(log);
  url_.pop_back();
}

void Vendor::set(const json& options) const {
  const auto answer = http("POST", url_ + "/_model/options", options.dump());
  EXPECT_EQ(answer.status, 200) << answer.body;
}

void Vendor::script(const json& replies) const {
  json body;
  body["script"] = replies;
  const auto answer = http("POST", url_ + "/_model/script", body.dump());
  EXPECT_EQ(answer.status, 200) << answer.body;
}

void World::start_vendor(const json& set, const std::vector<std::string>& vendor_arguments) {
  json options = {{"secret", kSecret}};
  options.update(set);
  inbox_ = std::make_unique<Vendor>(folder_, "webhook", options, vendor_arguments);
}

void World::start_crm(const json& set) {
  json options = {{"token", kCrmToken}};
  options.update(set);
  crm_ = std::make_unique<Vendor>(folder_, "hubspot", options);
  add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  add_connector(TENON_BINARY_DIR "/connectors/hubspot.so", hubspot_manifest(crm_->url()));
}

std::string World::add_connector(const std::string& so, const std::string& manifest) {
  own_connectors_ = true;
  const std::string folder = folder_ / "connectors";
  std::filesystem::create_directories(folder);
  const std::string copy = folder + "/" + std::filesystem::path(so).filename().string();
  std::filesystem::copy_file(so, copy, std::filesystem::copy_options::overwrite_existing);
  if (manifest.empty()) return copy;
  const std::string file = folder_ / "manifest.toml";
  write_file(file, manifest);
  const auto done = run({"objcopy", "--remove-section", ".tenon_manifest", "--add-section",
                         ".tenon_manifest=" + file, "--set-section-flags",
                         ".tenon_manifest=contents,readonly", copy});
  EXPECT_EQ(done.status, 0) << done.output;
  return copy;
}

std::string World::workspace(const std::string& inbox_lines) const {
  std::string text =
      "tenant = \"test\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n"
      "[[sources]]\nname = \"web\"\nwrite_key = \"env:TEST_WRITE_KEY\"\n"
      "[[destinations]]\nname = \"inbox\"\nconnector = \"webhook\"\n"
      "on_ambiguous = \"resend\"\nmax_batch = 10\n" +
      inbox_lines + "\n[destinations.settings]\nurl = \"" + vendor() +
      "/in\"\n[destinations.credentials]\nkey = \"env:TEST_INBOX_KEY\"\n"
      "[destinations.retry]\nfirst = \"1s\"\n"
      "[[routes]]\nname = \"all\"\ndestination = \"inbox\"\naction = \"send\"\n";
  if (crm_) text += kCrm;
  return text;
}

void World::spawn_host(const std::string& workspace_text) {
  host_.reset();
  std::error_code ignored;
  std::filesystem::remove(data() + "/ports", ignored);
  write_file(folder_ / "workspace.toml", workspace_text);
  Environment all = {
      {"TEST_WRITE_KEY", kWriteKey}, {"TEST_INBOX_KEY", kSecret}, {"TEST_CRM_TOKEN", kCrmToken}};
  for (const auto& [name, value] : environment) all[name] = value;
  std::vector<std::string> command = {
      program("tenond"),
      "--data",
      data(),
      "--workspace",
      folder_ / "workspace.toml",
      "--connectors",
      own_connectors_ ? folder_ / "connectors" : TENON_BINARY_DIR "/connectors",
      "--listen",
      "127.0.0.1:0",
      "--metrics-listen",
      "127.0.0.1:0"};
  command.insert(command.end(), host_arguments.begin(), host_arguments.end());
  const std::string log = folder_ / ("tenond-" + std::to_string(++starts_) + ".log");
  host_ = std::make_unique<Running>(std::move(command), all, log);
}

bool World::comes_up() {
  const bool looked = eventually([&] {
    if (host_->wait(std::chrono::seconds(0)) != -1) return true;
    const auto ports = read_file(data() + "/ports");
    ingest_port_ = port_of(ports, "ingest");
    metrics_port_ = port_of(ports, "metrics");
    api_port_ = port_of(ports, "api");
    return metrics_port_ != 0 && http("GET", metrics_url() + "/readyz").status == 200;
  });
  return looked && host_->wait(std::chrono::seconds(0)) == -1;
}

bool World::wait_ready() {
  if (comes_up()) return true;
  ADD_FAILURE() << "tenond is not ready:\n" << host_->output();
  return false;
}

bool World::start_host_with(const std::string& workspace_text) {
  spawn_host(workspace_text);
  return wait_ready();
}
bool World::start_host(const std::string& inbox_lines) {
  return start_host_with(workspace(inbox_lines));
}

Answer World::admin(const std::string& method, const std::string& path, const json& body) const {
  return http(method, "http://tenon/api/v1" + path, body.is_null() ? "" : body.dump(),
              {"content-type: application/json"}, data() + "/admin.sock");
}

Answer World::post(const std::string& path, const json& body) const {
  return post_raw(path, body.dump());
}
Answer World::post_raw(const std::string& path, const std::string& body,
                       std::vector<std::string> headers) const {
  headers.insert(headers.end(), {"content-type: application/json", kAuthorization});
  return http("POST", url() + path, body, headers);
}

bool World::eventually_distinct(std::size_t deliveries) const {
  const bool came = eventually([&] {
    const auto state = vendor_state();
    return state.is_object() && state["model"]["distinct"] >= deliveries;
  });
  if (!came)
    ADD_FAILURE() << "the vendor has " << vendor_state()["model"] << "\n" << host_->output();
  return came;
}

Finished World::cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {program("tenon"), "--data", data()});
  return run(std::move(arguments), {{"TEST_WRITE_KEY", kWriteKey}});
}
json World::tenon(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "--json");
  return json::parse(cli(std::move(arguments)).output, nullptr, false);
}

json World::trace(const std::string& message_id) const {
  const auto traces = tenon({"explain", "--message-id", "web:" + message_id});
  return traces.is_array() && !traces.empty() ? traces[0] : json(nullptr);
}

json World::trace_until(const std::string& message_id, const std::string& destination,
                        const std::string& state) const {
  json found;
  const bool came = eventually([&] {
    found = trace(message_id);
    const auto delivery = delivery_of(found, destination);
    return delivery.is_object() && delivery["state"] == state;
  });
  if (!came) {
    ADD_FAILURE() << message_id << " is not " << state << ": " << found.dump(1) << "\n"
                  << host_->output();
  }
  return found;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string now_text() {
  return to_rfc3339(std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now()));
}

json track(const std::string& message_id) {
  return {{"type", "track"},
          {"event", "Order"},
          {"userId", "user-" + message_id.substr(message_id.size() - 1)},
          {"messageId", message_id}};
}

json identify(const std::string& message_id, const std::string& email) {
  return {{"type", "identify"},
          {"userId", message_id},
          {"messageId", message_id},
          {"traits", {{"email", email}, {"firstName", "Name of " + message_id}}}};
}

json delivery_of(const json& trace, const std::string& destination) {
  if (!trace.is_object()) return nullptr;
  for (const auto& delivery : trace["deliveries"]) {
    if (delivery["destination"] == destination) return delivery;
  }
  return nullptr;
}

std::vector<std::string> message_ids(const json& journal) {
  std::vector<std::string> out;
  for (const auto& entry : journal) {
    const auto event = json::parse(entry["body"].get<std::string>(), nullptr, false);
    if (event.is_object()) out.push_back(event.value("messageId", std::string()));
  }
  return out;
}

std::string hubspot_manifest(const std::string& url) {
  return with(read_file(TENON_SOURCE_DIR "/manifests/hubspot.toml"), "host = \"api.hubapi.com\"",
              "setting = \"url\"") +
         "\n[[setting]]\nname = \"url\"\ntitle = \"Address\"\ntype = \"url\"\n"
         "default = \"" +
         url + "\"\n";
}

std::string inbound_manifest(const std::string& version) {
  return "[connector]\nid = \"inbound\"\nversion = \"" + version +
         "\"\ntitle = \"Test\"\nabi = \"1.0\"\nops = [\"webhook\"]\n"
         "[[slot]]\nname = \"secret\"\nkind = \"signing\"\n"
         "[webhook]\nscheme = \"path-secret/1\"\nslot = \"secret\"\n"
         "[webhook.reply]\nstatus = 202\nbody = \"later\"\ncontent_type = \"text/plain\"\n";
}

}  // namespace tenon::testing
