// Letters: deliveries that were given up (dead, parked, ambiguous), and how they are looked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/row.hpp"
#include "event/rerun.hpp"

namespace tenon::delivery {

constexpr std::size_t kMaxLookedAt = 20'000;  // entries of an index, for one page

// Zero values let everything through.
struct LetterFilter {
  std::optional<RowState> state;
  std::string action, reason, vendor_code;
  std::uint32_t http_status = 0;
  Time since{}, until{};  // given up in [since, until)

  bool operator==(const LetterFilter&) const = default;
};

// Those a redrive is about: what died after it had started is not taken up by it again.
LetterFilter letter_filter_of(const RerunStarted& asked, Time started);

struct RowPage {
  std::vector<Row> rows;
  std::string next;  // "" at the end
};

struct LetterCount {
  RowState state = RowState::none;
  std::string reason;
  std::int64_t count = 0;
};

// What the index of letters keeps beside the key, so that filtering loads no row.
std::string letter_value(const Row& row);
bool lets_through(const LetterFilter& filter, std::string_view letter_value);

}  // namespace tenon::delivery
