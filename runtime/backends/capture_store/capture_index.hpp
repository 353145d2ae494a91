// CaptureIndex: what is known in memory of each kept call, the oldest file first.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/capture_store/capture_file.hpp"

namespace tenon {

// Bounds the index, some 30 MiB: beyond either the oldest file goes.
constexpr std::size_t kMaxIndexedCalls = 100'000, kMaxIndexedDeliveries = 2'000'000;

// Not thread-safe. A call's place is its file's number (40 bits) and offset there; see place_of.
class CaptureIndex {
 public:
  struct Row {
    CaptureInfo info;
    CaptureFrame frame;
    std::vector<std::uint64_t> deliveries;
  };

  void add(std::uint64_t file, const CaptureFrame& frame, CaptureSummary summary);
  void drop_file(std::uint64_t file);
  void clear();
  bool full() const { return calls_ >= kMaxIndexedCalls || deliveries_ >= kMaxIndexedDeliveries; }

  // Newest first.
  std::vector<CaptureInfo> list(const CaptureQuery& query) const;
  // The newest call of this attempt; null: none is kept. Good until the next change.
  const Row* find(const std::string& attempt, std::uint64_t& file) const;
  std::uint64_t calls() const { return calls_; }
  Time oldest() const;

 private:
  std::map<std::uint64_t, std::vector<Row>> files_;
  std::size_t calls_ = 0, deliveries_ = 0;
};

// Files are at most 64 MiB long, so that an offset has its room.
constexpr std::uint64_t place_of(std::uint64_t file, std::uint64_t offset) {
  return (file << 26) + offset;
}

}  // namespace tenon
