// The record of the rollouts: read whole or refused, and nobody gets more traffic by damage.
#include "event/rollouts.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto read = tenon::decode_rollouts(input.rest());
  if (!read) {
    fuzz::must(!read.error().message.empty());
    return 0;
  }
  for (const auto& one : read->rollouts) {
    fuzz::must(one.percent <= 100);
    fuzz::must((one.stage == tenon::RolloutStage::canary) == (one.percent > 0));
    fuzz::must((one.stage == tenon::RolloutStage::none) == one.candidate.empty());
  }
  const auto again = tenon::decode_rollouts(tenon::encode(*read));
  fuzz::must(again && *again == *read);
  return 0;
}
