// Reading the story, partition by partition.
#include "sim/story.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "async/scope.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/hash.hpp"
#include "event/control.hpp"
#include "event/raw_event.hpp"
#include "sim/config.hpp"
#include "sim/setup.hpp"
#include "sim/trace.hpp"

namespace tenon::sim {
namespace {

using nlohmann::json;

class Reader {
 public:
  Reader(World& world, Story& story) : world_(world), story_(story) {
    for (int v = 0; v < kVariants; ++v) {
      const std::string digest = digest_hex(workspace_toml(world.profile(), v));
      variants_[config_version_of(digest)] = v;
    }
  }

  void read(PartitionId p) {
    variant_ = -1;
    undecided_.clear();
    seen_.clear();
    std::vector<Record> records;
    std::string error;
    Scope scope(world_.context().get_executor());
    scope.spawn(read_all(world_.log(), p, records, error), "read");
    sim_run(world_.context(), world_.clock(), world_.clock().instant(),
            [&] { return scope.running() == 0; });
    if (!error.empty()) problem(p, "cannot be read: " + error);
    for (const auto& record : records) {
      std::string all = std::to_string(p.value) + ":" + std::to_string(record.offset.value) + ":" +
                        std::to_string(us_of(record.header.appended)) + ":" +
                        std::to_string(static_cast<int>(record.header.stream)) + record.body;
      story_.trace = hash64(all, story_.trace);
      ++story_.records;
      if (world_.ledger().tracing) {
        story_.lines.emplace_back(record.header.appended, line_of(world_.log().id(), p, record));
      }
      apply(p, record);
    }
    if (!undecided_.empty()) problem(p, std::to_string(undecided_.size()) + " undecided events");
    if (!records.empty() && variant_ < 0) problem(p, "has no configuration");
  }

 private:
  void problem(PartitionId p, const std::string& text) {
    if (story_.problems.size() < 20) {
      story_.problems.push_back("partition " + std::to_string(p.value) + ": " + text);
    }
  }

  void apply(PartitionId p, const Record& record) {
    switch (record.header.stream) {
      case Stream::raw: return raw(p, record);
      case Stream::decision: return decision(p, record);
      case Stream::outcome: return outcome(p, record);
      case Stream::control: return control(p, record);
      case Stream::rejected: return problem(p, "an event was rejected");
      default: return;
    }
  }

  void raw(PartitionId p, const Record& record) {
    const auto raw = decode_raw_event(record.body);
    if (!raw) return problem(p, "a raw event does not parse");
    const json message = json::parse(raw->payload, nullptr, false);
    StoryEvent event;
    event.partition = p;
    event.offset = record.offset;
    event.serial = message["properties"].value("n", std::int64_t{-1});
    event.user = message.value("userId", "");
    event.type = message.value("type", "");
    event.message_id = message.value("messageId", "");
    event.variant = variant_;
    const std::string id = to_text(event_id_of(world_.log().id(), p, record));
    const auto known = world_.sent().find(event.serial);
    if (known == world_.sent().end() || known->second.json != raw->payload) {
      problem(p, id + " was never sent like this: " + raw->payload);
    }
    undecided_.push_back(id);
    story_.events.emplace(id, std::move(event));
  }

