// TokenKeeper: the tokens live in the log; a change counts once it is on disk.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "access/token_book.hpp"
#include "async/task.hpp"
#include "base/id.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/kept_state.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

struct TokenDoors {
  EventLog& log;
  Clock& clock;
  Random& random;
  Telemetry& telemetry;
};

// One thread. All that it is given outlives it.
class TokenKeeper {
 public:
  // Where the chunks of a partition begin, the oldest first.
  using Chunks = std::function<std::vector<Offset>(PartitionId)>;
  TokenKeeper(TokenDoors doors, Chunks chunks) : doors_(doors), chunks_(std::move(chunks)) {}

  // Tokens of another workspace, as in a log that was moved, are not taken.
  Task<Result<void>> restore(NameHash tenant, NameHash workspace);
  // conflict: another change is being written. After an error nothing has changed, as far as this
  // host is concerned; a start after a crash may find the change made.
  Task<Result<TokenChange>> change(TokenAct act);
  TokenVerdict judge(std::string_view value, bool spend);
  const TokenBook& book() const { return book_; }
  // Notes the tokens in each new chunk of the log, so that older ones may be trimmed, and once an
  // hour when they were last used.
  Task<void> run();

 private:
  Task<Result<void>> restate();

  TokenDoors doors_;
  Chunks chunks_;
  TokenBook book_;
  KeptState state_;
  bool changing_ = false;
};

}  // namespace tenon
