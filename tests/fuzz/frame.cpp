// Packets of a worker, some with right sums and some raw: only whole messages come out, within
// bounds.
#include "wire/frame.hpp"

#include "fuzz/input.hpp"

namespace wire = tenon::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool host = input.number(1) % 2 == 0;
  wire::Assembler assembler(host ? wire::Side::host : wire::Side::worker);
  std::uint32_t sequence = 0;
  while (!input.empty()) {
    const auto kind = input.number(1);
    wire::FrameHeader header;
    header.type = static_cast<wire::MessageType>(kind % 9);
    header.flags = static_cast<std::uint16_t>((kind >> 4) & 3);
    header.handle = input.number(1);
    header.total = static_cast<std::uint32_t>(input.number(4));
    const auto payload = input.take(input.number(1));
    header.length = static_cast<std::uint32_t>(payload.size());
    header.sequence = sequence++;
    std::string packet(payload);
    if ((kind & 0x80) == 0) {
      const auto bytes = wire::seal(header, payload);
      packet.insert(0, bytes.data(), bytes.size());
    }
    auto message = assembler.add(packet);
    if (!message) {
      fuzz::must(message.error().kind == tenon::ErrorKind::corrupt);
      return 0;
    }
    if (!message->has_value()) continue;
    fuzz::must((*message)->body.size() <= wire::max_bytes((*message)->type));
  }
  return 0;
}
