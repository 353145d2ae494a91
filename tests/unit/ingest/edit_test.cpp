// Edited events: for one delivery only, checked as on the way in, with the time of the original.
#include "ingest/edit.hpp"

#include "event/event.hpp"
#include "ingest_world.hpp"

namespace tenon {
namespace {

struct Original {
  Original() {
    const std::string body = R"({"sentAt":"2026-01-01T00:00:09Z","context":{"app":1},"batch":[)"
                             R"({"type":"track","event":"Bought","messageId":"m7","userId":"u1",)"
                             R"("timestamp":"2026-01-01T00:00:04Z"}]})";
    EXPECT_EQ(world.send(post("/v1/batch", {{"authorization", basic("WK_test")}}), body).status,
              200u);
    const auto kept = world.kept(Stream::raw);
    EXPECT_EQ(kept.size(), 1u);
    if (kept.empty()) return;
    record = kept[0].record;
    id = event_id_of(world.log.id(), kept[0].partition, record);
    target.destination = "crm";
    target.action = "send";
    target.message_id = "edited-dlv_1";
    target.source = "web";
  }
  Result<NewRecord> edit(std::string_view json) {
    return edited(json, record, id, target, ConfigVersion{99}, now);
  }
  Time happened(const RecordHeader& header, std::string_view body) const {
    const auto raw = decode_raw_event(body);
    const auto event = make_event(id, header, *raw, "web");
    EXPECT_TRUE(event);
    return event->occurred;
  }
  IngestWorld world;
  Record record;
  EventId id;
  EditTarget target;
  const Time now = time_from_us(1'800'000'000'000'000);
};

TEST(Edit, AnEditedEventIsForOneDeliveryAndNamesItsParent) {
  Original original;
  const auto record = original.edit(
      R"({"type":"track","event":"Bought","messageId":"m7","userId":"u1","properties":{"a":1},)"
      R"("timestamp":"2026-01-01T00:00:04Z"})");
  ASSERT_TRUE(record) << record.error().text();
  EXPECT_EQ(record->header.stream, Stream::raw);
  EXPECT_EQ(record->header.flags, kRecordEdited);
  EXPECT_EQ(record->header.parent, original.id);
  EXPECT_EQ(record->header.received, original.now);
  const auto raw = decode_raw_event(record->body);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->only_destination, "crm");
  EXPECT_EQ(raw->only_action, "send");
  EXPECT_EQ(raw->message_id, "edited-dlv_1") << "a second edit must be known as a duplicate";
  EXPECT_FALSE(raw->message_id_assigned);
  EXPECT_EQ(raw->envelope, R"({"context":{"app":1}})");
  // It happened when the original did, as corrected for the client's clock then.
  EXPECT_EQ(original.happened(record->header, record->body),
            original.happened(original.record.header, original.record.body));
}

TEST(Edit, AnotherTimeOfHappeningIsTaken) {
  Original original;
  const auto record = original.edit(
      R"({"type":"track","event":"Bought","userId":"u1","timestamp":"2025-05-05T00:00:00Z"})");
  ASSERT_TRUE(record) << record.error().text();
  EXPECT_EQ(to_rfc3339(original.happened(record->header, record->body)),
            "2025-05-05T00:00:00.000000Z");
}

TEST(Edit, WhatIngestWouldRefuseIsRefused) {
  Original original;
  for (const char* bad : {"{", "7", R"({"type":"track","event":"B","messageId":7})",
                          R"({"type":"track","event":"B","userId":["u"]})"}) {
    EXPECT_FALSE(original.edit(bad)) << bad;
  }
}

}  // namespace
}  // namespace tenon
