// The canonical event: order of members, merging, corrected times, CloudEvents.
#include "event/event.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
const Time kReceived = *parse_rfc3339("2026-01-02T03:05:00Z");

RecordHeader header_at(Time occurred, Time sent) {
  RecordHeader header;
  header.occurred = occurred;
  header.sent = sent;
  header.received = kReceived;
  return header;
}

RawEvent segment(std::string type, std::string payload, std::string envelope = {}) {
  RawEvent raw;
  raw.format = RawFormat::segment;
  raw.type = std::move(type);
  raw.message_id = "m1";
  raw.payload = std::move(payload);
  raw.envelope = std::move(envelope);
  return raw;
}

const EventId kId{LogId{1}, PartitionId{2}, Offset{3}, 4};

std::string json_of(const RawEvent& raw, const RecordHeader& header = header_at({}, {})) {
  const auto event = make_event(kId, header, raw, "web");
  return event ? event->json : event.error().text();
}

TEST(Event, WritesMembersInTheirOrder) {
  const auto raw =
      segment("track", R"({ "_meta":{"x":1}, "context":{"ip":"::1"}, "properties":{"b":2,"a":1},
    "traits":{}, "integrations":{"All":true}, "userId":"u1", "anonymousId":"a1", "groupId":"g",
    "previousId":"p", "event":"Order Completed", "messageId":"m1", "type":"TRACK", "name":"n",
    "writeKey":"secret", "id":"mine", "source":"mine", "receivedAt":"mine", "channel":"server"})");
  const auto event = make_event(kId, header_at({}, {}), raw, "web");
  ASSERT_TRUE(event);
  EXPECT_EQ(
      event->json,
      R"({"id":")" + to_text(kId) +
          R"(","type":"track","event":"Order Completed","messageId":"m1","source":"web",)"
          R"("userId":"u1","anonymousId":"a1","previousId":"p","groupId":"g",)"
          R"("timestamp":"2026-01-02T03:05:00.000000Z","receivedAt":"2026-01-02T03:05:00.000000Z",)"
          R"("name":"n","properties":{"b":2,"a":1},"traits":{},"context":{"ip":"::1"},)"
          R"("integrations":{"All":true},"_meta":{"x":1},"channel":"server"})");
  EXPECT_EQ(event->type, "track");
  EXPECT_EQ(event->name, "Order Completed");
  EXPECT_EQ(event->source, "web");
  EXPECT_EQ(event->occurred, kReceived);
}

TEST(Event, KeepsUnicodeZerosNumbersAndNulls) {
  const std::string properties =
      R"({"a":null,"b":[1,[2,{"c":"\u0000x"}]],"big":123456789012345678901234567890,"neg":-1e-7,"k":1.50,"é":"✓𝔘"})";
  const auto json =
      json_of(segment("track", R"({"event":"Käufe ✓ 𝔘","properties":)" + properties + "}"));
  EXPECT_NE(json.find(R"("properties":)" + properties), std::string::npos) << json;
  EXPECT_NE(json.find(R"("event":"Käufe ✓ 𝔘")"), std::string::npos);
}

TEST(Event, IsTheSameBytesEachTime) {
  const auto raw = segment("identify", R"({"userId":12345678901234567890,"traits":{"b":1,"a":2}})");
  const auto first = json_of(raw);
  EXPECT_EQ(json_of(raw), first);
  EXPECT_NE(first.find(R"("userId":"12345678901234567890")"), std::string::npos);
}

TEST(Event, PutsTheEnvelopeUnderTheItem) {
  const auto json = json_of(segment(
      "page", R"({"userId":null,"name":"Home","context":{"ip":"1","locale":null}})",
      R"({"context":{"ip":"2","locale":"de","app":{"v":1}},"integrations":{"Slack":false}})"));
  EXPECT_NE(
      json.find(
          R"("context":{"ip":"1","locale":null,"app":{"v":1}},"integrations":{"Slack":false})"),
      std::string::npos)
      << json;
  EXPECT_EQ(json.find("userId"), std::string::npos);
}

