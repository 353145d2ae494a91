// Limits: the bounds that more than one room must agree on. Those of one room stand in that room.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tenon {

constexpr std::uint16_t kPartitions = 16;            // per data folder, fixed for its life
constexpr std::size_t kMaxEventBytes = 32 * 1024;    // an event over it is rejected, not the batch
constexpr std::size_t kMaxBodyBytes = 4u << 20;      // decoded HTTP body of one ingest request
constexpr std::size_t kMaxBatchEvents = 2'500;       // events in one ingest request
constexpr std::size_t kMaxMessageIdBytes = 100;      // longer ones are rejected
constexpr int kMaxJsonDepth = 32;                    // of an ingested event
constexpr int kStoredJsonDepth = kMaxJsonDepth + 8;  // of one in the log, which has more around it
constexpr std::size_t kMaxRecordBytes = 16u << 20;   // body of one record of the log
constexpr std::size_t kMaxSliceEvents = 1'000;       // of one pipeline decision record
constexpr std::size_t kMaxSliceBytes = 4u << 20;     // raw bytes behind one decision record
constexpr std::size_t kMaxCallRecords = 1'000;       // records of one connector call
constexpr std::size_t kMaxCallBytes = 4u << 20;      // their bodies, added up
constexpr std::size_t kMaxStepOutBytes = 8u << 20;   // all that one step may push
constexpr std::size_t kMaxStepLogLines = 64;
constexpr std::chrono::seconds kStepWall{5};  // one step, from outside
constexpr std::chrono::seconds kStepCpu{2};

}  // namespace tenon
