// The body of a step's result, as a hostile worker would encode it: what is taken is taken the same
// way again, and obeys the bounds of its call.
#include "fuzz/input.hpp"
#include "wire/step_result.hpp"

namespace wire = tenon::wire;

namespace {

tenon::StepResult without_texts(tenon::StepResult result) {
  result.explain.clear();
  for (auto& line : result.logs) line.message.clear();
  for (auto& outcome : result.outcomes) {
    outcome.vendor_ref.clear();
    outcome.vendor_code.clear();
    outcome.detail.clear();
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  wire::StepBounds bounds;
  bounds.op = static_cast<tenon::Op>(1u << (input.number(1) % 5));
  bounds.records = input.number(1) % 16;
  const std::string bytes(input.rest());
  auto result = wire::decode_result(bytes, bounds);
  if (!result) {
    fuzz::must(result.error().kind == tenon::ErrorKind::corrupt);
    return 0;
  }
  fuzz::must(result->requests.size() <= wire::max_requests(bounds.records));
  for (const auto& outcome : result->outcomes) fuzz::must(outcome.index < bounds.records);
  // All but the texts, which are escaped on the way in, and so not the same the second time.
  const auto bare = wire::encode_result(without_texts(std::move(*result)));
  auto again = wire::decode_result(bare, bounds);
  fuzz::must(again.has_value());
  fuzz::must(wire::encode_result(without_texts(std::move(*again))) == bare);
  return 0;
}
