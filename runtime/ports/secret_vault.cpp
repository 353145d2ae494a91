// The words of deeds.
#include "ports/secret_vault.hpp"

namespace tenon {

std::string_view name_of(VaultDeed deed) {
  switch (deed) {
    case VaultDeed::put: return "put";
    case VaultDeed::remove: return "remove";
    case VaultDeed::rotate: return "rotate";
    case VaultDeed::rekey: return "rekey";
    case VaultDeed::shred: return "shred";
    case VaultDeed::accept: return "accept-rollback";
    case VaultDeed::none: break;
  }
  return "none";
}

}  // namespace tenon
