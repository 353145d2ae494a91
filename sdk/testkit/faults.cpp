// What faults decide: by one draw for what happens, by another for being slow.
#include "testkit/faults.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testkit/dice.hpp"

namespace tenon::testkit {
namespace {

constexpr std::string_view kFaultNames[kFaults] = {"none", "throttle",    "throttle-bare", "error",
                                                   "lost", "cut",         "hang",          "twice",
                                                   "noop", "error-in-200"};

// Purposes of draws.
constexpr std::uint64_t kWhichFault = 1, kIsSlow = 2;

// Members of the longest array, at any depth.
std::size_t longest_array(const nlohmann::json& value) {
  std::size_t longest = value.is_array() ? value.size() : 0;
  if (!value.is_structured()) return longest;
  for (const auto& inner : value) longest = std::max(longest, longest_array(inner));
  return longest;
}

}  // namespace

std::string_view name_of(Fault fault) { return kFaultNames[static_cast<std::size_t>(fault)]; }

FaultPlan decide(const Faults& faults, std::uint64_t random) {
  FaultPlan plan;
  if (below(kAllRequests, random, kIsSlow) < faults.slow_of_10000) plan.delay_ms = faults.slow_ms;
  std::uint64_t drawn = below(kAllRequests, random, kWhichFault);
  for (const auto& share : faults.shares) {
    if (drawn < share.of_10000) {
      plan.fault = share.fault;
      plan.detail = share.detail;
      return plan;
    }
    drawn -= share.of_10000;
  }
  return plan;
}

OverLimit over_limit(const ProductionLimits& limits, std::string_view body) {
  if (limits.max_body_bytes != 0 && body.size() > limits.max_body_bytes) {
    return {413, "wanted a body of at most " + std::to_string(limits.max_body_bytes) +
                     " bytes, found " + std::to_string(body.size())};
  }
  if (limits.max_batch == 0) return {};
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (document.is_discarded()) return {};  // the model's to refuse
  const std::size_t found = longest_array(document);
  if (found <= limits.max_batch) return {};
  return {400, "wanted at most " + std::to_string(limits.max_batch) + " in a batch, found " +
                   std::to_string(found)};
}

}  // namespace tenon::testkit