  void decision(PartitionId p, const Record& record) {
    const auto decision = decode_decision(record.body);
    if (!decision) return problem(p, "a decision does not parse");
    for (const auto& decided : decision->events) {
      const std::string id = to_text(EventId{world_.log().id(), p, decided.offset, decided.index});
      if (undecided_.empty() || undecided_.front() != id) {
        problem(p, "decided out of turn or twice: " + id);
        continue;
      }
      undecided_.erase(undecided_.begin());
      StoryEvent& event = story_.events.at(id);
      event.fate = decided.fate;
      const auto version = variants_.find(record.header.config);
      if (version == variants_.end() || version->second != event.variant) {
        problem(p, id + " was not decided under the configuration in force");
      }
      std::set<std::string> wanted =
          wanted_destinations(world_.profile(), world_.sent().at(event.serial).type, event.variant);
      const bool again = !event.message_id.empty() && !seen_.insert(event.message_id).second;
      const EventFate fate = again            ? EventFate::duplicate
                             : wanted.empty() ? EventFate::no_route
                                              : EventFate::routed;
      if (decided.fate != fate) problem(p, id + " has a wrong fate");
      if (again) wanted.clear();
      std::set<std::string> given;
      for (const auto& one : decided.deliveries) given.insert(one.destination);
      if (given != wanted) problem(p, id + " is routed elsewhere than it should");
      for (const auto& one : decided.deliveries) {
        const RecordName name(one.destination, id);
        StoryDelivery delivery;
        delivery.name = name;
        delivery.event = &event;
        delivery.id = delivery_id_of(one.destination,
                                     EventId{world_.log().id(), p, decided.offset, decided.index},
                                     one.action);
        by_id_[delivery.id] = name;
        story_.deliveries.emplace(name, std::move(delivery));
      }
    }
  }

  StoryDelivery* known(PartitionId p, const DeliveryId& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) {
      problem(p, "a record about a delivery that was never decided");
      return nullptr;
    }
    return &story_.deliveries.at(found->second);
  }

  void outcome(PartitionId p, const Record& record) {
    const auto attempt = decode_attempt_outcome(record.body);
    if (!attempt) return problem(p, "an outcome does not parse");
    for (const auto& one : attempt->outcomes) {
      StoryDelivery* delivery = known(p, one.delivery.id);
      if (delivery == nullptr) continue;
      if (one.delivery.replay.value != 0) {
        StoryReplay* replay = delivery->replay(one.delivery.replay);
        if (replay == nullptr) {
          problem(p, "an outcome of a replay that never took it up");
        } else {
          replay->steps.push_back(
              {StoryStep::Kind::outcome, one.fate, one.reason, record.header.appended});
        }
        continue;
      }
      if (!delivery->steps.empty() && delivery->steps.back().fate == OutcomeFate::delivered) {
        problem(p, delivery->name.first + " " + delivery->name.second +
                       " has an outcome after its delivery");
      }
      delivery->steps.push_back(
          {StoryStep::Kind::outcome, one.fate, one.reason, record.header.appended});
    }
  }

  void control(PartitionId p, const Record& record) {
    const auto control = decode_control(record.header.type, record.body);
    if (!control) return problem(p, "a control record does not parse");
    if (std::holds_alternative<ConfigApplied>(*control)) {
      const auto version = variants_.find(record.header.config);
      variant_ = version == variants_.end() ? -1 : version->second;
    } else if (const auto* redriven = std::get_if<Redriven>(&*control)) {
      redrive(p, redriven->delivery, record);
    } else if (const auto* moved = std::get_if<RerunMoved>(&*control)) {
      rerun(p, *moved, record);
    } else if (const auto* closed = std::get_if<LetterClosed>(&*control)) {
      close(p, closed->delivery);
    } else if (const auto* skipped = std::get_if<DestinationSkipped>(&*control)) {
      for (auto& [name, delivery] : story_.deliveries) {
        if (name.first != skipped->destination || delivery.event->partition != p) continue;
        for (auto& replay : delivery.replays) replay.cancelled = true;
        if (waits(delivery.steps)) continue;  // a skip leaves it as it is
        delivery.steps.push_back(
            {StoryStep::Kind::skip, OutcomeFate::none, "", record.header.appended});
      }
    }
  }

  // The delivery itself, or its replay, and whether a person has closed it.
  std::pair<std::vector<StoryStep>*, bool*> letter(PartitionId p, const DeliveryRef& ref) {
    StoryDelivery* delivery = known(p, ref.id);
    if (delivery == nullptr) return {};
    if (ref.replay.value == 0) return {&delivery->steps, &delivery->closed};
    StoryReplay* replay = delivery->replay(ref.replay);
    if (replay == nullptr) return {};
    return {&replay->steps, &replay->closed};
  }

