// Session: what all commands share: where the host is, how to print, how to end.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>

#include "cli/client.hpp"
#include "cli/render.hpp"

namespace tenon::cli {

// The exit status of the program: promised.
enum Exit : int { kOk = 0, kFailed = 1, kUsage = 2, kUnreachable = 3 };

class Session {
 public:
  Session(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  // Options of the command line, filled by CLI11 before `run` is called.
  std::string socket, data;
  bool json = false;
  bool out_is_terminal = false, err_is_terminal = false;
  Style style, error_style;
  std::function<int()> run;                                // set by the subcommand that was named
  std::chrono::milliseconds timeout = HttpCall().timeout;  // of each call

  View view() const;
  std::string socket_path() const;

  // Asks the admin API. On failure prints why (as JSON with --json) and gives nothing; `exit_code`
  // then says how to end.
  std::optional<nlohmann::json> get(const std::string& path_and_query);
  std::optional<nlohmann::json> post(const std::string& path_and_query, const std::string& body,
                                     const std::string& content_type = "application/json");
  // The answer as it is, for commands that read other statuses; the Error is of the transport.
  Result<HttpAnswer> call(const std::string& method, const std::string& path_and_query,
                          const std::string& body = {},
                          const std::string& content_type = "application/json");
  int exit_code = kOk;

  // With --json the value itself, else the text.
  int print(const nlohmann::json& value, const std::string& text);
  void print_json(const nlohmann::json& value);
  int fail(const Error& error);
  int fail_unreachable(const Error& error);
  int usage(const std::string& text);
  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }

 private:
  std::optional<nlohmann::json> judge(Result<HttpAnswer> answer);
  std::ostream& out_;
  std::ostream& err_;
};

// One per file of commands.
void add_events(CLI::App& app, Session& session);
void add_connect(CLI::App& vault, Session& session);
void add_send(CLI::App& events, Session& session);
void add_rejected(CLI::App& events, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_deliveries(CLI::App& app, Session& session);
void add_dead_letters(CLI::App& app, Session& session);
void add_replay(CLI::App& app, Session& session);
void add_destinations(CLI::App& app, Session& session);
void add_vendor(CLI::App& destinations, Session& session);  // check, readback
void add_inventory(CLI::App& app, Session& session);        // connectors, workers
void add_completeness(CLI::App& app, Session& session);
void add_notices(CLI::App& app, Session& session);
void add_pull(CLI::App& app, Session& session);
void add_config(CLI::App& app, Session& session);
void add_vault(CLI::App& app, Session& session);
void add_token(CLI::App& app, Session& session);
void add_audit(CLI::App& app, Session& session);
void add_rollout(CLI::App& app, Session& session);
void add_captures(CLI::App& app, Session& session);
void add_repro(CLI::App& app, Session& session);
void add_manifest(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_ci(CLI::App& app, Session& session);
void add_dev(CLI::App& app, Session& session);
void add_models(CLI::App& app, Session& session);  // tenon vendor

// Becomes the program tenon-check beside this one, with these arguments; returns only on failure.
int hand_over(Session& session, std::vector<std::string> arguments);

// --limit and --after of a list.
struct PageOptions {
  int limit = 50;
  std::string after;
  void add_to(CLI::App& command);
};

// The whole of a file, or of stdin for "-". invalid: it cannot be read or is over the limit.
Result<std::string> read_file(const std::string& path, std::size_t most);

// The program: parses, runs, gives the exit status.
int run(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace tenon::cli
