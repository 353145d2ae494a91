// Reading the story, partition by partition.
#include "sim/story.hpp"

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
      StoryDelivery* delivery = known(p, redriven->delivery.id);
      if (delivery != nullptr && delivery->waits_for_a_person()) {
        delivery->steps.push_back(
            {StoryStep::Kind::redrive, OutcomeFate::none, "", record.header.appended});
      }
    } else if (const auto* skipped = std::get_if<DestinationSkipped>(&*control)) {
      for (auto& [name, delivery] : story_.deliveries) {
        if (name.first != skipped->destination || delivery.event->partition != p) continue;
        if (delivery.waits_for_a_person()) continue;  // a skip leaves it as it is
        delivery.steps.push_back(
            {StoryStep::Kind::skip, OutcomeFate::none, "", record.header.appended});
      }
    }
  }

  World& world_;
  Story& story_;
  std::map<ConfigVersion, int> variants_;
  std::map<DeliveryId, RecordName> by_id_;
  int variant_ = -1;
  std::vector<std::string> undecided_;
  std::set<std::string> seen_;
};

}  // namespace

bool StoryDelivery::waits_for_a_person() const {
  if (steps.empty()) return false;
  const OutcomeFate last = steps.back().fate;
  return last == OutcomeFate::dead || last == OutcomeFate::parked || last == OutcomeFate::ambiguous;
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
