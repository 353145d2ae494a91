// Limits of what host and worker exchange; both sides enforce them, the host as against an enemy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.hpp"

namespace tenon::wire {

constexpr std::size_t kFrameHeaderBytes = 32;
constexpr std::size_t kMaxFrameBytes = 128 * 1024;  // header and payload: one packet of the socket
constexpr std::size_t kMaxFramePayload = kMaxFrameBytes - kFrameHeaderBytes;

constexpr std::size_t kMaxSettingsBytes = 256 * 1024;    // canonical JSON of one destination
constexpr std::size_t kMaxCallMessageBytes = 32u << 20;  // records, replies and state of one step
constexpr std::size_t kMaxExplainBytes = 4 * 1024;
constexpr std::size_t kMaxLogLineBytes = 4 * 1024;  // as pushed; escaping may lengthen it
constexpr std::size_t kMaxStateBytes = 1u << 20;    // of a suspended call
// All pushes of a step as encoded, plus its log lines and explanation.
constexpr std::size_t kMaxResultMessageBytes =
    kMaxStepOutBytes + (kMaxStepLogLines + 1) * (kMaxLogLineBytes + 16) + 1024;
constexpr std::size_t kMaxControlMessageBytes = kMaxSettingsBytes + 1024;

constexpr std::size_t kMaxRequestHeaders = 100;
constexpr std::size_t kMaxRequestQuery = 100;
constexpr std::size_t kMaxRequestSecrets = 16;
constexpr std::size_t kMaxInboundHeaders = 100;         // of a webhook
constexpr std::size_t kMaxInboundLineBytes = 8 * 1024;  // its method, its path with the query
constexpr std::uint32_t kLeastReplyStatus = 200, kMostReplyStatus = 599;  // to a webhook
constexpr std::size_t kMaxReplyBodyBytes = 64 * 1024;
constexpr std::size_t kMaxEmits = 10'000;
constexpr std::size_t kMaxHints = 64;
constexpr std::size_t kMaxNoteBytes = 1024;  // vendor_ref, vendor_code, detail each

// How many requests one step may push for a call of so many records (decision 19).
constexpr std::size_t max_requests(std::size_t records) { return 2 * records + 8; }

}  // namespace tenon::wire
