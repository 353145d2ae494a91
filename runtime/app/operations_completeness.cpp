// Operations on completeness: the counts of now, and the same from the log anew.
#include <algorithm>

#include "app/operations.hpp"
#include "audit/recount.hpp"

namespace tenon::app {
namespace {

constexpr int kRecountTries = 3;
constexpr seconds kFollowWithin{30};

bool wanted(const CompletenessQuery& query, const std::string& source,
            const std::string& destination) {
  if (!query.source.empty() && query.source != source) return false;
  // The counts of events belong to every destination.
  return query.destination.empty() || destination.empty() || query.destination == destination;
}

}  // namespace

Result<CompletenessRows> HostOperations::counted(const HourRange& range) {
  CompletenessRows rows;
  TENON_TRY(parts_.pipeline.count_into(rows, range));
  TENON_TRY_AS(const Time from, parts_.pipeline.decided_counted_from());
  TENON_TRY(parts_.delivery.count_into(rows, range, from, parts_.pipeline.counted_to()));
  return rows;
}

std::string HostOperations::source_name(NameHash source) const {
  const auto workspace = parts_.config.workspace();
  const std::string known = workspace ? workspace->source_name(source) : std::string();
  return known.empty() ? "(removed)" : known;
}

Result<Completeness> HostOperations::completeness(const CompletenessQuery& query) {
  HourRange range;
  if (query.from != Time{}) range.from = hour_of(query.from);
  if (query.to != Time{}) range.to = query.to;
  TENON_TRY_AS(const auto rows, counted(range));
  Completeness answer;
  for (const auto& [key, row] : rows) {
    const std::string source = source_name(key.source);
    if (!wanted(query, source, key.destination)) continue;
    const bool empty = row == CompletenessCounts{};
    if (!empty) answer.rows.push_back(CompletenessRow{source, key.destination, key.hour, row});
  }
  return answer;
}

// The log grows meanwhile. What a row says before and after the recount, unchanged, is what the
// recount must find; rows that changed are tried again, and at last left out and told.
Task<Result<RecountAnswer>> HostOperations::recount() {
  RecountAnswer answer;
  for (int tries = 0; tries < kRecountTries; ++tries) {
    answer = RecountAnswer{};
    auto before = counted(HourRange{});
    if (!before) co_return Error(before.error());
    auto ends = ends_of(parts_.log);
    auto anew = co_await tenon::recount(parts_.log, ends);
    if (!anew) co_return Error(anew.error());
    TENON_CO_TRY(await_followed(std::move(ends)));
    const auto after = counted(HourRange{});
    if (!after) co_return Error(after.error());
    auto rows = anew->rows();
    for (const auto& [key, row] : *after) rows[key];
    const Time whole_from = anew->whole_from();
    if (whole_from != Time::min()) answer.whole_from = whole_from;
    for (const auto& [key, row] : rows) {
      if (key.hour < whole_from) {
        ++answer.older;
        continue;
      }
      const auto now = after->find(key);
      const CompletenessCounts live = now == after->end() ? CompletenessCounts{} : now->second;
      if (!((*before)[key] == live)) {
        ++answer.moving;
        continue;
      }
      ++answer.compared;
      std::string found = difference(live, row);
      if (found.empty()) continue;
      answer.differences.push_back(
          CompletenessDifference{source_name(key.source), key.destination, key.hour, found});
    }
    answer.total = anew->total();
    if (answer.moving == 0) break;
  }
  co_return answer;
}

// Until pipeline and runners have read the log to these ends.
Task<Result<void>> HostOperations::await_followed(std::vector<Offset> ends) {
  const Instant until = parts_.clock.instant() + kFollowWithin;
  for (;;) {
    bool followed = true;
    const auto decided = parts_.pipeline.counted_to();
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      followed = followed && decided[p] >= ends[p];
      for (const auto& [name, runner] : parts_.delivery.runners()) {
        followed = followed && runner->has_read(PartitionId{p}, ends[p]);
      }
    }
    if (followed) co_return Result<void>();
    if (parts_.clock.instant() >= until) {
      co_return unavailable("the counts lag behind the log; ask again when there is less to do");
    }
    const Instant again = parts_.clock.instant() + milliseconds{5};
    co_await parts_.clock.sleep_until(again);
  }
}

}  // namespace tenon::app
