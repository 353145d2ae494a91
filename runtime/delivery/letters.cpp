// The index of letters: kept with the rows, read by pages.
#include "delivery/letters.hpp"

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kMaxReasons = 10'000;
constexpr std::array kGivenUp = {RowState::parked, RowState::dead, RowState::ambiguous};

std::string time_key(Time at) { return key_u64(static_cast<std::uint64_t>(us_of(at))); }

std::string count_key(const Row& row) {
  return std::string{'h', static_cast<char>(row.state)} + row.reason;
}

// The part of the index to look at: from <= key < to.
struct Walk {
  std::string from, to;
};

Walk walk_of(const LetterFilter& filter, RowState state, const std::string& after) {
  const std::string prefix = letter_prefix(state);
  Walk walk{prefix, end_of_prefix(prefix)};
  if (filter.since > Time{}) walk.from = prefix + time_key(filter.since);
  if (filter.until > Time{}) walk.to = prefix + time_key(filter.until);
  if (!after.empty()) walk.from = std::max(walk.from, after + '\0');
  return walk;
}

}  // namespace

LetterFilter letter_filter_of(const RerunStarted& asked, Time started) {
  LetterFilter filter;
  if (asked.letter_state != 0) filter.state = static_cast<RowState>(asked.letter_state);
  filter.action = asked.action;
  filter.reason = asked.reason;
  filter.vendor_code = asked.vendor_code;
  filter.http_status = asked.http_status;
  filter.since = asked.from;
  filter.until = asked.to == Time{} ? started : std::min(asked.to, started);
  return filter;
}

std::string letter_value(const Row& row) {
  Writer out;
  out.u32(row.http_status);
  out.text(row.action);
  out.text(row.reason);
  out.text(row.vendor_code);
  return std::move(out).take();
}

bool lets_through(const LetterFilter& filter, std::string_view letter_value) {
  Reader in(letter_value);
  const std::uint32_t status = in.u32();
  const auto fits = [&in](const std::string& wanted) {
    const std::string_view found = in.text();
    return wanted.empty() || wanted == found;
  };
  const bool action = fits(filter.action), reason = fits(filter.reason);
  const bool code = fits(filter.vendor_code);
  return action && reason && code && (filter.http_status == 0 || filter.http_status == status);
}

void DeliveryFold::index_letter(const Row& row) {
  if (!is_given_up(row.state)) return;
  state_.put(letter_key(row), letter_value(row));
  ++counts_[count_key(row)];
  ++pending_counts_;
}

void DeliveryFold::unindex_letter(const Row& row) {
  if (!is_given_up(row.state)) return;
  state_.erase(letter_key(row));
  --counts_[count_key(row)];
  ++pending_counts_;
}

template <typename Each>
Result<void> DeliveryFold::walk_letters(const LetterFilter& filter, const std::string& after,
                                        Each each) {
  for (const RowState state : kGivenUp) {
    if (filter.state && *filter.state != state) continue;
    Walk walk = walk_of(filter, state, after);
    for (bool more = walk.from < walk.to; more;) {
      TENON_TRY_AS(const auto entries, state_.scan(walk.from, walk.to, kScanPage));
      more = entries.size() == kScanPage;
      for (const auto& entry : entries) {
        walk.from = entry.key + '\0';
        TENON_TRY_AS(const bool on, each(entry));
        if (!on) return {};
      }
    }
  }
  return {};
}

Result<RowPage> DeliveryFold::letters(const LetterFilter& filter, const std::string& after,
                                      std::size_t limit, std::size_t look_at) {
  RowPage page;
  std::size_t looked = 0;
  const auto look = [&](const StateEntry& entry) -> Result<bool> {
    if (lets_through(filter, entry.value)) {
      TENON_TRY_AS(const auto bytes, state_.get(row_key_of_letter(entry.key)));
      if (!bytes) return corrupt("delivery state: a letter names a row that is not there");
      TENON_TRY_AS(auto row, decode_row(*bytes));
      page.rows.push_back(std::move(row));
    }
    if (page.rows.size() < limit && ++looked < look_at) return true;
    page.next = entry.key;
    return false;
  };
  TENON_TRY(walk_letters(filter, after, look));
  return page;
}

Result<DeliveryFold::LetterTally> DeliveryFold::count_letters(const LetterFilter& filter,
                                                              const std::string& after,
                                                              std::size_t look_at) {
  LetterTally tally;
  std::size_t looked = 0;
  const auto look = [&](const StateEntry& entry) -> Result<bool> {
    tally.count += lets_through(filter, entry.value) ? 1 : 0;
    if (++looked < look_at) return true;
    tally.next = entry.key;
    return false;
  };
  TENON_TRY(walk_letters(filter, after, look));
  return tally;
}

Result<std::vector<LetterCount>> DeliveryFold::letter_counts() {
  TENON_TRY(settle_counts());
  TENON_TRY_AS(const auto entries, state_.scan("h", end_of_prefix("h"), kMaxReasons));
  std::vector<LetterCount> counts;
  for (const auto& entry : entries) {
    LetterCount count;
    count.state = static_cast<RowState>(entry.key[1]);
    count.reason = entry.key.substr(2);
    count.count = Reader(entry.value).i64();
    if (count.count != 0) counts.push_back(std::move(count));
  }
  return counts;
}

Result<std::optional<Time>> DeliveryFold::oldest_letter() {
  std::optional<Time> oldest;
  for (const RowState state : kGivenUp) {
    const std::string prefix = letter_prefix(state);
    TENON_TRY_AS(const auto first, state_.scan(prefix, end_of_prefix(prefix), 1));
    if (first.empty()) continue;
    const Time since = time_from_us(static_cast<std::int64_t>(
        u64_of_key(std::string_view(first.front().key).substr(prefix.size(), 8))));
    oldest = oldest ? std::min(*oldest, since) : since;
  }
  return oldest;
}

}  // namespace tenon::delivery
