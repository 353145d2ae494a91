// Commits with a way back.
#include "sim/stores.hpp"

#include "base/assert.hpp"

namespace tenon::sim {
namespace {

constexpr std::size_t kKept = 5;  // commits that a crash may take back

}  // namespace

class RollbackStores::Store final : public StateStore {
 public:
  explicit Store(State& state) : state_(state), inner_(state.map) {}

  Result<std::optional<std::string>> get(std::string_view key) override { return inner_.get(key); }
  Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                       std::size_t limit) override {
    return inner_.scan(from, to, limit);
  }
  Result<void> commit(StateBatch batch) override {
    Undo undo;
    for (const auto& [key, value] : batch.changes) {
      const auto at = state_.map->find(key);
      undo.emplace_back(key, at == state_.map->end() ? std::nullopt : std::optional(at->second));
    }
    state_.undo.push_back(std::move(undo));
    if (state_.undo.size() > kKept) state_.undo.pop_front();
    return inner_.commit(std::move(batch));
  }
  Result<void> clear() override {
    state_.undo.clear();
    return inner_.clear();
  }
  Result<void> sync() override {
    state_.undo.clear();
    return inner_.sync();
  }

 private:
  State& state_;
  MemoryStateStore inner_;
};

Result<std::unique_ptr<StateStore>> RollbackStores::open(std::string_view name) {
  State& state = states_[std::string(name)];
  std::unique_ptr<StateStore> store = std::make_unique<Store>(state);
  return store;
}

void RollbackStores::crash(SeededRandom& random) {
  for (auto& [name, state] : states_) {
    for (auto lost = random.below(kKept + 1); lost > 0 && !state.undo.empty(); --lost) {
      const Undo undo = std::move(state.undo.back());
      state.undo.pop_back();
      for (auto change = undo.rbegin(); change != undo.rend(); ++change) {
        if (change->second) {
          (*state.map)[change->first] = *change->second;
        } else {
          state.map->erase(change->first);
        }
      }
    }
  }
}

std::vector<std::string> RollbackStores::names() const {
  std::vector<std::string> names;
  for (const auto& [name, state] : states_) names.push_back(name);
  return names;
}

StateMap dump(StateStores& stores, const std::string& name) {
  StateMap all;
  auto store = stores.open(name);
  TENON_ASSERT(store);
  const auto entries = (*store)->scan("", "", 10'000'000);
  TENON_ASSERT(entries);
  for (const auto& entry : *entries) all.emplace(entry.key, entry.value);
  return all;
}

}  // namespace tenon::sim
