// Tail: reads what is new in the log once and hands it on to every destination that is up to date.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "event/record.hpp"
#include "ports/event_log.hpp"

namespace tenon::delivery {

// What is read apart, since a destination may be behind with one and not with the other: decisions,
// of which it takes no more than it has room for, and all else, which it always takes.
enum class Line : std::uint8_t { decisions, others };
// Of one reading of the line.
ReadLimits limits_of(Line line);

// A destination, as the Tail sees it.
class Follower {
 public:
  virtual ~Follower() = default;
  virtual const std::string& destination() const = 0;
  // Where it stands: what lies before is applied.
  virtual Offset place(Line line, PartitionId p) const = 0;
  // The next record of the line that concerns it, in order.
  virtual Result<void> take(Line line, PartitionId p, const Record& record) = 0;
  // All before `next` is read; `ours`: some of it was taken. False: no room for more decisions, so
  // it is not a member any more and reads on for itself until it joins again.
  virtual Result<bool> taken(Line line, PartitionId p, Offset next, bool ours) = 0;
};

// One thread. With many destinations, most of what there is to read concerns others: if each of
// them read it, the work would grow with the square of their number. Followers outlive the Scope.
class Tail {
 public:
  Tail(EventLog& log, const boost::asio::any_io_executor& executor,
       std::function<void(Error)> on_fatal);

  // Spawns the readers. Once.
  void start(Scope& scope);
  // False: it stands before the Tail, and has to read on for itself and ask again. There must be no
  // await between the look at its place and this.
  bool join(Line line, PartitionId p, Follower& follower);

 private:
  struct Member {
    Follower* follower = nullptr;
    Offset from;        // where it stood when it joined, which may be further on
    bool took = false;  // of this reading
  };
  // Of one line of one partition. Members by name, in one piece: all of them are gone through for
  // each reading.
  struct Reading {
    Offset at;
    std::vector<Member> members;
  };

  Task<void> read(Line line, PartitionId p);
  Task<Result<void>> read_until_error(Line line, PartitionId p);
  Result<void> hand_on(Line line, PartitionId p, const LogSlice& slice);
  Result<void> hand_to(Member& member, Line line, PartitionId p, const Record& record);
  Reading& of(Line line, PartitionId p);
  static std::vector<Member>::iterator place_of(Reading& reading, std::string_view name);

  EventLog& log_;
  std::function<void(Error)> on_fatal_;
  std::vector<Reading> decisions_, others_;  // by partition
  Signal joined_;
};

}  // namespace tenon::delivery
