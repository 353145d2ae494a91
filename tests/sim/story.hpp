// Story: all that the log says about events and deliveries, read without the code under test.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "event/attempt.hpp"
#include "event/decision.hpp"
#include "sim/world.hpp"

namespace tenon::sim {

struct StoryEvent {
  PartitionId partition;
  Offset offset;
  std::int64_t serial = -1;
  std::string user, type, message_id;  // message_id: the client's, or empty
  int variant = -1;                    // of the configuration in force at its place
  EventFate fate = EventFate::none;
};

struct StoryStep {
  enum class Kind : std::uint8_t { outcome, skip, redrive };
  Kind kind = Kind::outcome;
  OutcomeFate fate = OutcomeFate::none;
  std::string reason;
  Time at{};
};

// The same delivery once more, by a replay; `steps` are of this sending only.
struct StoryReplay {
  RerunId id;
  Time at{};
  bool cancelled = false;  // or skipped
  bool closed = false;     // given up, and no more to be redriven
  std::vector<StoryStep> steps;
};

// A duty, with what the log says of it, in order.
struct StoryDelivery {
  RecordName name;
  DeliveryId id;
  const StoryEvent* event = nullptr;
  std::vector<StoryStep> steps;
  std::vector<StoryReplay> replays;
  bool closed = false;
  std::set<RerunId> redriven_by;  // redrives and replays that took it up as a dead letter
  StoryReplay* replay(RerunId id);

  // When it came to rest for the first time other than by delivery; nothing if it never did.
  std::optional<Time> given_up_at() const;
};

struct Story {
  std::map<std::string, StoryEvent> events;  // by event id
  std::map<RecordName, StoryDelivery> deliveries;
  std::vector<std::string> problems;  // of the log itself
  std::uint64_t trace = 0;            // hash of every record
  std::uint64_t records = 0;
  std::vector<std::pair<Time, std::string>> lines;  // of the log, for people; if the world keeps it
};

// Reads the whole log; checks what decisions may say on the way.
Story read_story(World& world);

}  // namespace tenon::sim
