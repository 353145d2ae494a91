// A captured call as one line of JSON, as a bundle from elsewhere brings it: within the limits of a
// call, or refused at a place; what is read is the same call when it is written and read once more.
#include "base/call_limits.hpp"
#include "fuzz/input.hpp"
#include "ports/captured_call_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto call = tenon::captured_call_of(input.rest());
  if (!call) {
    fuzz::must(call.error().kind == tenon::ErrorKind::invalid && !call.error().message.empty());
    return 0;
  }
  fuzz::must(call->steps.size() <= tenon::kMaxCallSteps);
  const std::string line = tenon::to_json_line(*call);
  fuzz::must(line.find('\n') == std::string::npos);
  const auto again = tenon::captured_call_of(line);
  fuzz::must(again && tenon::to_json_line(*again) == line);
  return 0;
}
