// What the simulated hosts have in common: a small log, a configuration in each partition of it,
// and how it is read in the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/file_log/file_log.hpp"
#include "ports/clock.hpp"

namespace tenon::sim {

// Chunks so small that a short life fills many, on one thread.
FileLogOptions log_options();

// Appends the configuration to every partition unless it is in force in all of them.
Task<void> apply_config(EventLog& log, Clock& clock, std::string toml,
                        std::optional<Result<void>>& done);

// All records of a partition; why not, in `error`.
Task<void> read_all(EventLog& log, PartitionId p, std::vector<Record>& out, std::string& error);

}  // namespace tenon::sim
