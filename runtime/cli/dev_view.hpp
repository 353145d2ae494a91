// The live view of `tenon dev`: figures of deliveries out of metrics, and as text. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "cli/text.hpp"

namespace tenon::cli {

struct DevRow {
  std::uint64_t accepted = 0;  // delivered or skipped
  std::uint64_t waiting = 0;   // not tried yet
  std::uint64_t retrying = 0;  // will be tried again
  std::uint64_t rejected = 0;  // dead, parked or ambiguous
  // How long the vendor takes to answer: half, and 95 of 100, are at most so long. Nothing: none
  // was asked.
  std::optional<double> p50_s, p95_s;
};
using DevRows = std::map<std::string, DevRow>;  // by destination

// From the text of /metrics. What is no such figure is passed over.
DevRows dev_rows(std::string_view metrics);

struct DevFacts {
  std::chrono::seconds running{0};
  std::uint64_t sent = 0, to_send = 0;  // sample events
  DevRows rows;
  std::map<std::string, std::string> faults;  // by model, which has the name of its destination
};

// A table, for a terminal.
std::string render_dev_table(const DevFacts& facts, const Style& style);
// One line, for a file or another program.
std::string render_dev_line(const DevFacts& facts);

}  // namespace tenon::cli
