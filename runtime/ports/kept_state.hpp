// KeptState: what is small and kept whole in the log: the newest record of its kind is the truth,
// and each new chunk gets it again, so that older ones may be trimmed. Its keeper sees to that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/id.hpp"
#include "event/vault_changed.hpp"
#include "ports/event_log.hpp"

namespace tenon {

// Which one: a kind within the stream audit of one partition, of one workspace.
struct KeptState {
  AuditType type = AuditType::none;
  NameHash tenant, workspace;
};

// As it is now, to be appended.
NewRecord record_of(const KeptState& state, Time now, std::string body);

// The body of the newest record; nothing if there is none. States of other workspaces, as in a log
// that was moved, do not count. `chunks`: where those of the partition begin, the oldest first.
// Each that is not new holds the state, so all of the log is read only where an older version wrote
// it.
Task<Result<std::optional<std::string>>> newest_of(EventLog& log, KeptState state,
                                                   std::vector<Offset> chunks);

// All of them are kept here.
inline const PartitionId kKeptStates{0};

}  // namespace tenon
