// A vault file: it is one, in the one form that it can have, or an error; a right MAC opens no box.
#include "backends/vault_file/image.hpp"

#include "backends/vault_file/sealing.hpp"
#include "base/codec.hpp"
#include "base/hash.hpp"
#include "fuzz/input.hpp"

namespace {

void check(const std::string& bytes) {
  const auto read = tenon::read_vault(bytes);
  if (!read) {
    fuzz::must(!read.error().message.empty());
    return;
  }
  const auto parts = tenon::parts_of(read->image);
  fuzz::must(parts.header == read->header && parts.body == read->body);
  const tenon::KekKeys kek(tenon::Secret(std::string(tenon::kVaultKeyBytes, 'k')));
  const std::string sealed = kek.seal_file(read->image);
  const auto again = tenon::read_vault(sealed);
  fuzz::must(again && again->image == read->image && kek.check_mac(*again));
  for (const auto& key : again->image.keys) {
    fuzz::must(!kek.unwrap(again->image.header.vault, key));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(fuzz::Input(data, size).rest());
  check(bytes);
  // Else the checksum would hide all that lies behind it.
  if (bytes.size() < tenon::kVaultHeaderBytes + tenon::kVaultMacBytes) return 0;
  tenon::Writer length, crc;
  length.u32(
      static_cast<std::uint32_t>(bytes.size() - tenon::kVaultHeaderBytes - tenon::kVaultMacBytes));
  bytes.replace(92, 4, length.view());
  crc.u32(tenon::crc32c(std::string_view(bytes).substr(0, 96)));
  bytes.replace(96, 4, crc.view());
  check(bytes);
  return 0;
}
