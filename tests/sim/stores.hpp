// RollbackStores: states in memory of which a crash takes back the newest commits.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/memory/memory_state_store.hpp"
#include "backends/memory/seeded_random.hpp"

namespace tenon::sim {

// Keeps what its stores hold over restarts. One thread; stores do not outlive it.
class RollbackStores final : public StateStores {
 public:
  Result<std::unique_ptr<StateStore>> open(std::string_view name) override;
  // Each state loses none, some or all of its last kKept commits, each in whole.
  void crash(SeededRandom& random);
  std::vector<std::string> names() const;

 private:
  class Store;
  using Undo = std::vector<std::pair<std::string, std::optional<std::string>>>;
  struct State {
    std::shared_ptr<StateMap> map = std::make_shared<StateMap>();
    std::deque<Undo> undo;  // of the last commits, newest last
  };
  std::map<std::string, State, std::less<>> states_;
};

// All entries of a state, read through the port.
StateMap dump(StateStores& stores, const std::string& name);

}  // namespace tenon::sim
