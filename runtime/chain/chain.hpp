// The chain: each entry's mac covers that of the one before, so that none can be changed, dropped
// or moved without the next one showing it. Plain functions of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "event/audit_entry.hpp"

namespace tenon {

constexpr std::size_t kChainKeyBytes = 32;

// Where a chain ends: what the next entry builds on.
struct ChainHead {
  std::uint64_t sequence = 0;  // 0: no entry yet
  ChainMac mac{};
  bool operator==(const ChainHead&) const = default;
};

// A head as people keep it elsewhere: "1234:" and 32 hex digits, the first half of the mac.
struct ChainAnchor {
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 16> mac{};
};
std::string to_text(const ChainHead& head);
Result<ChainAnchor> parse_anchor(std::string_view text);

// One key, or none: then whoever writes the log can make a whole chain anew, and only anchors tell.
class ChainKey {
 public:
  ChainKey() = default;
  // invalid: not of kChainKeyBytes.
  static Result<ChainKey> of(Secret bytes);
  std::uint64_t id() const { return id_; }  // 0: there is none
  // BLAKE2b, keyed if there is a key.
  ChainMac mac_of(const AuditEntry& entry) const;
  // Zero without a key: a bare hash of a short secret would tell it.
  Digest128 digest_of(std::string_view body) const;

 private:
  Secret bytes_;
  std::uint64_t id_ = 0;
};

// Makes `entry` the one after `head`, and moves the head to it.
void seal(AuditEntry& entry, ChainHead& head, const ChainKey& key);

enum class AnchorFate : std::uint8_t {
  none,     // not asked for
  found,    // the entry is there, and is the one
  other,    // an entry of this number is there, but another one
  missing,  // the chain ends before it: its end was cut off, or a backup was put back
  older,    // the chain begins after it: retention has forgotten it
};
std::string_view name_of(AnchorFate fate);

struct ChainReport {
  std::uint64_t first = 0, entries = 0;
  std::uint64_t without_key = 0, key_gone = 0;  // of the entries
  // The first without a key after one with a key: the vault was closed then, or somebody else
  // wrote.
  std::uint64_t bare_after_keyed = 0;
  std::uint64_t broken_at = 0;  // sequence of the first entry that does not fit; 0 = all fit
  std::string broken;           // why, for people
  AnchorFate anchor = AnchorFate::none;
  ChainHead head;
  bool whole() const {
    return broken_at == 0 && anchor != AnchorFate::other && anchor != AnchorFate::missing;
  }
};

// Reads a chain from its oldest entry on. `key` must outlive it. `origin`: nothing was ever
// forgotten before it, so the first entry must be number 1.
class ChainCheck {
 public:
  ChainCheck(const ChainKey& key, bool origin, std::optional<ChainAnchor> anchor)
      : key_(key), origin_(origin), anchor_(anchor) {}
  void take(const AuditEntry& entry);
  // Bytes where an entry should be: it counts as one that does not fit.
  void take_damaged(const std::string& why);
  ChainReport report() const;

 private:
  void fault(std::uint64_t sequence, std::string why);
  void check_mac(const AuditEntry& entry);

  const ChainKey& key_;
  bool origin_;
  std::optional<ChainAnchor> anchor_;
  ChainReport report_;
  bool keyed_ = false;  // an entry with our key was seen
};

}  // namespace tenon
