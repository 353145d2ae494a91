// Closing letters that are too old, some at a time.
#include "delivery/letter_keeper.hpp"

#include "delivery/rerun_driver.hpp"
#include "delivery/runner.hpp"
#include "event/control.hpp"
#include "ports/append_essential.hpp"

namespace tenon::delivery {
namespace {

constexpr seconds kLookEvery{60};
constexpr milliseconds kMoreSoon{100};
constexpr std::size_t kAtOnce = 200;

}  // namespace

Task<Result<void>> LetterKeeper::run() {
  for (;;) {
    TENON_CO_TRY_AS(const bool more, close_some());
    const Instant again = clock_.instant() + (more ? microseconds{kMoreSoon} : kLookEvery);
    co_await clock_.sleep_until(again);
  }
}

Task<Result<bool>> LetterKeeper::close_some() {
  const auto setup = runner_.setup();
  if (!runner_.is_restored() || !setup || setup->letters_kept.count() == 0) co_return false;
  LetterFilter old;
  old.state = RowState::dead;
  old.until = clock_.now() - setup->letters_kept;
  if (old.until <= Time{}) co_return false;
  const auto page = runner_.fold().letters(old, "", kAtOnce);
  if (!page) co_return Error(page.error());
  if (page->rows.empty()) co_return false;
  std::vector<NewRecord> records;
  for (const auto& row : page->rows) {
    LetterClosed closed;
    closed.delivery = row.ref;
    closed.destination = runner_.destination();
    closed.actor = "host";
    closed.end = LetterEnd::expired;
    records.push_back(rerun_record(row.partition, Control(std::move(closed)),
                                   setup->workspace.get(), clock_.now()));
  }
  std::vector<PartitionId> partitions;
  for (const auto& record : records) partitions.push_back(record.partition);
  TENON_CO_TRY_AS(const auto offsets,
                  append_essential(log_, clock_, std::move(records), AppendWait::durable));
  // Before the next look the fold must know of these.
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    while (!runner_.has_followed(partitions[i], offsets[i])) {
      const Instant again = clock_.instant() + milliseconds{2};
      co_await clock_.sleep_until(again);
    }
  }
  co_return page->rows.size() == kAtOnce;
}

}  // namespace tenon::delivery
