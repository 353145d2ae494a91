// The calls that `tenon connector diff` runs: goldens of both sides, or captured ones from a file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/diff_side.hpp"
#include "shadow/pair_run.hpp"

namespace tenon::cli {

struct ScriptedCall {
  CapturedCall call;
  shadow::Owner owner = shadow::Owner::before;
};

// Goldens of both, by name. One that both have with the same input and replies is the earlier
// one's. invalid: a golden that cannot be read, at its place.
Result<std::vector<ScriptedCall>> scripted_calls(const std::vector<NamedText>& before,
                                                 const std::vector<NamedText>& after);

// Reads captured calls, one JSON line each, and gives each to `take` until that gives an error;
// "-" is stdin. invalid: the file cannot be read or a line is no captured call, with its number.
// One line is in memory at a time, of at most kMaxCapturedCallBytes.
Result<void> each_capture(const std::string& path,
                          const std::function<Result<void>(const CapturedCall&)>& take);

// Which of the host's captured calls, newest first.
struct HostCalls {
  std::string connector;   // id
  std::string since;       // RFC 3339; "" = however old
  std::uint64_t last = 0;  // at most so many; 0 = all
};

// Asks the running host for them, a page at a time. unsupported: it keeps none (it has no such
// route). What the host cannot read any more is counted in `unreadable`.
Result<void> each_capture_of_host(Session& session, const HostCalls& wanted,
                                  const std::function<Result<void>(const CapturedCall&)>& take,
                                  std::uint64_t& unreadable);

}  // namespace tenon::cli
