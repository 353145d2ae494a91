// HostSink: the host's end of tenon_sink; takes what one step pushes, within the limits of a step.
#pragma once

#include <tenon/tenon.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "ports/connector_runtime.hpp"
#include "wire/step_result.hpp"

namespace tenon::worker {

// For one step, on one thread; `sink()` is valid while this lives. Every push is copied and counted
// before it is taken; a refused one leaves no trace but its status.
class HostSink {
 public:
  explicit HostSink(const wire::StepBounds& bounds);
  HostSink(const HostSink&) = delete;
  HostSink& operator=(const HostSink&) = delete;

  const tenon_sink* sink() const { return &sink_; }

  // The result of a step that returned `status`, obeying wire::check_result: a failing status drops
  // all pushes but hints; a step that went on after a refused push, or that pushed requests and did
  // not suspend, has failed.
  StepResult finish(tenon_status status);

 private:
  static tenon_status request(const tenon_sink* sink, const tenon_request* request);
  static tenon_status outcome(const tenon_sink* sink, const tenon_outcome* outcome);
  static tenon_status emit(const tenon_sink* sink, const tenon_emit* emit);
  static tenon_status checkpoint(const tenon_sink* sink, tenon_str cursor, std::uint32_t more);
  static tenon_status reply(const tenon_sink* sink, std::uint32_t http_status, tenon_str body);
  static tenon_status hint(const tenon_sink* sink, const tenon_hint* hint);
  static tenon_status suspend(const tenon_sink* sink, tenon_str state, std::uint32_t delay_ms);
  static void explain(const tenon_sink* sink, tenon_str message);

  static HostSink& self(const tenon_sink* sink) { return *static_cast<HostSink*>(sink->ctx); }
  tenon_status take(const tenon_request& request);
  tenon_status take(const tenon_outcome& outcome);
  tenon_status take(const tenon_emit& emit);
  tenon_status take_hint(const tenon_hint& hint);
  // Remembers the first refusal.
  tenon_status refuse(tenon_status status, std::string_view what);
  // True and counted if `bytes` more fit into the step.
  bool spend(std::size_t bytes);

  wire::StepBounds bounds_;
  tenon_sink sink_{};
  StepResult result_;
  std::vector<bool> seen_;  // records that have an outcome
  std::size_t spent_ = 0;
  tenon_status refused_ = TENON_OK;
  std::string refused_what_;
};

// A borrowed view of what a connector gave; false if pointer and length contradict one another or
// the length is more than any step may push.
bool view_of(const tenon_str& text, std::string_view& out);

}  // namespace tenon::worker
