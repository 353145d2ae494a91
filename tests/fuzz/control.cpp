// The small messages around a call, and the call itself as a worker reads it: what is taken is
// within its limits, and is taken the same way once it is written again.
#include "fuzz/input.hpp"
#include "wire/call.hpp"

namespace wire = tenon::wire;

namespace {

// A text for people is escaped on the way in, and so not the same the second time.
wire::Opened bare(wire::Opened opened) {
  opened.explain.clear();
  return opened;
}
wire::Refused bare(wire::Refused refused) {
  refused.text.clear();
  return refused;
}
wire::Ready bare(wire::Ready ready) { return ready; }
tenon::Call bare(tenon::Call call) { return call; }

template <typename Decode, typename Encode>
void both_ways(Decode decode, Encode encode, const std::string& bytes) {
  auto first = decode(bytes);
  if (!first) {
    fuzz::must(first.error().kind == tenon::ErrorKind::corrupt);
    return;
  }
  const std::string written = encode(bare(std::move(*first)));
  auto second = decode(written);
  fuzz::must(second.has_value());
  fuzz::must(encode(bare(std::move(*second))) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto kind = input.number(1) % 4;
  const std::string bytes(input.rest());
  if (kind == 0) both_ways(wire::decode_opened, wire::encode_opened, bytes);
  if (kind == 1) both_ways(wire::decode_ready, wire::encode_ready, bytes);
  if (kind == 2) both_ways(wire::decode_refused, wire::encode_refused, bytes);
  if (kind == 3) both_ways(wire::decode_call, wire::encode_call, bytes);
  return 0;
}
