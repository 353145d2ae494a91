// Host: builds the parts of tenond from its options, runs them on one thread, and stops them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "app/config_keeper.hpp"
#include "app/options.hpp"
#include "manifest/changes.hpp"

namespace tenon::app {

// Exit statuses of tenond.
constexpr int kExitClean = 0;
constexpr int kExitFailed = 1;    // the log or a state cannot be used any more
constexpr int kExitUnusable = 2;  // options or configuration

class Host {
 public:
  explicit Host(Options options);
  ~Host();

  // Until SIGTERM or SIGINT, or a fatal error. Texts for people go to stderr.
  int run();

 private:
  struct State;
  Result<void> build();
  Task<void> serve();
  Task<Result<void>> start();
  Task<Result<void>> restore_config();
  Task<Result<void>> restore_rollouts();
  std::string file_of(const std::string& release, const std::string& name) const;
  std::vector<IntendedChange> changes_of(const std::string& release) const;
  void roll_out();
  Task<void> test_sandbox();
  Result<void> listen();
  // Brings the configuration in force to all parts; what was held back gets a new try.
  Result<void> reconfigure();
  // The same for who runs which release: what is held back stays so.
  Result<void> distribute();
  void configure_ingest(const Workspace& workspace);
  void refresh_secrets();
  Task<void> find_chain_key();
  Task<void> stop();
  void fatal(const Error& error);
  std::string not_ready() const;
  Result<void> follow_removed();
  // Why a person has paused the destination; "" = it is not.
  std::string paused(const std::string& destination);

  Options options_;
  boost::asio::io_context context_{1};
  std::unique_ptr<State> state_;
};

}  // namespace tenon::app
