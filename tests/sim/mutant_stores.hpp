// MutantStores: states that forward everything, but for the one bug that is planted in them.
#pragma once

#include <memory>

#include "ports/state_store.hpp"
#include "sim/profile.hpp"

namespace tenon::sim {

class MutantStores final : public StateStores {
 public:
  // life: of the host, from 1.
  MutantStores(StateStores& inner, Mutant mutant, unsigned life)
      : inner_(inner), forgets_(mutant == Mutant::counts_lost_on_restart && life > 1) {}

  Result<std::unique_ptr<StateStore>> open(std::string_view name) override;

 private:
  StateStores& inner_;
  bool forgets_;
};

}  // namespace tenon::sim
