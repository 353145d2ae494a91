// StateStore: one ordered map of bytes to bytes, folded from the log and rebuildable from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tenon {

// All or nothing. Later entries win over earlier ones with the same key.
struct StateBatch {
  std::vector<std::pair<std::string, std::optional<std::string>>> changes;  // no value = erase

  void put(std::string key, std::string value) {
    changes.emplace_back(std::move(key), std::move(value));
  }
  void erase(std::string key) { changes.emplace_back(std::move(key), std::nullopt); }
  bool empty() const { return changes.empty(); }
};

struct StateEntry {
  std::string key, value;
};

// One thread. Calls do not wait: a state is a local file or memory. Not synced at each commit: a
// crash may take back the newest commits, in whole and in order, never a part of one.
class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  // Entries with from <= key < to in key order, at most `limit`. An empty `to` means no upper end.
  virtual Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                               std::size_t limit) = 0;
  virtual Result<void> commit(StateBatch batch) = 0;
  // Forgets everything: the fold starts again.
  virtual Result<void> clear() = 0;
  // Makes all commits so far survive a power cut (before a chunk of the log may be trimmed).
  virtual Result<void> sync() = 0;
};

// The smallest key that is greater than every key with this prefix.
std::string end_of_prefix(std::string_view prefix);

// Names the states that a data folder holds: "partition-03", "destination-crm". Opens or creates.
class StateStores {
 public:
  virtual ~StateStores() = default;
  virtual Result<std::unique_ptr<StateStore>> open(std::string_view name) = 0;
};

}  // namespace tenon
