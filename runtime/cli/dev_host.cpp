// Starting, asking and ending the two programs.
#include "cli/dev_host.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "backends/system/system_random.hpp"
#include "base/hash.hpp"
#include "cli/client.hpp"
#include "cli/models.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::seconds kStartPatience{60};
constexpr std::chrono::milliseconds kHostStops{30'000}, kModelsStop{5'000};
constexpr std::size_t kMostText = 1u << 20;
constexpr std::size_t kShownLog = 600;

std::string text_at(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  return read_file(path, kMostText).value_or("");
}

std::string last_words(const std::string& path) {
  const std::string text = text_at(path);
  return text.size() <= kShownLog ? text : "..." + text.substr(text.size() - kShownLog);
}

std::string port_of(const std::string& ports, const std::string& name) {
  const auto at = ports.find(name + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 1;
  return ports.substr(begin, ports.find('\n', begin) - begin);
}

// The models beside the programs whose connector is installed, too; a model alone is of no use.
std::vector<std::string> installed_models(const DevOptions& options) {
  const fs::path beside = fs::path(program_beside("tenon")).parent_path();
  std::error_code error;
  std::vector<std::string> names;
  std::vector<fs::path> connectors(options.connectors.begin(), options.connectors.end());
  for (const char* place : {"", "..", "../lib/tenon"}) {
    if (options.connectors.empty()) connectors.push_back(beside / place / "connectors");
  }
  for (const char* place : {"", "..", "../lib/tenon"}) {
    const fs::path folder = beside / place / "models";
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const bool installed = std::any_of(connectors.begin(), connectors.end(), [&](const auto& at) {
        return fs::exists(at / entry.path().filename(), error);
      });
      if (installed) names.push_back(entry.path().string());
    }
    if (!names.empty()) break;
  }
  names.insert(names.end(), options.models.begin(), options.models.end());
  std::sort(names.begin(), names.end());
  return names;
}

