// check: one cheap request that proves settings and credential of a destination.
#pragma once

#include <memory>
#include <optional>

#include "calls/call_run.hpp"

namespace tenon {

constexpr seconds kMaxCheck{30};

struct CheckReport {
  std::optional<CallFailure> failure;  // nothing: it works
  std::vector<ExchangeNote> notes;
};

// unsupported: the release does not declare the op.
Task<Result<CheckReport>> run_check(CallDoors doors, std::shared_ptr<const CallTarget> target);

}  // namespace tenon
