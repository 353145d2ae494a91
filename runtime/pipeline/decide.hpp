// decide: what becomes of each event of a slice. A plain function of the events, the configuration
// and what dedupe knows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "event/decision.hpp"
#include "event/event.hpp"
#include "manifest/workspace.hpp"

namespace tenon::pipeline {

// One raw record with its body decoded, as the fold holds it until it is decided.
struct RawRecord {
  Offset offset, next;
  RecordHeader header;
  RawEvent raw;
};

// What dedupe looks up: an id of a client within a source.
std::uint64_t message_hash(NameHash source, std::string_view message_id);

// `first_seen[i]` is the place of an earlier event with the message id of slice[i], from before the
// slice, or nothing; duplicates inside the slice are found here. All of one configuration.
Decision decide(LogId log, PartitionId partition, const std::vector<RawRecord>& slice,
                const Workspace& workspace, const std::vector<std::optional<Offset>>& first_seen);

}  // namespace tenon::pipeline
