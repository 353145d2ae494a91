// ChainKeeper: the audit chain in the log: writes it, reads it, checks it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "async/task.hpp"
#include "base/id.hpp"
#include "chain/chain.hpp"
#include "chain/tally.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// Which entries are asked for; empty texts fit all.
struct AuditQuery {
  Time since{};
  std::string actor;
  bool refused = false;      // only those that were
  std::uint64_t before = 0;  // only those of a lower sequence; 0: all
  std::size_t limit = 100;
};

constexpr std::size_t kMaxAuditQueued = 1'000;  // acts that wait to be noted; beyond: `limited`

// One thread. All that it is given outlives it. `run` alone writes: who waits for an entry may give
// up, and the entry is written all the same.
class ChainKeeper {
 public:
  // Where the chunks of a partition begin, the oldest first.
  using Chunks = std::function<std::vector<Offset>(PartitionId)>;
  ChainKeeper(const boost::asio::any_io_executor& executor, EventLog& log, Clock& clock,
              Telemetry& telemetry, Chunks chunks)
      : log_(log),
        clock_(clock),
        telemetry_(telemetry),
        chunks_(std::move(chunks)),
        asked_(executor),
        written_(executor) {}

  // Finds the head. Entries of another workspace, as in a log that was moved, are not taken.
  Task<Result<void>> restore(NameHash tenant, NameHash workspace);
  // Counts from the next entry on.
  void use(ChainKey key) { key_ = std::move(key); }
  std::uint64_t key_id() const { return key_.id(); }  // 0: there is none

  // On disk when it returns its sequence; `run` and `look` must be running. `body`: of the request,
  // of which a keyed hash is kept.
  Task<Result<std::uint64_t>> note(AuditEntry entry, std::string_view body);
  // On disk about a second later, counted with what is alike.
  void tell(AuditEntry entry);
  // Writes what was noted and told; that the host has started; and an entry into each new chunk of
  // the log, so that older ones may be trimmed. Says the head to the log file, which is a place
  // outside of the data folder: a minute after an entry, or a thousand entries later.
  Task<void> run();
  // Lets `run` look every second, until it is cancelled.
  Task<void> look();
  // Ends when all that was told is written, counts included.
  Task<void> flush();

  const ChainHead& head() const { return head_; }
  // Newest first. Reads the log from its beginning.
  Task<Result<std::vector<AuditEntry>>> list(AuditQuery query);
  Task<Result<ChainReport>> verify(std::optional<ChainAnchor> anchor);

 private:
  struct Noted {
    bool done = false;
    Result<std::uint64_t> sequence = cancelled("the host is stopping");
  };
  struct Waiting {
    AuditEntry entry;
    std::shared_ptr<Noted> noted;  // null: nobody waits for it
  };
  template <typename Take>
  Task<Result<void>> read(Offset from, Offset to, Take take);
  Task<Result<void>> find_head();
  Task<Result<void>> write(std::vector<AuditEntry>& entries);
  Task<void> write_waiting();
  void gather();
  void say_head();

  EventLog& log_;
  Clock& clock_;
  Telemetry& telemetry_;
  Chunks chunks_;
  ChainKey key_;
  ChainHead head_, said_;
  Instant said_at_{};
  NameHash tenant_, workspace_;
  Tally tally_;
  std::vector<Waiting> waiting_;
  std::optional<Offset> chunk_;  // the newest that is known to hold an entry
  Signal asked_, written_;
  bool sure_ = false;  // head_ is what the log has
  bool busy_ = false, all_ = false;
};

}  // namespace tenon
