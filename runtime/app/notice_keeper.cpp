// Reading notices back at a start, and telling new ones.
#include "app/notice_keeper.hpp"

#include <algorithm>

#include "audit/recount.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

constexpr milliseconds kLookEvery{1'000};
constexpr milliseconds kAskPipelineEvery{20};

}  // namespace

Task<Result<void>> NoticeKeeper::restore() {
  std::vector<Notice> found;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    const auto places = doors_.pipeline.notices(partition);
    if (!places) co_return Error(places.error());
    for (const Offset place : *places) {
      ReadLimits one;
      one.max_records = 1;
      const auto slice = co_await doors_.log.read(partition, place, one);
      if (!slice) {
        if (slice.error().kind == ErrorKind::not_found) continue;  // trimmed away
        co_return Error(slice.error());
      }
      if (slice->records.empty()) continue;
      const Record& record = slice->records.front();
      auto notice = notice_of(record.header, record.body);
      if (!notice) continue;  // of a later release; it can still be read as an event
      notice->id = event_id_of(doors_.log.id(), partition, record);
      found.push_back(std::move(*notice));
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Notice& a, const Notice& b) { return a.at < b.at; });
  for (auto& notice : found) board_.restore(std::move(notice));
  co_return Result<void>();
}

Task<void> NoticeKeeper::await_pipeline() {
  const auto ends = ends_of(doors_.log);
  const auto behind = [&] {
    const auto at = doors_.pipeline.counted_to();
    return !std::equal(ends.begin(), ends.end(), at.begin(),
                       [](Offset end, Offset reached) { return end <= reached; });
  };
  while (behind()) {
    const Instant again = doors_.clock.instant() + kAskPipelineEvery;
    co_await doors_.clock.sleep_until(again);
  }
}

Task<void> NoticeKeeper::run() {
  co_await await_pipeline();
  const auto restored = co_await restore();
  if (!restored) {
    doors_.on_fatal(restored.error());
    co_return;
  }
  for (;;) {
    const auto looked = co_await look();
    if (!looked) {
      doors_.on_fatal(looked.error());
      co_return;
    }
    const Instant again = doors_.clock.instant() + kLookEvery;
    co_await doors_.clock.sleep_until(again);
  }
}

NoticeOrigin NoticeKeeper::origin() const {
  NoticeOrigin origin;
  const auto workspace = doors_.config.workspace();
  origin.tenant = workspace->tenant.value;
  origin.workspace = workspace->name.value;
  origin.config = workspace->version;
  return origin;
}

Task<Result<void>> NoticeKeeper::look() {
  auto notices = board_.look(doors_.present(), doors_.clock.now());
  for (auto& notice : notices) {
    report(notice);
    NewRecord record = record_of(notice, origin(), doors_.random);
    const PartitionId partition = record.partition;
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    // Few and small, and one of them says that the disk is full: they may use the reserve.
    TENON_CO_TRY_AS(const auto offsets, append_essential(doors_.log, doors_.clock,
                                                         std::move(records), AppendWait::durable));
    notice.id = EventId{doors_.log.id(), partition, offsets.front(), 0};
    board_.told(std::move(notice));
  }
  co_return Result<void>();
}

void NoticeKeeper::report(const Notice& notice) {
  const std::string_view name = event_name(notice.condition.topic, notice.over);
  doors_.telemetry.count("notices", {{"name", name}});
  doors_.telemetry.log(notice.over ? LogLevel::info : LogLevel::warning, "notice",
                       {{"name", name},
                        {"subject", notice.condition.subject},
                        {"reason", notice.condition.reason},
                        {"owner", notice.condition.owner}});
}

}  // namespace tenon::app
