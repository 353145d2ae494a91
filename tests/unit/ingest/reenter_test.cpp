// Mended events: the same checks, a parent, and the times of the original.
#include "ingest/reenter.hpp"

#include "ingest_world.hpp"

namespace tenon {
namespace {

struct Rejected {
  explicit Rejected(const std::string& item) {
    const std::string body =
        R"({"sentAt":"2026-01-01T00:00:09Z","context":{"app":1},"batch":[)" + item + "]}";
    const auto response =
        world.send(post("/v1/batch", {{"authorization", basic("WK_test")}}), body);
    EXPECT_EQ(response.status, 200u);
    const auto kept = world.kept(Stream::rejected);
    EXPECT_EQ(kept.size(), 1u);
    if (kept.empty()) return;
    record = kept[0].record;
    id = event_id_of(world.log.id(), kept[0].partition, record);
  }
  Result<NewRecord> fix(std::string_view json) {
    return reenter(json, record, id, ConfigVersion{99}, world.random);
  }
  IngestWorld world;
  Record record;
  EventId id;
};

TEST(Reenter, AMendedEventIsARawRecordWithAParent) {
  Rejected rejected(R"({"type":"trak","messageId":"m7","userId":"u1"})");
  const auto record = rejected.fix(R"({"type":"track","userId":"u1"})");
  ASSERT_TRUE(record) << record.error().text();
  EXPECT_EQ(record->header.stream, Stream::raw);
  EXPECT_EQ(record->header.flags, kRecordReentered);
  EXPECT_EQ(record->header.parent, rejected.id);
  EXPECT_EQ(record->header.config, ConfigVersion{99});
  EXPECT_EQ(record->header.source, rejected.record.header.source);
  EXPECT_EQ(record->header.received, rejected.record.header.received);
  EXPECT_EQ(record->header.sent, rejected.record.header.sent);
  EXPECT_EQ(record->partition.value, record->header.key.value % kPartitions);
  const auto raw = decode_raw_event(record->body);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->message_id, "m7");
  EXPECT_EQ(raw->type, "track");
  EXPECT_EQ(raw->envelope, R"({"context":{"app":1}})");
  EXPECT_EQ(raw->reason, "");
}

TEST(Reenter, AMendedEventDoesNotPassForAPulledOne) {
  Rejected rejected(R"({"type":"trak","messageId":"m7","userId":"u1"})");
  rejected.record.header.flags = kRecordPulled | kRecordSynthetic;
  const auto record = rejected.fix(R"({"type":"track","userId":"u1"})");
  ASSERT_TRUE(record) << record.error().text();
  EXPECT_EQ(record->header.flags, kRecordReentered | kRecordSynthetic)
      << "its parent is not a page";
}

TEST(Reenter, WhatIsStillWrongIsRefused) {
  Rejected rejected("7");
  EXPECT_EQ(rejected.fix("8").error().context, "not_an_object");
  EXPECT_EQ(rejected.fix(R"({"event":"E"})").error().context, "no_type");
  EXPECT_EQ(rejected.fix("{").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(rejected.fix(R"({"type":"page","userId":"u"})"));
  EXPECT_TRUE(rejected.fix(R"({"specversion":"1.0","id":"1","type":"t","source":"s"})"));
  rejected.record.header.stream = Stream::raw;
  EXPECT_EQ(rejected.fix("{}").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tenon
