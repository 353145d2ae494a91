// The command line of tenond.
#include "app/options.hpp"
#include "base/fail_point.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>

namespace tenon::app {

std::string program_folder() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : self.parent_path().string();
}

Result<Address> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  Address address;
  const char* end = text.data() + text.size();
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error == std::errc() && at == end && !address.host.empty()) {
      if (address.host.front() == '[' && address.host.back() == ']') {
        address.host = address.host.substr(1, address.host.size() - 2);
      }
      return address;
    }
  }
  return invalid("wanted ADDRESS:PORT, for instance 127.0.0.1:8080, found \"" + text + "\"");
}

Parsed parse_options(int argc, const char* const* argv) {
  Parsed parsed;
  Options& options = parsed.options;
  CLI::App app{
      "tenond: takes events in, keeps them in a durable log, and delivers them through "
      "sandboxed connectors."};
  app.set_version_flag("--version", std::string("tenond ") + TENON_VERSION);
  app.footer(
      "Example:\n  tenond --data ./tenon-data --workspace workspace.toml\n"
      "Then: tenon doctor; tenon events send events.ndjson; tenon explain EVENT_ID\n"
      "SIGTERM stops it cleanly: requests end, attempts under way are recorded.");
  app.add_option("--data", options.data, "Folder of the log and the state; made if missing")
      ->envname("TENON_DATA")
      ->capture_default_str();
  app.add_option("--workspace", options.workspace_file,
                 "Workspace file (TOML); applied at start if it differs from what is in force");
  app.add_option(
      "--connectors", options.connectors,
      "Folder of connectors (.so); may be given several times; default: connectors beside "
      "or above the program");
  app.add_option(
      "--lock", options.lock,
      "Only releases of this file run, with these bytes: tenon connector lock prints one");
  app.add_option("--worker", options.worker, "The tenon-worker program; default: beside this one");
  app.add_option("--listen", options.listen, "Where events come in; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--metrics-listen", options.metrics,
                 "Where /metrics, /healthz and /readyz are; \"\" for nowhere")
      ->capture_default_str();
  app.add_option("--api-listen", options.api,
                 "Where the admin API is for whoever has a token (tenon token create), besides its "
                 "Unix socket; default: nowhere")
      ->type_name("ADDRESS:PORT");
  app.add_option("--admin-socket", options.admin_socket,
                 "Unix socket of the admin API; default: admin.sock in the data folder");
  app.add_option(
         "--vault-key", options.vault_key,
         "What unlocks the vault: file:PATH, credential:NAME (systemd), passphrase:env:NAME "
         "or passphrase:file:PATH; default: vault.key in the data folder, made if missing")
      ->type_name("SOURCE");
  app.add_flag("--models-only", options.models_only,
               "Take only workspaces whose destinations all have a model, and send nothing beyond "
               "this machine: how tenon dev starts it");
  app.add_flag("--behind-proxy", options.behind_proxy,
               "Listen beyond loopback in clear text, since a proxy in front does the TLS");
  app.add_option(
         "--isolation-none-i-accept", options.not_isolated,
         "A connector, as its id, that runs with the host's rights: it can read and send all "
         "that the host can. Shown everywhere; may be given again")
      ->type_name("CONNECTOR")
      ->take_all();
  app.add_flag("--salvage", options.salvage,
               "Open a damaged log and lose the damaged records; each loss is reported");
  app.add_option("--log-keep-days", options.log_keep_days,
                 "Events stay in the log for so many days, and longer while they are to be sent; "
                 "0: until nobody needs them")
      ->capture_default_str()
      ->check(CLI::Range(0, 36'500));
  app.add_option("--log-keep-dead-days", options.log_keep_dead_days,
                 "The same for events of dead letters; after that they cannot be redriven")
      ->capture_default_str()
      ->check(CLI::Range(0, 36'500));
  app.add_option("--log-keep-mib", options.log_keep_mib,
                 "Above so many MiB younger events go, too, unless they are still to be sent or "
                 "their ids are needed to know duplicates; 0: no bound")
      ->capture_default_str();
  app.add_option("--log-chunk", options.log_chunk_mib,
                 "Size of a new file of the log in MiB, 1 to 1024; the log forgets by whole files")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--log-file", options.log_file, "Append log lines (JSON) here, not to stderr");
  const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                               {"info", LogLevel::info},
                                               {"warning", LogLevel::warning},
                                               {"error", LogLevel::error}};
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case))
      ->option_text("LEVEL=info");
#ifdef TENON_FAIL_POINTS
  app.add_flag_callback(
      "--list-fail-points",
      [] {
        std::cout << fail::list();
        throw CLI::Success();
      },
      "Of a build for tests: the places that can be made to fail, and how");
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error, std::cout, std::cerr);
    parsed.exit = status == 0 ? 0 : 2;
    return parsed;
  }
  const std::string beside = program_folder();
  if (options.worker.empty()) options.worker = beside + "/tenon-worker";
  if (options.connectors.empty()) {
    for (const char* place : {"/connectors", "/../connectors", "/../lib/tenon/connectors"}) {
      if (std::filesystem::is_directory(beside + place)) {
        options.connectors.push_back(std::filesystem::weakly_canonical(beside + place).string());
        break;
      }
    }
  }
  if (options.admin_socket.empty()) options.admin_socket = options.data + "/admin.sock";
  return parsed;
}

}  // namespace tenon::app
