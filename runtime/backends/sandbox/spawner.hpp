// Spawner: the host's end of tenon-spawner, the small process of one thread that starts workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "async/task.hpp"
#include "backends/sandbox/packet.hpp"
#include "backends/sandbox/spawn.hpp"
#include "base/time.hpp"
#include "ports/telemetry.hpp"

namespace tenon::sandbox {

struct SpawnerInfo {
  pid_t pid = -1;            // -1: none runs now; the next start of a worker starts one
  std::uint64_t starts = 0;  // of the spawner itself
  std::string last_end;      // how the one before ended; empty: none has
};

// Puts the ends of new pipes into a plan whose old ones a worker may have.
using RenewPipes = std::function<Result<void>(SpawnPlan& plan)>;

// On one executor (one thread); await stop() before it is destroyed. It is started at once, and
// again by the next request after it has died. Workers are children of this process, not of the
// spawner's: they outlive it.
class Spawner {
 public:
  // `within`: what a request may take; after that the spawner is killed. `is_known`: the owner will
  // reap this pid.
  Spawner(boost::asio::any_io_executor executor, Telemetry& telemetry, std::string program,
          milliseconds within, std::function<bool(pid_t)> is_known);
  ~Spawner();

  // Errors as of spawn(). One at a time; others wait. A spawner that dies over it is replaced,
  // once; `renew` gives the plan other pipes before. The descriptors of the plan stay the caller's.
  Task<Result<Spawned>> start_worker(SpawnPlan plan, RenewPipes renew);
  // Waits for the request under way; later ones are cancelled.
  Task<void> stop();
  SpawnerInfo info() const;

 private:
  struct Process;
  using ProcessPtr = std::shared_ptr<Process>;
  class Turn;

  Result<void> start();
  Task<Result<Spawned>> ask(ProcessPtr process, const SpawnPlan& plan, const std::string& request);
  Task<void> watch(ProcessPtr process);
  Task<void> reap_stray();

  boost::asio::any_io_executor executor_;
  Telemetry& telemetry_;
  const std::string program_;
  const milliseconds within_;
  const std::function<bool(pid_t)> is_known_;
  Scope scope_;
  Signal changed_;      // a turn is free, a process is dead
  ProcessPtr process_;  // null: none runs
  std::uint64_t starts_ = 0;
  std::string last_end_;
  bool busy_ = false, stopping_ = false;
};

}  // namespace tenon::sandbox
