// Reading or making the key of the audit chain.
#include "app/chain_key.hpp"

namespace tenon::app {
namespace {

Task<Result<void>> make_key(ChainKeyDoors doors) {
  VaultAct act;
  act.deed = VaultDeed::put;
  act.name = kChainKeySecret;
  act.value.emplace(doors.random.bytes(kChainKeyBytes));
  act.actor = "host";
  auto changing = doors.keeper.change(std::move(act));
  const auto changed = co_await std::move(changing);
  if (!changed) co_return Error(changed.error());
  co_return Result<void>();
}

}  // namespace

Task<void> give_chain_key(ChainKeyDoors doors) {
  if (doors.vault.status().problem) co_return;
  if (doors.vault.list().empty()) {  // not in use, or shredded, and so its key
    if (doors.chain.key_id() != 0) doors.chain.use(ChainKey());
    co_return;
  }
  const std::string place = "vault:" + std::string(kChainKeySecret);
  auto kept = doors.vault.get(place);
  if (!kept && kept.error().kind == ErrorKind::not_found) {
    auto making = make_key(doors);
    const auto made = co_await std::move(making);
    if (made) kept = doors.vault.get(place);
    if (!made) kept = Error(made.error());
  }
  if (!kept) {
    const std::string why = kept.error().text();
    doors.telemetry.log(LogLevel::error, "audit.no_key", {{"why", why}});
    co_return;
  }
  auto key = ChainKey::of(std::move(*kept));
  if (!key) {
    const std::string why = key.error().text();
    doors.telemetry.log(LogLevel::error, "audit.no_key", {{"why", why}});
    co_return;
  }
  if (key->id() != doors.chain.key_id()) doors.chain.use(std::move(*key));
}

}  // namespace tenon::app
