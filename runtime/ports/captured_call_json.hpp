// CapturedCall as one line of JSON: what captures are stored, exported and handed on as.
//
// {"captured_call":1,"attempt":"att_...","op":"deliver","release":"crm@1.0.0",...,"steps":[...]}
//
// Names are those of the struct. What is empty, zero or false is left out. Lists of headers and of
// query fields are lists of pairs. Enumerators are their words, `seed` is a text (it may be over
// 2^53). A text that is not UTF-8 is {"base64":"..."}; any text may be. The order of members is
// fixed, so one call is one line, byte for byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ports/captured_call.hpp"

namespace tenon {

// One line: more is neither kept nor read. A call of 4 MiB of records and as much of replies fits.
constexpr std::size_t kMaxCapturedCallBytes = 8u << 20;

// Without a line's end. It may be over kMaxCapturedCallBytes, which is the caller's to look at.
std::string to_json_line(const CapturedCall& call);

// invalid: not of this form; tells the place ("steps/0/requests/2/effect"), what was wanted there
// and what was found. Unknown and repeated members are errors, and so is what is over the limits
// of a call (1,000 records, 64 steps, 10,000 requests, replies, outcomes, headers in one list).
Result<CapturedCall> captured_call_of(std::string_view json_line);

// The word of an op in captures and their queries ("deliver"); "none" for what is no op.
std::string_view op_word(Op op);

}  // namespace tenon
