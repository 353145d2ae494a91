// Puller: one pull at work: asks for a page, makes it durable with its cursor, lets its events in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "calls/call_run.hpp"
#include "ports/event_log.hpp"
#include "ports/random.hpp"
#include "sync/page.hpp"
#include "sync/pull_fold.hpp"

namespace tenon::sync {

constexpr std::size_t kMaxPagesInRun = 1'000;     // then the run ends, and the next begins at once
constexpr std::size_t kMaxEmptyPagesInRow = 100;  // a connector that never arrives is stopped

struct SyncDoors {
  EventLog& log;
  Clock& clock;
  Random& random;
  Telemetry& telemetry;
  CallDoors call;
  // Why nothing may be asked of a destination by order of a person; "" = it may.
  std::function<std::string(const std::string& destination)> paused;
};

// What a pull is set up to be at the moment; replaced as a whole, never changed.
struct PullSetup : CallTarget {
  Pull pull;
  seconds interval{300};
};

enum class PullPhase : std::uint8_t { idle, running, waiting, failing, unusable };
struct PullStatus {
  std::string name, destination, stream, source, release;
  seconds interval{0};
  PullPhase phase = PullPhase::idle;
  std::string reason;  // of waiting, failing and unusable
  std::uint32_t failures = 0;
  PullState state;
  std::uint64_t runs = 0;  // since the host started
  Time began{}, ended{};   // of the last run
  Time next_at{};
};

// One thread. What is known of the log comes from the fold, which comes from the log: a page counts
// when it has been read back.
class Puller {
 public:
  Puller(PullKey key, SyncDoors doors, PullFold& fold, boost::asio::any_io_executor executor);

  // Null: not configured any more; what is durable still enters.
  void configure(std::shared_ptr<const PullSetup> setup);
  // Until it is cancelled or the log fails (an Error: the host must stop).
  Task<Result<void>> run();
  // Runs as soon as it may, whatever the interval says; the number of the run that will obey.
  std::uint64_t run_soon();
  void wake() { wake_.notify(); }
  Result<PullStatus> status();
  // Wakes with each end of a run.
  Signal& ended() { return ended_; }

 private:
  enum class Turn : std::uint8_t { more, done, failed };
  Task<Result<void>> finish_open();
  Task<Result<void>> one_run();
  Task<Result<void>> settle_start();
  Task<Result<void>> let_in(Offset offset);
  Task<Result<Turn>> turn(PullState state);
  // `known`: the cursor that is durable, which `cursor` is but for a first call with a start.
  Task<std::optional<Page>> ask(std::shared_ptr<const PullSetup> setup, std::string cursor,
                                std::string known);
  Task<Result<bool>> append_page(std::shared_ptr<const PullSetup> setup, std::string before,
                                 Page page);
  std::string why_not() const;
  bool is_due(Time now) const { return asked_ || now >= next_at_; }
  void failed(std::string reason, milliseconds retry_after = milliseconds{0});

  PullKey key_;
  PartitionId home_;
  SyncDoors doors_;
  PullFold& fold_;
  std::shared_ptr<const PullSetup> setup_;  // shared with a call under way
  Signal wake_, ended_;
  bool running_ = false, asked_ = false;
  std::uint64_t runs_ = 0;
  std::uint32_t failures_ = 0;
  std::size_t empty_in_row_ = 0;
  std::string reason_;
  Time began_{}, ended_at_{}, next_at_{};
};

}  // namespace tenon::sync
