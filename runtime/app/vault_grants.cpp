// Grants with their revision in front.
#include "app/vault_grants.hpp"

#include "base/codec.hpp"

namespace tenon::app {
namespace {

std::string name_of(const std::string& destination) {
  return std::string(kGrantSecrets) + destination;
}

}  // namespace

Result<oauth::StoredGrant> VaultGrants::read(const std::string& destination) {
  oauth::StoredGrant out;
  const auto kept = vault_.get("vault:" + name_of(destination));
  if (!kept && kept.error().kind == ErrorKind::not_found) return out;
  if (!kept) return Error(kept.error());
  Reader in(kept->reveal());
  out.revision = in.u64();
  if (!in.ok() || out.revision == 0) {
    return corrupt("wanted a grant of OAuth, found another secret; remove it: tenon vault remove " +
                       name_of(destination),
                   "vault:" + name_of(destination));
  }
  out.bytes = Secret(std::string(kept->reveal().substr(8)));
  return out;
}

Task<Result<std::uint64_t>> VaultGrants::write(std::string destination, std::uint64_t revision,
                                               Secret bytes) {
  const auto kept = read(destination);
  if (!kept) co_return Error(kept.error());
  if (kept->revision != revision) co_return conflict("the grant was written by somebody else");
  Writer out;
  out.reserve(8 + bytes.reveal().size());
  out.u64(revision + 1);
  out.raw(bytes.reveal());
  VaultAct act;
  act.deed = VaultDeed::put;
  act.name = name_of(destination);
  act.value.emplace(std::move(out).take());
  act.actor = "host";
  auto changing = keeper_.change(std::move(act));
  const auto changed = co_await std::move(changing);
  if (!changed) co_return Error(changed.error());
  co_return revision + 1;
}

}  // namespace tenon::app
