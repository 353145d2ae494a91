// StateOverlay: a StateStore with changes that are seen at once and committed later, together.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/state_store.hpp"

namespace tenon {

// A fold writes here record by record; `flush` makes one commit of it all, cursor included, so the
// store always shows the state at one place of the log. Not flushed is not lost: the log has it.
class StateOverlay {
 public:
  explicit StateOverlay(StateStore& store) : store_(store) {}

  Result<std::optional<std::string>> get(std::string_view key);
  // As StateStore::scan, with the changes applied.
  Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                       std::size_t limit);
  void put(std::string key, std::string value) {
    changes_.insert_or_assign(std::move(key), std::move(value));
  }
  void erase(std::string key) { changes_.insert_or_assign(std::move(key), std::nullopt); }
  // Number of keys that differ from the store.
  std::size_t size() const { return changes_.size(); }
  Result<void> flush();

 private:
  StateStore& store_;
  std::map<std::string, std::optional<std::string>, std::less<>> changes_;
};

}  // namespace tenon
