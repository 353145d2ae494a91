// Sealing and checking entries.
#include "chain/chain.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::size_t kAnchorHex = 32;
constexpr std::string_view kKeyIdLabel = "tenon audit chain, id of the key";
constexpr std::string_view kEntryLabel = "tenon audit chain, entry";
constexpr std::string_view kBodyLabel = "tenon audit chain, body";

template <std::size_t N>
std::array<std::uint8_t, N> blake2b(std::string_view key, std::string_view one,
                                    std::string_view two) {
  std::array<std::uint8_t, N> out{};
  crypto_generichash_state state;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  crypto_generichash_init(&state, key.empty() ? nullptr : bytes, key.size(), N);
  for (const auto part : {one, two}) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  }
  crypto_generichash_final(&state, out.data(), N);
  return out;
}

std::string_view view_of(const ChainMac& mac) {
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

bool is_half_of(const std::array<std::uint8_t, 16>& half, const ChainMac& mac) {
  return std::equal(half.begin(), half.end(), mac.begin());
}

}  // namespace

std::string to_text(const ChainHead& head) {
  return std::to_string(head.sequence) + ":" + to_hex(view_of(head.mac).substr(0, kAnchorHex / 2));
}

Result<ChainAnchor> parse_anchor(std::string_view text) {
  ChainAnchor out;
  const auto wrong = invalid(
      "wanted a number, a colon and 32 hex digits, as tenon audit head prints them, found \"" +
      std::string(text.substr(0, 80)) + "\"");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.sequence);
  if (error != std::errc() || out.sequence == 0) return wrong;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.size() != kAnchorHex + 1 || text.front() != ':') return wrong;
  std::size_t size = 0;
  const bool hex = sodium_hex2bin(out.mac.data(), out.mac.size(), text.data() + 1, kAnchorHex,
                                  nullptr, &size, nullptr) == 0;
  if (!hex || size != out.mac.size()) return wrong;
  return out;
}

Result<ChainKey> ChainKey::of(Secret bytes) {
  if (bytes.reveal().size() != kChainKeyBytes) {
    return invalid("wanted a key of 32 bytes for the audit chain, found " +
                   std::to_string(bytes.reveal().size()));
  }
  ChainKey out;
  out.bytes_ = std::move(bytes);
  const auto id = blake2b<16>(out.bytes_.reveal(), kKeyIdLabel, {});
  Reader in({reinterpret_cast<const char*>(id.data()), id.size()});
  out.id_ = in.u64() | 1u;  // never 0
  return out;
}

ChainMac ChainKey::mac_of(const AuditEntry& entry) const {
  return blake2b<32>(bytes_.reveal(), kEntryLabel, encode_unsealed(entry));
}

Digest128 ChainKey::digest_of(std::string_view body) const {
  if (id_ == 0 || body.empty()) return {};
  return blake2b<16>(bytes_.reveal(), kBodyLabel, body);
}

void seal(AuditEntry& entry, ChainHead& head, const ChainKey& key) {
  entry.sequence = head.sequence + 1;
  entry.before = head.mac;
  entry.key = key.id();
  entry.mac = key.mac_of(entry);
  head.sequence = entry.sequence;
  head.mac = entry.mac;
}

std::string_view name_of(AnchorFate fate) {
  switch (fate) {
    case AnchorFate::none: return "none";
    case AnchorFate::found: return "found";
    case AnchorFate::other: return "other";
    case AnchorFate::missing: return "missing";
    case AnchorFate::older: return "older";
  }
  return "none";
}

void ChainCheck::fault(std::uint64_t sequence, std::string why) {
  if (report_.broken_at != 0) return;
  report_.broken_at = sequence;
  report_.broken = std::move(why);
}

// An entry under another key than ours can be judged by nobody. Such may only come before the
// first one of our key: else a changed entry could be passed off as one of them.
void ChainCheck::check_mac(const AuditEntry& entry) {
  static const ChainKey kBare;
  const bool bare = entry.key == 0, ours = !bare && entry.key == key_.id();
  if (bare) ++report_.without_key;
  if (bare && keyed_ && report_.bare_after_keyed == 0) report_.bare_after_keyed = entry.sequence;
  if (!bare && !ours) {
    ++report_.key_gone;
    if (keyed_) fault(entry.sequence, "it is under a key that is not this host's");
    return;
  }
  if (ours) keyed_ = true;
  const ChainKey& key = bare ? kBare : key_;
  if (key.mac_of(entry) != entry.mac) fault(entry.sequence, "it was changed after it was written");
}

void ChainCheck::take(const AuditEntry& entry) {
  ++report_.entries;
  const std::uint64_t wanted =
      report_.entries == 1 ? (origin_ ? 1 : entry.sequence) : report_.head.sequence + 1;
  if (report_.entries == 1) report_.first = entry.sequence;
  if (entry.sequence != wanted) {
    fault(wanted,
          "wanted entry " + std::to_string(wanted) + ", found " + std::to_string(entry.sequence));
  }
  check_mac(entry);
  // Of a chain whose beginning is forgotten, the first has nothing to be held against.
  const bool has_before = report_.entries > 1 || origin_;
  if (has_before && entry.before != report_.head.mac) {
    fault(entry.sequence, "it does not follow the entry before it: one of the two is not genuine");
  }
  report_.head = ChainHead{entry.sequence, entry.mac};
  if (anchor_ && anchor_->sequence == entry.sequence && report_.anchor == AnchorFate::none) {
    report_.anchor = is_half_of(anchor_->mac, entry.mac) ? AnchorFate::found : AnchorFate::other;
  }
}

void ChainCheck::take_damaged(const std::string& why) {
  fault(report_.head.sequence + 1, "its bytes are no entry: " + why);
}

ChainReport ChainCheck::report() const {
  ChainReport out = report_;
  if (anchor_ && out.anchor == AnchorFate::none) {
    const bool older = out.entries > 0 && anchor_->sequence < out.first;
    out.anchor = older ? AnchorFate::older : AnchorFate::missing;
  }
  return out;
}

}  // namespace tenon
