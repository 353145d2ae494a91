// read_back: what the vendor has under given keys; found, absent, or not known.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calls/call_run.hpp"

namespace tenon::sync {

constexpr seconds kMaxReadBack{60};

// Names one thing at the vendor.
struct Key {
  std::string record;      // JSON object with the fields that the action's keys need
  std::string vendor_ref;  // from an earlier outcome, or empty
};

struct Found {
  enum class State : std::uint8_t { unknown, found, absent };
  State state = State::unknown;    // unless the connector says otherwise, and an answer supports it
  std::string vendor_ref, record;  // of found: the vendor's id and canonical JSON
  std::string detail;              // of unknown

  bool operator==(const Found&) const = default;
};

// What a call's emits say about each key. Pure. One that is told twice, or as no JSON object, is
// not known; nothing is without an answer of the vendor.
std::vector<Found> read_emits(const std::vector<Emit>& emits, std::size_t keys, bool answered);

// unsupported: the release or the action cannot be read back. invalid: too many keys, or one that
// is no JSON object. unavailable: the call failed, with the connector's words.
Task<Result<std::vector<Found>>> read_back(CallDoors doors,
                                           std::shared_ptr<const CallTarget> target,
                                           std::string action, std::vector<Key> keys);

}  // namespace tenon::sync
