// MemoryStateStore: a state in a std::map, for tests and simulation.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "ports/state_store.hpp"

namespace tenon {

using StateMap = std::map<std::string, std::string, std::less<>>;

class MemoryStateStore final : public StateStore {
 public:
  MemoryStateStore() : map_(std::make_shared<StateMap>()) {}
  explicit MemoryStateStore(std::shared_ptr<StateMap> map) : map_(std::move(map)) {}

  Result<std::optional<std::string>> get(std::string_view key) override;
  Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                       std::size_t limit) override;
  Result<void> commit(StateBatch batch) override;
  Result<void> clear() override;
  Result<void> sync() override;

  // For comparing folds.
  const StateMap& contents() const { return *map_; }

 private:
  std::shared_ptr<StateMap> map_;  // shared with MemoryStateStores, so that reopening finds it
};

// Keeps what its stores hold for its own life, so that a restart can be simulated.
class MemoryStateStores final : public StateStores {
 public:
  Result<std::unique_ptr<StateStore>> open(std::string_view name) override;
  // Loses all states, as when a data folder's views are deleted.
  void forget() { maps_.clear(); }
  // The contents of a state opened before, or an empty map.
  StateMap contents(std::string_view name) const;

 private:
  std::map<std::string, std::shared_ptr<StateMap>, std::less<>> maps_;
};

}  // namespace tenon
