// An entry of the audit chain, and an anchor as people type it: each has one form, or is refused.
#include "chain/chain.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string bytes(input.rest());
  const auto entry = tenon::decode_audit_entry(bytes);
  if (entry) fuzz::must(tenon::encode(*entry) == bytes);
  const auto anchor = tenon::parse_anchor(bytes);
  if (anchor) {
    tenon::ChainHead head;
    head.sequence = anchor->sequence;
    std::copy(anchor->mac.begin(), anchor->mac.end(), head.mac.begin());
    // The digits may be of either case, and the number may have zeros in front.
    fuzz::must(tenon::parse_anchor(tenon::to_text(head)).has_value());
    fuzz::must(tenon::parse_anchor(tenon::to_text(head))->mac == anchor->mac);
  }
  return 0;
}