TEST(Event, CorrectsTheClientsClock) {
  const Time original = *parse_rfc3339("2030-01-01T00:00:00Z");
  const Time sent = original + microseconds{7 * kSecond};
  const auto event = make_event(kId, header_at(original, sent), segment("track", "{}"), "web");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->occurred, kReceived - microseconds{7 * kSecond});
  EXPECT_NE(event->json.find(R"("timestamp":"2026-01-02T03:04:53.000000Z",)"
                             R"("originalTimestamp":"2030-01-01T00:00:00.000000Z",)"
                             R"("sentAt":"2030-01-01T00:00:07.000000Z",)"
                             R"("receivedAt":"2026-01-02T03:05:00.000000Z")"),
            std::string::npos)
      << event->json;
}

TEST(Event, WithoutSentAtTheClientsTimeStands) {
  const Time original = *parse_rfc3339("2020-01-01T00:00:00Z");
  EXPECT_EQ(make_event(kId, header_at(original, {}), segment("track", "{}"), "web")->occurred,
            original);
}

TEST(Event, ATimestampBesideAnOriginalOneStands) {
  const Time original = *parse_rfc3339("2026-01-02T03:04:00Z");
  const auto event = make_event(
      kId, header_at(original, original),
      segment("track",
              R"({"timestamp":"2020-01-01T00:00:00Z","originalTimestamp":"2026-01-02T03:04:00Z"})"),
      "web");
  ASSERT_TRUE(event);
  EXPECT_EQ(to_rfc3339(event->occurred), "2020-01-01T00:00:00.000000Z");
}

RawEvent cloudevent(std::string payload) {
  RawEvent raw;
  raw.format = RawFormat::cloudevent;
  raw.message_id = "ce-1";
  raw.payload = std::move(payload);
  return raw;
}

TEST(Event, MapsCloudEvents) {
  const auto json = json_of(
      cloudevent(
          R"({"id":"ce-1","time":"2026-01-02T03:04:05.678Z","type":"com.example.order","source":"/shop","specversion":"1.0",)"
          R"("subject":"order/42","userid":"u9","data":{"revenue":12.50},"seqno":7})"),
      header_at(*parse_rfc3339("2026-01-02T03:04:05.678Z"), {}));
  EXPECT_EQ(
      json,
      R"({"id":")" + to_text(kId) +
          R"(","type":"track","event":"com.example.order","messageId":"ce-1","source":"web","userId":"u9",)"
          R"("timestamp":"2026-01-02T03:04:05.678000Z","originalTimestamp":"2026-01-02T03:04:05.678000Z",)"
          R"("receivedAt":"2026-01-02T03:05:00.000000Z","properties":{"revenue":12.50},)"
          R"("context":{"cloudevent":{"source":"/shop","specversion":"1.0","subject":"order/42","userid":"u9","seqno":7}}})");
}

TEST(Event, WrapsCloudEventDataThatIsNoObject) {
  EXPECT_NE(json_of(cloudevent(R"({"type":"t","data":[1,null]})"))
                .find(R"("properties":{"data":[1,null]})"),
            std::string::npos);
  EXPECT_NE(json_of(cloudevent(R"({"type":"t","data_base64":"AQID/w=="})"))
                .find(R"("properties":{"data_base64":"AQID/w=="})"),
            std::string::npos);
  EXPECT_NE(json_of(cloudevent(R"({"type":"t"})")).find(R"("properties":{})"), std::string::npos);
}

TEST(Event, RefusesAPayloadThatIsNotItsFormat) {
  EXPECT_EQ(json_of(segment("track", "[1]")), "payload: wanted a JSON object");
  EXPECT_EQ(json_of(segment("track", "{}", "{")).substr(0, 10), "envelope: ");
  RawEvent none;
  none.payload = "{}";
  EXPECT_EQ(make_event(kId, {}, none, "web").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tenon
