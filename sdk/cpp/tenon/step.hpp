// Step: where connector code pushes requests, outcomes and hints in one turn of a call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tenon/outcome.hpp"
#include "tenon/refusal.hpp"
#include "tenon/request.hpp"

namespace tenon::sdk {

// A push that the host does not take leaves the step by a Refusal with the host's status.
class Step {
 public:
  explicit Step(const tenon_sink& sink) : sink_(sink) {}

  void send(const Request& request) {
    Request::Scratch scratch;
    const tenon_request raw = request.raw(scratch);
    taken(sink_.request(&sink_, &raw), "request");
  }

  // Ends one record. A record that is never ended counts as UNRESOLVED.
  void end(std::uint32_t index, const Outcome& outcome) {
    tenon_outcome raw{};
    raw.size = sizeof raw;
    raw.index = index;
    raw.verdict = outcome.verdict;
    raw.applied = outcome.applied;
    raw.reason = outcome.reason;
    raw.retry_after_ms = outcome.retry_after_ms;
    raw.vendor_ref = str(outcome.vendor_ref);
    raw.vendor_code = str(outcome.vendor_code);
    raw.detail = str(outcome.detail);
    taken(sink_.outcome(&sink_, &raw), "outcome");
  }

  // Sends what was pushed and asks for another turn with `state`; the last push of a turn.
  void suspend(std::string_view state = {}, std::uint32_t delay_ms = 0) {
    taken(sink_.suspend(&sink_, str(state), delay_ms), "suspend");
  }

  void hint(std::uint32_t kind, std::string_view name, std::int64_t until_ms = 0) {
    tenon_hint raw{};
    raw.size = sizeof raw;
    raw.kind = kind;
    raw.name = str(name);
    raw.until_ms = until_ms;
    taken(sink_.hint(&sink_, &raw), "hint");
  }

  // For what this class does not show: emit, checkpoint, reply.
  const tenon_sink& raw() const { return sink_; }

 private:
  static void taken(tenon_status status, const char* what) {
    if (status != TENON_OK) {
      throw Refusal(status, std::string("the host did not take a push of kind ") + what);
    }
  }

  const tenon_sink& sink_;
};

}  // namespace tenon::sdk
