// Merging pending changes into what is stored.
#include "ports/state_overlay.hpp"

namespace tenon {

Result<std::optional<std::string>> StateOverlay::get(std::string_view key) {
  const auto change = changes_.find(key);
  if (change != changes_.end()) return std::optional<std::string>(change->second);
  return store_.get(key);
}

Result<std::vector<StateEntry>> StateOverlay::scan(std::string_view from, std::string_view to,
                                                   std::size_t limit) {
  std::vector<StateEntry> merged;
  std::string resume(from);
  auto change = changes_.lower_bound(from);
  const auto in_range = [&](const auto& at) {
    return at != changes_.end() && (to.empty() || at->first < to);
  };
  // Stored entries come in pages, since pending erasures may eat up any page whole.
  for (bool more = true; more && merged.size() < limit;) {
    TENON_TRY_AS(const auto stored, store_.scan(resume, to, limit));
    more = stored.size() == limit;
    for (const auto& entry : stored) {
      for (; in_range(change) && change->first < entry.key && merged.size() < limit; ++change) {
        if (change->second) merged.push_back({change->first, *change->second});
      }
      if (merged.size() >= limit) return merged;
      if (in_range(change) && change->first == entry.key) {
        if (change->second) merged.push_back({entry.key, *change->second});
        ++change;
      } else {
        merged.push_back(entry);
      }
      if (merged.size() >= limit) return merged;
    }
    if (more) resume = stored.back().key + '\0';
  }
  for (; in_range(change) && merged.size() < limit; ++change) {
    if (change->second) merged.push_back({change->first, *change->second});
  }
  return merged;
}

Result<void> StateOverlay::flush() {
  if (changes_.empty()) return {};
  StateBatch batch;
  batch.changes.reserve(changes_.size());
  for (auto& [key, value] : changes_) batch.changes.emplace_back(key, value);
  TENON_TRY(store_.commit(std::move(batch)));
  changes_.clear();
  return {};
}

}  // namespace tenon
