// RerunDriver: keeps the reruns of one destination going: takes up some deliveries at a time, at
// their pace, and writes each step into the log before anything of it is sent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "delivery/replay_scan.hpp"
#include "delivery/rerun_state.hpp"
#include "event/control.hpp"
#include "ports/clock.hpp"

namespace tenon::delivery {

class Runner;

// So many per second, in steps of a tenth of that, and never more than a second's worth at once; 0:
// as many as asked for.
class Pace {
 public:
  // How many of `most` may go at this moment.
  std::size_t take(std::uint32_t rate, std::size_t most, Instant now);
  // Of those taken, so many were not needed.
  void give_back(std::size_t unused) { saved_ += static_cast<double>(unused); }
  // When the next ones may, if none may now.
  Instant next(std::uint32_t rate, Instant now) const;

 private:
  double saved_ = 0;
  std::optional<Instant> at_;
};

// One thread. After a crash it goes on from what the fold knows: a step that is in the log is not
// taken again, one that is not was not sent either.
class RerunDriver {
 public:
  RerunDriver(Runner& runner, EventLog& log, Clock& clock, const boost::asio::any_io_executor& on)
      : runner_(runner), log_(log), clock_(clock), changed_(on) {}

  // Something that it waits for may have changed.
  void notify() { changed_.notify(); }
  // Errors are the log's or the state's: the host must stop.
  Task<Result<void>> run();
  // From where on the log must stay for what goes on; nothing: it needs none of it.
  Task<Result<std::optional<Offset>>> needed_from(PartitionId p);

 private:
  // What a partition is known to hold no more of, beyond what stands in the log.
  struct Ahead {
    RerunId id;
    std::vector<ScanPlace> at;
    std::vector<bool> finished;
    std::string letter;  // the last key looked at, of a redrive
    bool letters_finished = false;
    std::uint64_t looked = 0;
    Pace pace;
  };

  Task<void> wait(Instant until);
  Task<Result<void>> complete(RerunId id);
  // True if it did something; else there is nothing to do before `next`.
  Task<Result<bool>> move(RerunId id, Instant& next);
  Task<Result<bool>> replay_some(RerunId id, std::size_t most);
  Task<Result<bool>> redrive_some(RerunId id, std::size_t most);
  Task<Result<void>> end(RerunId id, RerunFate fate, std::string reason);
  Task<Result<void>> append(std::vector<NewRecord> records);
  NewRecord record_of(PartitionId p, const Control& control, Time occurred) const;
  Result<bool> at_rest(const Candidate& candidate, PartitionId p, RerunItem& item);
  void begin(const RerunState& rerun);

  Runner& runner_;
  EventLog& log_;
  Clock& clock_;
  Signal changed_;
  Ahead ahead_;
  std::size_t turn_ = 0;
};

// The records that start a rerun, or end it; one for each partition that is asked for.
NewRecord rerun_record(PartitionId p, const Control& control, const Workspace* workspace,
                       Time occurred);

}  // namespace tenon::delivery
