// HostSink: the host's end of tenon_sink; takes what one step pushes, within the limits of a step.
#pragma once

#include <tenon/tenon.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "ports/connector_runtime.hpp"
#include "wire/step_result.hpp"

namespace tenon::worker {

class Pushed;
struct Place;

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
  // not suspend, has failed. What was refused is told by op, field, wanted and found; what was
  // taken as another value than the one pushed is told by log lines of the host.
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

  static constexpr std::size_t kMaxNotes = 8;

  static HostSink& self(const tenon_sink* sink) { return *static_cast<HostSink*>(sink->ctx); }
  // Both remember the first refusal, as the reason why the step failed.
  tenon_status refuse(const Pushed& pushed);
  tenon_status refuse(tenon_status status, std::string_view push, const std::string& wanted,
                      const std::string& found);
  tenon_status refuse_op(std::string_view push, const char* ops);
  tenon_status over(std::string_view push);
  std::uint32_t known(const Place& place, std::uint32_t value, std::uint32_t most,
                      std::string_view push);
  void note(const std::string& words);
  std::string in_op(std::string_view words) const;
  // True and counted if `bytes` more fit into the step.
  bool spend(std::size_t bytes);

  wire::StepBounds bounds_;
  tenon_sink sink_{};
  StepResult result_;
  std::vector<bool> seen_;  // records that have an outcome
  std::size_t spent_ = 0;
  tenon_status refused_ = TENON_OK;
  std::string refused_what_;
  std::vector<ConnectorLog> notes_;
};

}  // namespace tenon::worker
