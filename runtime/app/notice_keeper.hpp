// NoticeKeeper: looks again and again at what needs a person, and puts what is new into the log.
#pragma once

#include <functional>
#include <vector>

#include "app/config_keeper.hpp"
#include "notices/board.hpp"
#include "pipeline/pipeline.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

struct NoticeDoors {
  EventLog& log;
  Clock& clock;
  Random& random;
  Telemetry& telemetry;
  pipeline::Pipeline& pipeline;
  ConfigKeeper& config;
  std::function<std::vector<Condition>()> present;  // all that is so now
  std::function<void(const Error&)> on_fatal;
};

// One thread. Notices follow from what is so, not from calls at the places where it becomes so: no
// place can forget one, and a crash between the two changes nothing.
class NoticeKeeper {
 public:
  explicit NoticeKeeper(NoticeDoors doors) : doors_(std::move(doors)) {}

  // Until cancelled. Nothing is told before what was told is known: while the pipeline follows the
  // log to where it ended at the start.
  Task<void> run();
  const NoticeBoard& board() const { return board_; }

 private:
  Task<void> await_pipeline();
  // The newest notices of the log: what is open, and was told.
  Task<Result<void>> restore();
  Task<Result<void>> look();
  NoticeOrigin origin() const;
  void report(const Notice& notice);

  NoticeDoors doors_;
  NoticeBoard board_;
};

}  // namespace tenon::app
