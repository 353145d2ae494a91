// VaultChanged: a change of the vault, as a record of the stream audit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

// RecordHeader::type within Stream::audit. Stored: never renumber. No fold reads this stream.
enum class AuditType : std::uint16_t {
  none = 0,
  vault_changed = 1,
  api_tokens = 2,
  entry = 3,
  rollouts = 4
};

// The secrets themselves are elsewhere, sealed. An older file of them is known by this.
struct VaultChanged {
  std::string vault;  // its id, 16 bytes
  std::uint64_t generation = 0;
  std::string deed, name;  // put, rotate, ...; of which secret, if of one
  std::string actor;
  bool operator==(const VaultChanged&) const = default;
};
std::string encode(const VaultChanged& changed);
Result<VaultChanged> decode_vault_changed(std::string_view body);

}  // namespace tenon
