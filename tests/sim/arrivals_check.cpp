// What the log of Arrivals must say in the end.
#include <set>

#include "backends/memory/sim_run.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"
#include "event/raw_event.hpp"
#include "inbound/emitted.hpp"
#include "sim/arrivals_life.hpp"
#include "sim/config.hpp"

namespace tenon::sim {

// By id that the vendor gave.
struct Arrivals::Log {
  std::map<std::string, int> pulled;                   // records in the log
  std::map<std::string, int> counted;                  // events that are no duplicates
  std::vector<std::pair<EventId, EventId>> given_up;   // webhook, rejected event
  std::set<std::pair<PartitionId, Offset>> reentered;  // rejected events
};

Arrivals::Log Arrivals::read_log() {
  Log out;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    std::vector<Record> records;
    std::string error;
    Scope scope(life_->context.get_executor());
    scope.spawn(read_all(*life_->file_log, partition, records, error), "read");
    sim_run(life_->context, clock_, clock_.instant(), [&] { return scope.running() == 0; });
    if (!error.empty()) problem("the log cannot be read: " + error);
    std::map<Offset, std::string> ids;
    for (const auto& record : records) {
      const Stream stream = record.header.stream;
      if (stream == Stream::raw || stream == Stream::rejected) {
        const auto raw = decode_raw_event(record.body);
        if (!raw) {
          problem("an event does not parse");
          continue;
        }
        const EventId id = event_id_of(life_->log->id(), partition, record);
        if (stream == Stream::rejected && raw->reason_code == inbound::kFailedCode) {
          out.given_up.emplace_back(record.header.parent, id);
        } else if (stream == Stream::rejected) {
          problem("an event was rejected: " + raw->reason);
        } else {
          ids[record.offset] = raw->message_id;
          if ((record.header.flags & kRecordPulled) != 0) ++out.pulled[raw->message_id];
        }
      } else if (stream == Stream::decision) {
        const auto decision = decode_decision(record.body);
        for (const auto& event : decision->events) {
          if (event.fate != EventFate::duplicate) ++out.counted[ids.at(event.offset)];
        }
      } else if (stream == Stream::control) {
        const auto control = decode_control(record.header.type, record.body);
        const auto* mark = std::get_if<RejectedReentered>(&*control);
        if (mark != nullptr) out.reentered.insert({partition, mark->rejected});
      }
    }
  }
  return out;
}

std::vector<std::pair<EventId, EventId>> Arrivals::left_to_reenter() {
  auto log = read_log();
  std::erase_if(log.given_up, [&](const auto& one) {
    return log.reentered.contains({one.second.partition, one.second.offset});
  });
  return log.given_up;
}

std::vector<std::string> Arrivals::check() {
  if (!problems_.empty()) return problems_;
  const Log log = read_log();
  std::set<std::string> known;
  for (const auto& [stream, ids] : vendor_.streams) {
    for (const auto& id : ids) {
      known.insert(id);
      const auto found = log.pulled.find(id);
      if (found == log.pulled.end()) problem("record " + id + " was lost");
      if (found != log.pulled.end() && found->second > 1) problem("record " + id + " came twice");
    }
  }
  for (const auto& hook : vendor_.hooks) {
    for (const auto& id : hook->ids) {
      known.insert(id);
      const auto found = log.counted.find(id);
      if (found == log.counted.end()) problem("webhook event " + id + " was acknowledged and lost");
    }
  }
  for (const auto& [id, times] : log.counted) {
    if (!known.contains(id)) problem("event " + id + " was never sent");
    if (times != 1) problem("event " + id + " counts " + std::to_string(times) + " times");
  }
  if (!left_to_reenter().empty()) problem("a webhook that was re-entered is not marked");
  // A start without any state folds the same.
  const auto before = life_->sync->status();
  for (const auto& pull : before ? *before : std::vector<sync::PullStatus>()) {
    if (pull.state.events == vendor_.streams.at(pull.stream).size()) continue;
    problem("pull " + pull.name + " counts " + std::to_string(pull.state.events) + " events");
  }
  end_life();
  disk_.crash(random_.next());
  states_ = RollbackStores();
  if (!before || !start()) return problems_;
  tick(seconds{1});
  const auto after = life_->sync->status();
  for (std::size_t i = 0; after && i < before->size(); ++i) {
    if (!(after->at(i).state == before->at(i).state)) {
      problem("the state of pull " + before->at(i).name + " is not what its log says");
    }
  }
  if (!after) problem("no state can be folded anew");
  if (!life_->parser->waiting().empty()) problem("a webhook that has ended is open again");
  return problems_;
}

}  // namespace tenon::sim
