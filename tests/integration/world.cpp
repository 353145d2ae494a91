// Starts the programs of a World and reads what they say.
#include "integration/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace tenon::testing {
namespace {

int port_of(const std::string& ports, const std::string& name) {
  const auto at = ports.find(name + "=");
  return at == std::string::npos ? 0 : std::atoi(ports.c_str() + at + name.size() + 1);
}

}  // namespace

void World::start_vendor(const nlohmann::json& set,
                         const std::vector<std::string>& vendor_arguments) {
  nlohmann::json options = {{"secret", kSecret}};
  options.update(set);
  std::vector<std::string> command = {program("tenon-vendor"), "webhook", "--set", options.dump()};
  command.insert(command.end(), vendor_arguments.begin(), vendor_arguments.end());
  const std::string log = folder_ / "vendor.log";
  vendor_ = std::make_unique<Running>(command, Environment(), log);
  ASSERT_TRUE(eventually([&] { return read_file(log).ends_with("\n"); })) << read_file(log);
  vendor_url_ = read_file(log);
  vendor_url_.pop_back();
}

bool World::start_host(const std::string& destination_lines) {
  host_.reset();
  const std::string data = folder_ / "data";
  std::error_code ignored;
  std::filesystem::remove(data + "/ports", ignored);
  write_file(folder_ / "workspace.toml",
             "tenant = \"test\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n"
             "[[sources]]\nname = \"web\"\nwrite_key = \"env:TEST_WRITE_KEY\"\n"
             "[[destinations]]\nname = \"inbox\"\nconnector = \"webhook\"\n"
             "on_ambiguous = \"resend\"\nmax_batch = 10\n" +
                 destination_lines + "\n[destinations.settings]\nurl = \"" + vendor_url_ +
                 "/in\"\n[destinations.credentials]\nkey = \"env:TEST_INBOX_KEY\"\n"
                 "[destinations.retry]\nfirst = \"1s\"\n"
                 "[[routes]]\nname = \"all\"\ndestination = \"inbox\"\naction = \"send\"\n");
  const Environment environment = {{"TEST_WRITE_KEY", "key"}, {"TEST_INBOX_KEY", kSecret}};
  const std::string log = folder_ / ("tenond-" + std::to_string(++starts_) + ".log");
  host_ = std::make_unique<Running>(
      std::vector<std::string>{program("tenond"), "--data", data, "--workspace",
                               folder_ / "workspace.toml", "--connectors",
                               TENON_BINARY_DIR "/connectors", "--listen", "127.0.0.1:0",
                               "--metrics-listen", "127.0.0.1:0"},
      environment, log);
  const bool ready = eventually([&] {
    if (host_->wait(std::chrono::seconds(0)) != -1) return true;
    const auto ports = read_file(data + "/ports");
    ingest_port_ = port_of(ports, "ingest");
    metrics_port_ = port_of(ports, "metrics");
    return metrics_port_ != 0 && http("GET", metrics_url() + "/readyz").status == 200;
  });
  if (ready && host_->wait(std::chrono::seconds(0)) == -1) return true;
  ADD_FAILURE() << "tenond is not ready:\n" << host_->output();
  return false;
}

Answer World::post(const std::string& path, const nlohmann::json& body) const {
  return http("POST", url() + path, body.dump(),
              {"content-type: application/json", "authorization: Basic a2V5Og=="});  // key:
}

nlohmann::json World::vendor_state() const { return http("GET", vendor_url_ + "/_state").json(); }
nlohmann::json World::journal() const { return http("GET", vendor_url_ + "/_journal").json(); }

bool World::eventually_distinct(std::size_t deliveries) const {
  const bool came = eventually([&] {
    const auto state = vendor_state();
    return state.is_object() && state["model"]["distinct"] >= deliveries;
  });
  if (!came)
    ADD_FAILURE() << "the vendor has " << vendor_state()["model"] << "\n" << host_->output();
  return came;
}

nlohmann::json World::tenon(std::vector<std::string> arguments) const {
  std::vector<std::string> command = {program("tenon"), "--data", folder_ / "data", "--json"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return nlohmann::json::parse(run(std::move(command)).output, nullptr, false);
}

}  // namespace tenon::testing
