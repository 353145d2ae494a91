// Emits and checkpoints of a call, in their order.
#include "sync/page.hpp"

namespace tenon::sync {

Result<void> PageBuilder::take_emit(Emit& emit) {
  const std::size_t held = pending_.size() + (page_ ? page_->records.size() : 0);
  bytes_ += emit.id.size() + emit.type.size() + emit.body.size();
  if (held >= kMaxPageRecords || bytes_ > kMaxPageBytes) {
    return invalid("wanted at most " + std::to_string(kMaxPageRecords) + " records and " +
                   std::to_string(kMaxPageBytes) +
                   " bytes in one call of pull, found more; the connector must take smaller pages");
  }
  PulledRecord record;
  record.id = std::move(emit.id);
  record.type = std::move(emit.type);
  record.body = std::move(emit.body);
  record.event_ms = emit.event_ms;
  pending_.push_back(std::move(record));
  return {};
}

Result<void> PageBuilder::add(StepResult& step) {
  const std::size_t covered = step.checkpointed ? step.emits_covered : 0;
  if (step.checkpointed && step.cursor.size() > kMaxCursorBytes) {
    return invalid("wanted a cursor of at most " + std::to_string(kMaxCursorBytes) +
                   " bytes, found " + std::to_string(step.cursor.size()));
  }
  for (std::size_t i = 0; i <= step.emits.size(); ++i) {
    if (step.checkpointed && i == covered) {
      if (!page_) page_.emplace();
      for (auto& record : pending_) page_->records.push_back(std::move(record));
      pending_.clear();
      page_->cursor = step.cursor;
      page_->more = step.more;
    }
    if (i < step.emits.size()) TENON_TRY(take_emit(step.emits[i]));
  }
  return {};
}

std::optional<Page> PageBuilder::take() {
  auto page = std::move(page_);
  page_.reset();
  return page;
}

}  // namespace tenon::sync
