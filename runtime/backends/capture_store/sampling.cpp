// Failures always; of the rest a share.
#include "backends/capture_store/sampling.hpp"

#include <cmath>
#include <vector>

#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::uint64_t kSeed = 0x7465'6e6f'6e63'6170;  // apart from other uses of the same name

bool is_good(Verdict verdict) {
  return verdict == Verdict::accepted || verdict == Verdict::duplicate ||
         verdict == Verdict::skipped;
}

}  // namespace

bool has_failed(const CapturedCall& call) {
  if (!call.failure.empty()) return true;
  std::vector<bool> good(call.records.size());
  for (const auto& step : call.steps) {
    for (const auto& outcome : step.outcomes) {
      if (!is_good(outcome.verdict)) return true;
      if (outcome.index < good.size()) good[outcome.index] = true;
    }
  }
  for (const bool one : good) {
    if (!one) return true;  // the connector did not say, which is never a success
  }
  return false;
}

bool has_run(const CapturedCall& call) {
  return call.failure != "worker_backing_off" || call.steps.size() > 1;
}

bool is_sampled(std::string_view attempt, double share) {
  const double place = std::ldexp(static_cast<double>(hash64(attempt, kSeed) >> 11), -53);
  return place < share;  // in [0, 1)
}

std::size_t least_bytes(const CapturedCall& call) {
  std::size_t bytes = call.settings.size();
  for (const auto& record : call.records) bytes += record.id.size() + record.body.size();
  for (const auto& step : call.steps) {
    for (const auto& request : step.requests) bytes += request.path.size() + request.body.size();
    for (const auto& reply : step.replies) bytes += reply.body.size();
    for (const auto& outcome : step.outcomes) bytes += outcome.detail.size();
  }
  return bytes;
}

}  // namespace tenon