  // True if it takes effect: it waits for a person then.
  bool redrive(PartitionId p, const DeliveryRef& ref, const Record& record) {
    const auto [steps, closed] = letter(p, ref);
    if (steps == nullptr || *closed || !waits(*steps)) return false;
    steps->push_back({StoryStep::Kind::redrive, OutcomeFate::none, "", record.header.appended});
    return true;
  }

  void close(PartitionId p, const DeliveryRef& ref) {
    const auto [steps, closed] = letter(p, ref);
    if (steps != nullptr && waits(*steps)) *closed = true;
  }

  void rerun(PartitionId p, const RerunMoved& moved, const Record& record) {
    const std::pair<RerunId, PartitionId> name(moved.id, p);
    const auto wanted = world_.redrives().find(moved.id);
    for (const auto& item : moved.items) {
      if (ended_.contains(name)) break;
      StoryDelivery* delivery = known(p, item.delivery.id);
      if (delivery == nullptr) continue;
      const std::string text = delivery->name.first + " " + delivery->name.second;
      if (item.letter) {
        const auto& steps = delivery->steps;
        const std::string reason = steps.empty() ? "" : steps.back().reason;
        if (!redrive(p, item.delivery, record)) continue;
        const bool other = wanted != world_.redrives().end() && !wanted->second.empty() &&
                           item.delivery.replay.value == 0 && reason != wanted->second;
        if (other) problem(p, text + " is redriven, but was not asked for: " + reason);
        if (!delivery->redriven_by.insert(moved.id).second) {
          problem(p, text + " is taken up twice by one redrive");
        }
        continue;
      }
      if (delivery->replay(moved.id) != nullptr) {
        problem(p, text + " is sent twice by one replay");
        continue;
      }
      StoryReplay replay;
      replay.id = moved.id;
      replay.at = record.header.appended;
      delivery->replays.push_back(std::move(replay));
    }
    if (moved.fate == RerunFate::none) return;
    ended_.insert(name);
    if (moved.fate == RerunFate::done) return;
    for (auto& [id, delivery] : story_.deliveries) {
      StoryReplay* replay = delivery.event->partition == p ? delivery.replay(moved.id) : nullptr;
      if (replay != nullptr) replay->cancelled = true;
    }
  }

  static bool waits(const std::vector<StoryStep>& steps) {
    // A skip does not touch what waits for a person.
    const auto last = std::find_if(steps.rbegin(), steps.rend(), [](const auto& step) {
      return step.kind != StoryStep::Kind::skip;
    });
    if (last == steps.rend()) return false;
    return last->fate == OutcomeFate::dead || last->fate == OutcomeFate::parked ||
           last->fate == OutcomeFate::ambiguous;
  }

  World& world_;
  Story& story_;
  std::set<std::pair<RerunId, PartitionId>> ended_;
  std::map<ConfigVersion, int> variants_;
  std::map<DeliveryId, RecordName> by_id_;
  int variant_ = -1;
  std::vector<std::string> undecided_;
  std::set<std::string> seen_;
};

}  // namespace

StoryReplay* StoryDelivery::replay(RerunId id) {
  for (auto& one : replays) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

std::optional<Time> StoryDelivery::given_up_at() const {
  for (const auto& step : steps) {
    if (step.kind == StoryStep::Kind::skip) return step.at;
    if (step.kind == StoryStep::Kind::outcome && step.fate != OutcomeFate::retry &&
        step.fate != OutcomeFate::delivered) {
      return step.at;
    }
  }
  return std::nullopt;
}

Story read_story(World& world) {
  Story story;
  Reader reader(world, story);
  for (std::uint16_t p = 0; p < kPartitions; ++p) reader.read(PartitionId{p});
  return story;
}

}  // namespace tenon::sim
