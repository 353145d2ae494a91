// FakeVault: secrets in memory for the tests of the admin API; remembers what it was given.
#pragma once

#include <map>

#include "ports/secret_vault.hpp"

namespace tenon::test {

class FakeVault final : public SecretVault {
 public:
  std::map<std::string, std::string> values;
  VaultStatus now;
  std::vector<VaultDeed> deeds;
  std::string actor, key;
  seconds overlap{0};

  Result<void> open(VaultScope, VaultKnown) override { return {}; }
  VaultStatus status() const override { return now; }
  std::vector<VaultSecretInfo> list() const override {
    std::vector<VaultSecretInfo> out;
    for (const auto& [name, value] : values) {
      VaultSecretInfo::Version version;
      version.version = 3;
      version.key = 1;
      version.made = time_from_us(1'767'225'600'000'000);
      version.actor = "uid:7";
      out.push_back({name, {version}});
    }
    return out;
  }
  Result<VaultChange> change(const VaultAct& act) override {
    deeds.push_back(act.deed);
    actor = act.actor;
    overlap = act.overlap;
    if (now.problem) return Error(*now.problem);
    if (act.deed == VaultDeed::put) values[act.name] = act.value->reveal();
    if (act.deed == VaultDeed::remove) values.erase(act.name);
    if (act.deed == VaultDeed::rekey) key = act.value ? act.value->reveal() : "random";
    VaultChange change;
    change.generation = 9;
    change.version = act.deed == VaultDeed::put ? 3 : 0;
    return change;
  }
  Result<VaultCounts> verify() override {
    if (now.problem) return Error(*now.problem);
    VaultCounts counts;
    counts.generation = 9;
    counts.records = values.size();
    return counts;
  }
  std::optional<Time> next_end() const override { return std::nullopt; }
  Result<Secret> get(std::string_view) override { return not_found("not asked for here"); }
};

}  // namespace tenon::test