// Waits until `there` or the program ends.
Result<void> wait_for(ChildProcess& child, const char* name, const std::string& log,
                      const std::function<bool()>& stopped, const std::function<bool()>& there) {
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  while (!there()) {
    if (stopped()) return cancelled("stopped while starting");
    if (const auto status = child.ended()) {
      return unavailable(std::string(name) + " ended with status " + std::to_string(*status) +
                             " and said:\n" + last_words(log),
                         log);
    }
    if (std::chrono::steady_clock::now() > until) {
      return unavailable(std::string(name) + " is not ready after " +
                             std::to_string(kStartPatience.count()) + " s",
                         log);
    }
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

bool answers(const std::string& url) {
  HttpCall call;
  call.url = url;
  call.timeout = std::chrono::milliseconds(2'000);
  const auto answer = http_call(call);
  return answer && answer->status == 200;
}

std::string random_key() {
  SystemRandom random;
  return "dev-" + to_base32(random.bytes(20));
}

}  // namespace

Result<DevHost> DevHost::start(const DevOptions& options, const std::function<bool()>& stopped) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  const std::string folder = fs::absolute(options.folder, error).lexically_normal().string();
  if (error) return unavailable("cannot make the folder: " + error.message(), options.folder);
  const auto names = installed_models(options);
  if (names.empty()) {
    return not_found(
        "wanted models of vendors beside the installed connectors, found none; name one by "
        "--model FILE.so, with --connectors FOLDER of its connector");
  }
  std::set<std::string> stems;
  for (const auto& path : names) {
    if (stems.insert(fs::path(path).stem().string()).second) continue;
    return conflict("wanted models of different names, found two of this one", path);
  }
  ServerProgram program;
  program.command = {program_beside("tenon-vendor"), "--dev", "--seed",
                     std::to_string(options.seed)};
  program.command.insert(program.command.end(), names.begin(), names.end());
  // One model alone would print its address only.
  if (names.size() == 1) program.command.push_back("--names");
  program.out_file = folder + "/models.out";
  program.log_file = folder + "/models.log";
  fs::remove(program.out_file, error);
  auto child = ChildProcess::start(program);
  if (!child) return std::move(child.error());
  DevHost host(folder, std::move(*child));
  TENON_TRY(wait_for(host.models_, "tenon-vendor", program.log_file, stopped, [&] {
    return model_addresses(text_at(program.out_file)).size() == names.size();
  }));
  host.place_.models = model_addresses(text_at(program.out_file));
  std::vector<DevModel> models;
  for (const auto& [name, url] : host.place_.models) {
    TENON_TRY_AS(const auto said, ask_model(url, "GET", "dev"));
    DevModel model;
    model.name = name;
    model.url = url;
    model.workspace = text_of(said, "workspace");
    const auto secrets = said.value("secrets", nlohmann::json::object());
    for (const auto& [secret, value] : secrets.items()) {
      if (value.is_string()) model.secrets[secret] = value.get<std::string>();
    }
    if (model.workspace.empty()) host.without_lines_.push_back(name);
    models.push_back(std::move(model));
  }
  TENON_TRY(host.start_host(options, models, stopped));
  TENON_TRY(write_dev_place(folder, host.place_));
  return host;
}

Result<void> DevHost::start_host(const DevOptions& options, const std::vector<DevModel>& models,
                                 const std::function<bool()>& stopped) {
  const std::string data = folder_ + "/data", workspace = folder_ + "/workspace.toml";
  {
    std::ofstream file(workspace, std::ios::trunc);
    file << dev_workspace(models);
    if (!file.flush()) return unavailable("cannot write the workspace file", workspace);
  }
  std::error_code error;
  fs::remove(data + "/ports", error);
  place_.write_key = random_key();
  ServerProgram program;
  program.command = {program_beside("tenond"),
                     "--models-only",
                     "--data",
                     data,
                     "--workspace",
                     workspace,
                     "--listen",
                     options.listen,
                     "--metrics-listen",
                     "127.0.0.1:0",
                     "--log-file",
                     folder_ + "/tenond.log"};
  for (const auto& one : options.connectors) {
    program.command.insert(program.command.end(), {"--connectors", one});
  }
  for (const auto& model : models) {
    program.environment.insert(model.secrets.begin(), model.secrets.end());
  }
  program.environment[kDevWriteKey] = place_.write_key;
  program.out_file = folder_ + "/tenond.out";
  program.log_file = folder_ + "/tenond.log";
  auto child = ChildProcess::start(program);
  if (!child) return std::move(child.error());
  host_.emplace(std::move(*child));
  return wait_for(*host_, "tenond", program.log_file, stopped, [&] {
    const std::string ports = text_at(data + "/ports");
    const std::string ingest = port_of(ports, "ingest"), metrics = port_of(ports, "metrics");
    if (ingest.empty() || metrics.empty()) return false;
    place_.ingest = "http://127.0.0.1:" + ingest;
    metrics_url_ = "http://127.0.0.1:" + metrics + "/metrics";
    return answers(place_.ingest + "/readyz");
  });
}

Result<DevRows> DevHost::rows() const {
  HttpCall call;
  call.url = metrics_url_;
  call.timeout = std::chrono::milliseconds(5'000);
  const auto answer = http_call(call);
  if (!answer) return answer.error();
  return dev_rows(answer->body);
}

std::map<std::string, std::string> DevHost::faults() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, url] : place_.models) {
    const auto said = ask_model(url, "GET", "faults");
    out[name] = said ? text_of(*said, "faults") : "does not answer";
  }
  return out;
}

std::string DevHost::fallen() {
  const auto told = [&](const char* name, std::optional<int> status, const std::string& log) {
    return status ? std::string(name) + " ended with status " + std::to_string(*status) + ": " +
                        last_words(folder_ + log)
                  : std::string();
  };
  std::string what = told("tenond", host_ ? host_->ended() : std::nullopt, "/tenond.log");
  return what.empty() ? told("tenon-vendor", models_.ended(), "/models.log") : what;
}

bool DevHost::stop() {
  const int host = host_ ? host_->stop(kHostStops) : 0;
  const int models = models_.stop(kModelsStop);
  std::error_code error;
  fs::remove(folder_ + "/" + kDevFile, error);
  return host == 0 && models == 0;
}

}  // namespace tenon::cli
