// Frames: cutting and joining, and every way in which a packet can be wrong.
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tenon::wire {
namespace {

std::vector<std::string> packets_of(MessageType type, std::uint64_t handle, std::string_view body,
                                    std::uint32_t& sequence) {
  std::vector<std::string> out;
  Fragments fragments(type, handle, body, sequence);
  HeaderBytes header;
  std::string_view payload;
  while (fragments.next(header, payload)) {
    out.push_back(std::string(header.data(), header.size()) + std::string(payload));
  }
  return out;
}

std::string packet(FrameHeader header, std::string_view payload) {
  const auto bytes = seal(header, payload);
  return std::string(bytes.data(), bytes.size()) + std::string(payload);
}

TEST(Frame, MessagesOfEverySizeAreJoinedAgain) {
  std::uint32_t sequence = 0;
  Assembler assembler(Side::worker);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMaxFramePayload - 1, kMaxFramePayload,
        kMaxFramePayload + 1, 3 * kMaxFramePayload, std::size_t{4} << 20}) {
    const std::string body(size, 'b');
    const auto packets = packets_of(MessageType::step, 0xabcdef0123456789, body, sequence);
    EXPECT_EQ(packets.size(),
              std::max<std::size_t>(1, (size + kMaxFramePayload - 1) / kMaxFramePayload));
    for (std::size_t i = 0; i < packets.size(); ++i) {
      ASSERT_LE(packets[i].size(), kMaxFrameBytes);
      auto message = assembler.add(packets[i]);
      ASSERT_TRUE(message) << message.error().text();
      ASSERT_EQ(message->has_value(), i + 1 == packets.size());
      if (!message->has_value()) continue;
      EXPECT_EQ((*message)->type, MessageType::step);
      EXPECT_EQ((*message)->handle, 0xabcdef0123456789);
      EXPECT_EQ((*message)->body, body);
    }
  }
}

TEST(Frame, EveryBitOfHeaderAndPayloadIsGuarded) {
  std::uint32_t sequence = 0;
  const auto good = packets_of(MessageType::result, 5, "payload", sequence).front();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    Assembler assembler(Side::host);
    auto message = assembler.add(bad);
    ASSERT_FALSE(message) << "bit " << bit;
    EXPECT_EQ(message.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(message.error().message.rfind("illegal frame: ", 0), 0u);
  }
}

TEST(Frame, EveryTruncationIsIllegal) {
  std::uint32_t sequence = 0;
  const auto good = packets_of(MessageType::result, 5, "payload", sequence).front();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_frame(std::string_view(good).substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_frame(good + "x"));
  EXPECT_FALSE(parse_frame(std::string(kMaxFrameBytes + 1, '\0')));
}

TEST(Frame, DeclaredTotalIsBoundedBeforeAnythingIsAllocated) {
  FrameHeader header{MessageType::result, kFirst, 1, 0, 5, 0};
  header.total = static_cast<std::uint32_t>(kMaxResultMessageBytes);
  EXPECT_TRUE(parse_frame(packet(header, "x")));
  header.total += 1;
  auto frame = parse_frame(packet(header, "x"));
  ASSERT_FALSE(frame);
  EXPECT_NE(frame.error().message.find("at most"), std::string::npos);
  header.total = 0xffffffff;
  EXPECT_FALSE(parse_frame(packet(header, "x")));
}

struct Sequence {
  const char* what;
  std::vector<std::string> packets;
};

TEST(Frame, IllegalSequencesOfLegalFramesAreFound) {
  const auto frame = [](std::uint16_t flags, std::uint32_t sequence, std::uint32_t total,
                        std::string_view payload, MessageType type = MessageType::result,
                        std::uint64_t handle = 5) {
    return packet(
        {type, flags, static_cast<std::uint32_t>(payload.size()), sequence, handle, total},
        payload);
  };
  const std::vector<Sequence> cases = {
      {"sequence does not start at 0", {frame(kFirst | kLast, 1, 1, "a")}},
      {"sequence repeats", {frame(kFirst | kLast, 0, 1, "a"), frame(kFirst | kLast, 0, 1, "a")}},
      {"sequence jumps", {frame(kFirst | kLast, 0, 1, "a"), frame(kFirst | kLast, 2, 1, "a")}},
      {"part without start", {frame(kLast, 0, 1, "a")}},
      {"start inside a message", {frame(kFirst, 0, 2, "a"), frame(kFirst, 1, 2, "b")}},
      {"type changes", {frame(kFirst, 0, 2, "a"), frame(kLast, 1, 2, "b", MessageType::ready)}},
      {"handle changes",
       {frame(kFirst, 0, 2, "a"), frame(kLast, 1, 2, "b", MessageType::result, 6)}},
      {"total changes", {frame(kFirst, 0, 2, "a"), frame(kLast, 1, 3, "b")}},
      {"too much", {frame(kFirst, 0, 2, "a"), frame(kLast, 1, 2, "bc")}},
      {"end too early", {frame(kFirst | kLast, 0, 2, "a")}},
      {"no end", {frame(kFirst, 0, 1, "a")}},
      {"empty part", {frame(kFirst, 0, 2, "a"), frame(0, 1, 2, "")}},
      {"for the other side", {frame(kFirst | kLast, 0, 1, "a", MessageType::step)}},
      {"unknown type", {frame(kFirst | kLast, 0, 1, "a", static_cast<MessageType>(99))}},
      {"no type", {frame(kFirst | kLast, 0, 0, "", MessageType::none)}},
      {"unknown flag", {frame(kFirst | kLast | 4, 0, 1, "a")}},
  };
  for (const auto& one : cases) {
    Assembler assembler(Side::host);
    for (std::size_t i = 0; i < one.packets.size(); ++i) {
      EXPECT_EQ(assembler.add(one.packets[i]).has_value(), i + 1 < one.packets.size()) << one.what;
    }
  }
}

}  // namespace
}  // namespace tenon::wire
