// The operation that sends an edited event in place of a dead letter.
#include "app/operations.hpp"
#include "ingest/edit.hpp"
#include "pipeline/decide.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

// Would the edited event go where it is meant to go? Else it would only take the letter away.
Result<void> goes_there(LogId log, const NewRecord& made, const Workspace& workspace,
                        const EditTarget& target) {
  TENON_TRY_AS(auto raw, decode_raw_event(made.body));
  const std::vector<pipeline::RawRecord> slice{{Offset{}, Offset{}, made.header, std::move(raw)}};
  const auto decision = pipeline::decide(log, made.partition, slice, workspace, {std::nullopt});
  const DecidedEvent& event = decision.events.front();
  std::string why = event.fate == EventFate::invalid ? event.reason : "no route takes it there";
  for (const auto& one : event.deliveries) {
    if (one.fate == DeliveryFate::deliver) return {};
    why = one.reason;
  }
  return invalid("the edited event would not go to " + target.destination + " by action " +
                 target.action + ": " + why);
}

}  // namespace

// A second event of an edit is known by its message id, whatever a crash did in between.
Task<Result<Edited>> HostOperations::edit(EditQuery query) {
  const auto found = find_dead(query.id);
  if (!found) co_return Error(found.error());
  const delivery::Row& row = found->row;
  const EventId original{parts_.log.id(), row.partition, row.ref.event, row.ref.index};
  TENON_CO_TRY_AS(const auto record, read_one(original));
  const auto workspace = parts_.config.workspace();
  const auto source = workspace ? workspace->source_name(record.header.source) : std::string();
  if (source.empty()) {
    co_return conflict("the source of this event is not in the configuration in force");
  }
  Edited answer;
  answer.destination = found->runner->destination();
  answer.action = row.action;
  answer.message_id = "edited-" + to_text(query.id);
  EditTarget target;
  target.destination = answer.destination;
  target.action = row.action;
  target.message_id = answer.message_id;
  target.source = source;
  auto made = edited(query.event, record, original, target, workspace->version, parts_.clock.now());
  if (!made) co_return Error(made.error());
  const auto goes = goes_there(parts_.log.id(), *made, *workspace, target);
  if (!goes) co_return Error(goes.error());
  if (query.dry_run) co_return answer;
  TENON_CO_TRY_AS(const auto earlier, parts_.pipeline.find_message(source, answer.message_id));
  if (earlier.empty()) {
    const PartitionId partition = made->partition;
    const std::uint16_t index = made->header.index;
    std::vector<NewRecord> records;
    records.push_back(std::move(*made));
    TENON_CO_TRY_AS(const auto offsets,
                    parts_.log.append(std::move(records), AppendClass::event, AppendWait::durable));
    answer.id = EventId{parts_.log.id(), partition, offsets.front(), index};
  } else {
    answer.id = earlier.front();
  }
  LetterClosed closed;
  closed.delivery = row.ref;
  closed.destination = answer.destination;
  closed.actor = query.actor;
  closed.end = LetterEnd::replaced;
  closed.replaced_by = answer.id;
  std::vector<NewRecord> marks;
  marks.push_back(delivery::rerun_record(row.partition, Control(std::move(closed)), workspace.get(),
                                         parts_.clock.now()));
  TENON_CO_TRY_AS(auto places, append_essential(parts_.log, parts_.clock, std::move(marks),
                                                AppendWait::durable));
  std::vector<PartitionId> partitions(1, row.partition);
  co_await wait_followed(*found->runner, std::move(partitions), std::move(places), false);
  if (!earlier.empty()) {
    co_return conflict("it was edited before, as " + to_text(answer.id) +
                       ", which goes in its place");
  }
  co_return answer;
}

}  // namespace tenon::app
