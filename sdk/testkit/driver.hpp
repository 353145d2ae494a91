// Driver: runs a connector's steps as a host would, without network, and checks what it pushes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tenon/limits.h"
#include "testkit/values.hpp"

namespace tenon::testkit {

// Bounds that the driver sets to a step; a push beyond them gets TENON_E_LIMIT.
struct Bounds {
  std::uint32_t requests_per_record = TENON_MAX_REQUESTS_PER_RECORD;
  std::uint32_t requests_extra = TENON_MAX_REQUESTS_BESIDES;
  std::uint64_t bytes = TENON_MAX_STEP_BYTES, state_bytes = TENON_MAX_STATE_BYTES;
  std::uint32_t steps = TENON_MAX_CALL_STEPS;  // of a call; one more is a violation
  // Plays a host of a newer minor: every struct says that it is longer than this header knows, and
  // what lies behind its end is poison. Code that asks for an exact size, or copies by it, fails.
  bool newer_host = true;
  std::uint32_t longer_by = 16;  // bytes, of a newer host's structs; a multiple of 8
  unsigned char poison = 0xA5;   // what lies behind the end that this header knows
  // Every text at an odd address, an empty one with a pointer: both are allowed.
  bool odd_texts = false;
};

// One instance of a connector. The table must outlive it. Not thread-safe, as the ABI says.
class Instance {
 public:
  // Null if the connector refused `settings`; then `status` and `explain` say why.
  static std::unique_ptr<Instance> create(const tenon_connector& table, const std::string& settings,
                                          tenon_status& status, std::string& explain);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // One step. Inputs lie in exactly sized memory of their own, freed when the step has returned.
  StepOut step(const CallIn& call, const Bounds& bounds = {}) const;
  // What it logged since it was made, the oldest first; at most 1,000 lines of 4 KiB are kept.
  std::vector<std::string> log() const;

 private:
  struct Host;
  Instance(const tenon_connector& table, std::unique_ptr<Host> host);
  const tenon_connector& table_;
  std::unique_ptr<Host> host_;  // the connector may use it until destroy has returned
  tenon_instance* raw_ = nullptr;
};

// Answers a request of step `step`; the reply's tag is set by run_call.
using Answer = std::function<ReplyIn(const RequestOut& request, std::uint32_t step)>;

// Runs a call from step 0 until a step does not suspend, asking `answer` for every reply.
CallOut run_call(const Instance& instance, CallIn call, const Answer& answer,
                 const Bounds& bounds = {});

}  // namespace tenon::testkit
