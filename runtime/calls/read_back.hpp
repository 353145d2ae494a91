// read_back: what the vendor has under given keys; found, absent, or not known.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calls/call_run.hpp"

namespace tenon {

constexpr seconds kMaxReadBack{60};

// Names one thing at the vendor.
struct ReadBackKey {
  std::string record;      // JSON object with the fields that the action's keys need
  std::string vendor_ref;  // from an earlier outcome, or empty
};

enum class Presence : std::uint8_t { unknown, found, absent };
struct ReadBackFound {
  Presence state =
      Presence::unknown;           // unless the connector says otherwise, and an answer bears it
  std::string vendor_ref, record;  // of found: the vendor's id and canonical JSON
  std::string detail;              // of unknown

  bool operator==(const ReadBackFound&) const = default;
};

struct ReadBackReport {
  std::vector<ReadBackFound> keys;     // one per key; all unknown where the call failed
  std::optional<CallFailure> failure;  // of the call as a whole
  std::vector<ExchangeNote> notes;
};

// What a call's emits say about each key. Pure. One that is told twice, or as no JSON object, is
// not known; nothing is without an answer of the vendor.
std::vector<ReadBackFound> read_emits(const std::vector<Emit>& emits, std::size_t keys,
                                      bool answered);

// unsupported: the release or the action cannot be read back. invalid: too many keys, or one that
// is no JSON object. A call that fails is a failure of the report.
Task<Result<ReadBackReport>> read_back(CallDoors doors, std::shared_ptr<const CallTarget> target,
                                       std::string action, std::vector<ReadBackKey> keys);

}  // namespace tenon
