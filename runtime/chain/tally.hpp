// Tally: accesses that are alike are counted for a minute, so that a dashboard or somebody who
// tries tokens cannot fill the log. A plain function of entries and now.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "event/audit_entry.hpp"

namespace tenon {

constexpr std::size_t kMaxTallied = 500;  // kinds at once; beyond them: the target is left out
constexpr seconds kTallyFor{60};

// The first of a kind is an entry by itself, at once; what follows within kTallyFor is one more,
// with a count. So a crash loses counts of what is known to have begun, and no kind.
class Tally {
 public:
  // What is to be written now, if anything.
  std::optional<AuditEntry> add(AuditEntry entry, Time now);
  // The counts whose time is over; all of them with `all`.
  std::vector<AuditEntry> due(Time now, bool all = false);
  // There are counts to be written, now or later.
  bool waiting() const { return waiting_ > 0; }

 private:
  using Kind =
      std::tuple<std::string, std::string, std::string, std::string, std::string, std::uint32_t>;
  struct Row {
    AuditEntry again;  // count 0: it has not come again
    Time since{};
  };
  static Kind kind_of(const AuditEntry& entry);

  std::map<Kind, Row> rows_;
  std::size_t waiting_ = 0;
};

}  // namespace tenon
