// The body of a step's result, as a hostile worker would encode it: what is taken is taken the same
// way again, and obeys the bounds of its call.
#include "fuzz/input.hpp"
#include "wire/step_result.hpp"

namespace wire = tenon::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  wire::StepBounds bounds;
  bounds.op = static_cast<tenon::Op>(1u << (input.number(1) % 5));
  bounds.records = input.number(1) % 16;
  auto result = wire::decode_result(std::string(input.rest()), bounds);
  if (!result) {
    fuzz::must(result.error().kind == tenon::ErrorKind::corrupt);
    return 0;
  }
  fuzz::must(result->requests.size() <= wire::max_requests(bounds.records));
  for (const auto& outcome : result->outcomes) fuzz::must(outcome.index < bounds.records);
  return 0;
}
