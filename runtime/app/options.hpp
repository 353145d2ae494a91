// Options of tenond: from the command line, with what each means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

struct Options {
  std::string data = "./tenon-data";
  std::string workspace_file;              // "" = the configuration that the log already holds
  std::vector<std::string> connectors;     // folders; empty = the one beside the program
  std::string lock;                        // file that pins digests of releases; "" = none
  std::string worker;                      // "" = tenon-worker beside the program
  std::string listen = "127.0.0.1:8080";   // ingest
  std::string metrics = "127.0.0.1:9464";  // metrics and health; "" = none
  std::string api;                         // the admin API for tokens, on TCP; "" = none
  bool models_only = false;                // every destination is a model; nothing leaves loopback
  std::string vault_key;                   // "" = file:DATA/vault.key
  std::string admin_socket;                // "" = DATA/admin.sock
  bool behind_proxy = false;               // clear text beyond loopback: a proxy does the TLS
  std::vector<std::string> not_isolated;   // ids of connectors that run without a sandbox
  bool salvage = false;
  std::uint32_t log_chunk_mib = 64;
  std::uint32_t log_keep_days = 30, log_keep_dead_days = 90;
  std::uint64_t log_keep_mib = 0;  // 0 = no bound
  std::string log_file;            // "" = stderr
  LogLevel log_level = LogLevel::info;
};

// What the command line asks for: options to run with, or the exit status after a text was printed.
struct Parsed {
  Options options;
  std::optional<int> exit;
};
Parsed parse_options(int argc, const char* const* argv);

// "host:port" or "[v6]:port".
struct Address {
  std::string host;
  std::uint16_t port = 0;
};
Result<Address> parse_address(const std::string& text);

// The folder of the running program.
std::string program_folder();

}  // namespace tenon::app
