// Ordered maps behind the StateStore port.
#include "backends/memory/memory_state_store.hpp"

namespace tenon {

Result<std::optional<std::string>> MemoryStateStore::get(std::string_view key) {
  const auto found = map_->find(key);
  if (found == map_->end()) return std::optional<std::string>{};
  return std::optional<std::string>{found->second};
}

Result<std::vector<StateEntry>> MemoryStateStore::scan(std::string_view from, std::string_view to,
                                                       std::size_t limit) {
  std::vector<StateEntry> out;
  for (auto at = map_->lower_bound(from); at != map_->end() && out.size() < limit; ++at) {
    if (!to.empty() && at->first >= to) break;
    out.push_back(StateEntry{at->first, at->second});
  }
  return out;
}

Result<void> MemoryStateStore::commit(StateBatch batch) {
  for (auto& [key, value] : batch.changes) {
    if (value) {
      map_->insert_or_assign(std::move(key), std::move(*value));
    } else {
      map_->erase(key);
    }
  }
  return {};
}

Result<void> MemoryStateStore::clear() {
  map_->clear();
  return {};
}

Result<void> MemoryStateStore::sync() { return {}; }

Result<std::unique_ptr<StateStore>> MemoryStateStores::open(std::string_view name) {
  auto& map = maps_[std::string(name)];
  if (!map) map = std::make_shared<StateMap>();
  return std::unique_ptr<StateStore>(std::make_unique<MemoryStateStore>(map));
}

StateMap MemoryStateStores::contents(std::string_view name) const {
  const auto found = maps_.find(name);
  return found == maps_.end() ? StateMap{} : *found->second;
}

}  // namespace tenon
