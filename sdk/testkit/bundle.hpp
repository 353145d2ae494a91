// Bundle: a call that a host has captured, to be run again where the connector's author sits.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "testkit/driver.hpp"

namespace tenon::testkit {

// What `tenon repro --bundle` writes; its form is told in sdk/testkit/README.md.
struct Bundle {
  struct Step {
    std::int64_t now_ms = 0;
    std::string idempotency;
    StepOut said;  // requests, outcomes, status, explain, suspended, delay_ms
    std::vector<ReplyIn> replies;
  };
  std::string release, digest, attempt;
  std::vector<std::string> redacted;  // pointers; the values there are not the real ones
  std::string settings;
  CallIn call;
  std::vector<Step> steps;
  // Of the call as a whole; empty: it came to its end. worker_died and worker_timeout: in the last
  // of `steps`, which has therefore said nothing.
  std::string failure, failure_text;

  bool ended_in_worker() const { return failure == "worker_died" || failure == "worker_timeout"; }
};

// A bundle, or a line of `tenon captures export`. On failure `error` says place, wanted, found.
bool read_bundle(const std::string& file, Bundle& bundle, std::string& error);

// Runs the call step by step with the replies as they were recorded, and tells on `out` what was
// asked, answered and said, and where that is not as recorded. False: it differs. A request for
// which no reply was recorded (by endpoint, method, path and records) ends the run.
bool run_bundle(const Instance& instance, const Bundle& bundle, std::ostream& out);

}  // namespace tenon::testkit
