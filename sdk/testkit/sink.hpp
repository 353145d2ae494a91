// Sink: takes the pushes of one step, copies them, and says what of them breaks the contract.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "testkit/driver.hpp"

namespace tenon::testkit {

// Does what the host's sink does, but tells in words why something was not taken.
class Sink {
 public:
  Sink(StepOut& out, const Bounds& bounds, std::uint32_t op, std::size_t records);
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  // For the connector; valid as long as this object.
  const tenon_sink* raw() const { return &raw_; }
  // The first push that was over a limit, in words; empty if none was.
  const std::string& refused() const { return refused_; }

 private:
  static Sink& of(const tenon_sink* sink) { return *static_cast<Sink*>(sink->ctx); }
  static tenon_status request(const tenon_sink* sink, const tenon_request* request);
  static tenon_status outcome(const tenon_sink* sink, const tenon_outcome* outcome);
  static tenon_status emit(const tenon_sink* sink, const tenon_emit* emit);
  static tenon_status checkpoint(const tenon_sink* sink, tenon_str cursor, std::uint32_t more);
  static tenon_status reply(const tenon_sink* sink, std::uint32_t http_status, tenon_str body);
  static tenon_status hint(const tenon_sink* sink, const tenon_hint* hint);
  static tenon_status suspend(const tenon_sink* sink, tenon_str state, std::uint32_t delay_ms);
  static void explain(const tenon_sink* sink, tenon_str message);

  tenon_status broken(std::string what, tenon_status status = TENON_E_INPUT);
  // Over a limit: no breach by itself, but the step cannot go on.
  tenon_status full(std::string what);
  tenon_status too_large(const char* push) {
    return full(std::string(push) + ": wanted at most " + std::to_string(bounds_.bytes) +
                " bytes of all pushes of a step, found more");
  }
  bool over(std::uint64_t more);
  std::string wrong_in_emit(const EmitOut& emit);

  StepOut& out_;
  const Bounds bounds_;
  const std::uint32_t op_, records_;
  std::uint64_t bytes_ = 0;
  std::string refused_;
  std::set<std::uint32_t> ended_, tags_, told_;
  tenon_sink raw_{};
};

}  // namespace tenon::testkit
