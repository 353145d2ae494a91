// AuditEntry: one access to the host, as a link of the audit chain in the log.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon {

using ChainMac = std::array<std::uint8_t, 32>;

constexpr std::size_t kMaxAuditText = 400;  // bytes of each text; what is longer is cut

// Who did what to what, and how it ended. An act that changes something has two: one before, on
// disk before the act begins, and one after it that names the first.
struct AuditEntry {
  std::uint64_t sequence = 0;  // 1, 2, 3, ... of this data folder
  Time at{}, until{};          // until: zero, or the last of `count` that were alike
  std::uint32_t count = 1;
  std::uint32_t status = 0;  // of the answer; 0: begun, see the entry whose `begun` names this one
  std::uint64_t begun = 0;   // sequence of the entry before the act; 0 = there is none
  std::string actor;         // "uid:7", "token:ID", "host"; "" = nobody that is known
  std::string act;     // "POST /api/v1/destinations/*/pause"; the method alone if no route was met
  std::string target;  // what stood for the stars, and the query
  std::string peer;    // address without port; "" = the Unix socket
  std::string why;     // of a refusal: the problem's type
  Digest128 body{};    // keyed hash of the request's body; zero = none, or there was no key
  ChainMac before{};   // the mac of the entry before; zero in the first of all
  std::uint64_t key = 0;  // id of the key of `mac`; 0 = a hash without a key
  ChainMac mac{};         // over all of the above
  bool operator==(const AuditEntry&) const = default;
};

// All but the mac, in the one form over which the mac is made.
std::string encode_unsealed(const AuditEntry& entry);
std::string encode(const AuditEntry& entry);
// corrupt: the bytes are no entry. unsupported: of a newer version.
Result<AuditEntry> decode_audit_entry(std::string_view body);

}  // namespace tenon
