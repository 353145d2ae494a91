// Reading a key out of the vault, or putting one in.
#include "app/host_key.hpp"

namespace tenon::app {

Task<Result<Secret>> host_key(HostKeyDoors doors, std::string name, std::size_t bytes) {
  const std::string place = "vault:" + name;
  auto kept = doors.vault.get(place);
  if (kept || kept.error().kind != ErrorKind::not_found) co_return kept;
  VaultAct act;
  act.deed = VaultDeed::put;
  act.name = std::move(name);
  act.value.emplace(doors.random.bytes(bytes));
  act.actor = "host";
  auto changing = doors.keeper.change(std::move(act));
  const auto changed = co_await std::move(changing);
  if (!changed) co_return Error(changed.error());
  auto made = doors.vault.get(place);
  co_return made;
}

}  // namespace tenon::app
