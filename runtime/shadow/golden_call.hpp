// Goldens read as calls: what goes in and the scripted replies. What is expected is not read:
// `tenon check` compares with that, the shadow diff compares two releases.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ports/captured_call.hpp"

namespace tenon::shadow {

constexpr std::size_t kMaxGoldenBytes = 1u << 20;  // as a file of a package may have

// One golden (sdk/testkit/README.md has the format). `name` stands for the attempt and begins the
// errors. The steps have the golden's clock, key and replies, and no requests: to be replayed with
// Replies::in_turn. invalid: not of the form, each mistake at its place. An op that cannot be
// replayed gives a call of that op without steps: see can_replay.
Result<CapturedCall> golden_call(std::string_view json, std::string_view name);

}  // namespace tenon::shadow
