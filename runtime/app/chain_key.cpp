// Reading or making the key of the audit chain.
#include "app/chain_key.hpp"

#include "app/host_key.hpp"

namespace tenon::app {

Task<void> give_chain_key(ChainKeyDoors doors) {
  if (doors.vault.status().problem) co_return;
  if (doors.vault.list().empty()) {  // not in use, or shredded, and so its key
    if (doors.chain.key_id() != 0) doors.chain.use(ChainKey());
    co_return;
  }
  auto asking = host_key({doors.vault, doors.keeper, doors.random}, std::string(kChainKeySecret),
                         kChainKeyBytes);
  auto kept = co_await std::move(asking);
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
