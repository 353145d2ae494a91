// Changes of the vault as bytes.
#include "event/vault_changed.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kVaultVersion = 1;

}  // namespace

std::string encode(const VaultChanged& changed) {
  Writer out;
  out.u8(kVaultVersion);
  out.text(changed.vault);
  out.u64(changed.generation);
  out.text(changed.deed);
  out.text(changed.name);
  out.text(changed.actor);
  return std::move(out).take();
}

Result<VaultChanged> decode_vault_changed(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kVaultVersion) {
    return unsupported("wanted format 1 of a change of the vault, found " +
                       std::to_string(version) + ": written by a newer version?");
  }
  VaultChanged changed;
  changed.vault = in.text();
  changed.generation = in.u64();
  changed.deed = in.text();
  changed.name = in.text();
  changed.actor = in.text();
  if (!in.done()) return corrupt("change of the vault: its fields do not fit its length");
  return changed;
}

}  // namespace tenon
