// StepResult as bytes, and the checks that the host makes of it: the worker may be hostile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ports/connector_runtime.hpp"
#include "wire/limits.hpp"

namespace tenon::wire {

// What the call allows its result to be.
struct StepBounds {
  Op op = Op::deliver;
  std::size_t records = 0;
};
inline StepBounds bounds_of(const Call& call) { return {call.op, call.records.size()}; }

// Bytes that one push takes of the step's kMaxStepOutBytes: its encoded size.
std::size_t size_of(const ConnectorRequest& request);
std::size_t size_of(const RecordOutcome& outcome);
std::size_t size_of(const Emit& emit);
std::size_t size_of(const Hint& hint);

std::string encode_result(const StepResult& result);

// corrupt, beginning "illegal frame": truncated, left-over bytes, counts or bytes over the budget
// of a step, two requests of one tag, an index that is not a record's, two outcomes of one record,
// requests without suspend or the reverse, pushes beside a failing status, pushes that the op does
// not know. Unknown values of an enum become its cautious zero; texts for people come out escaped.
Result<StepResult> decode_result(std::string_view bytes, const StepBounds& bounds);

// The checks of the above that look at values, for a result that never was bytes.
Result<void> check_result(const StepResult& result, const StepBounds& bounds);

// Makes the texts for people (explanation, log lines, what an outcome says of the vendor) one line
// of valid UTF-8 each, cut at their limits.
void escape_texts(StepResult& result);

}  // namespace tenon::wire
