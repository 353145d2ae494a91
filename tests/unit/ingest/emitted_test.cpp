// Events that connectors emit: checked like those that clients send.
#include "ingest/emitted.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace tenon {
namespace {

ParsedEvent parse(std::string_view id, std::string_view type, std::string_view body,
                  std::int64_t event_ms = 0) {
  JsonParser parser;
  return parse_emitted(parser, id, type, body, event_ms);
}

TEST(Emitted, BecomesAMessageWithTheEmitsOwnIdTypeAndTime) {
  const auto event = parse("c-1", "identify",
                           R"({"userId":"u1","type":"track","messageId":"fake","traits":{"a":1}})",
                           1'767'225'600'000);
  ASSERT_TRUE(event.accepted()) << event.raw.reason;
  EXPECT_EQ(event.raw.message_id, "c-1");
  EXPECT_FALSE(event.raw.message_id_assigned);
  EXPECT_EQ(event.raw.type, "identify");
  EXPECT_EQ(event.raw.order_key, "u1");
  EXPECT_EQ(event.occurred, time_from_us(1'767'225'600'000'000));
  EXPECT_EQ(event.raw.payload,
            R"({"type":"identify","messageId":"c-1","timestamp":"2026-01-01T00:00:00.000000Z",)"
            R"("userId":"u1","traits":{"a":1}})");
}

TEST(Emitted, ALongIdIsADigestThatStaysTheSame) {
  const std::string long_id(kMaxMessageIdBytes + 1, 'x');
  const auto event = parse(long_id, "track", R"({"event":"E","userId":"u"})");
  ASSERT_TRUE(event.accepted()) << event.raw.reason;
  EXPECT_LE(event.raw.message_id.size(), kMaxMessageIdBytes);
  EXPECT_EQ(parse(long_id, "track", "{}").raw.message_id, event.raw.message_id);
  EXPECT_NE(parse(long_id + "y", "track", "{}").raw.message_id, event.raw.message_id);
}

TEST(Emitted, TimesThatNobodyCanMeanAreLeftOut) {
  for (const std::int64_t ms : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    const auto event = parse("a", "track", R"({"event":"E"})", ms);
    ASSERT_TRUE(event.accepted()) << ms;
    EXPECT_EQ(event.occurred, Time{}) << ms;
  }
}

TEST(Emitted, MistakesAreRefusedWithAReason) {
  const auto code = [](const ParsedEvent& event) { return event.raw.reason_code; };
  EXPECT_EQ(code(parse("", "track", "{}")), "no_id");
  EXPECT_EQ(code(parse("a", "purchase", "{}")), "unknown_type");
  EXPECT_EQ(code(parse("a", "track", "{half")), "not_json");
  EXPECT_EQ(code(parse("a", "track", "[1]")), "not_an_object");
  EXPECT_EQ(code(parse("a", "track", R"({"userId":{}})")), "wrong_type");
  EXPECT_FALSE(
      parse("a", "track", R"({"x":")" + std::string(kMaxEventBytes, 'x') + "\"}").accepted());
  EXPECT_FALSE(parse("a", "track", std::string(500, '[')).accepted());
}

}  // namespace
}  // namespace tenon
