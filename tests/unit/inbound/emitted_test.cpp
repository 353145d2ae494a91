// Emits become records as a client's events do: same checks, same places, ids that bear repeating.
#include "inbound/emitted.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "event/event.hpp"

namespace tenon::inbound {
namespace {

const EventId kWebhook{LogId{7}, PartitionId{3}, Offset{4'096}, 0};

RecordOrigin origin() {
  RecordOrigin from;
  from.tenant = NameHash{1};
  from.workspace = NameHash{2};
  from.source = NameHash{3};
  from.config = ConfigVersion{4};
  from.received = Time{seconds{1'767'323'045}};
  return from;
}

Emit emit(std::string id, std::string type, std::string body, std::int64_t event_ms = 0) {
  Emit out;
  out.kind = EmitKind::record;
  out.id = std::move(id);
  out.type = std::move(type);
  out.body = std::move(body);
  out.event_ms = event_ms;
  return out;
}

RawEvent raw_of(const NewRecord& record) { return decode_raw_event(record.body).value(); }

TEST(Emitted, BecomesACanonicalEvent) {
  const auto records = emitted_records(
      {emit("hs-1", "track", R"({"event":"Deal Won","userId":"u1","properties":{"amount":5}})",
            1'767'000'000'123)},
      origin(), kWebhook);
  ASSERT_EQ(records.size(), 1u);
  const auto& header = records[0].header;
  EXPECT_EQ(header.stream, Stream::raw);
  EXPECT_EQ(header.parent, kWebhook);
  EXPECT_EQ(header.source, NameHash{3});
  EXPECT_EQ(header.received, origin().received);
  EXPECT_EQ(ms_of(header.occurred), 1'767'000'000'123);
  EXPECT_EQ(header.key, key_hash("u1", NameHash{2}, NameHash{3}));
  const auto raw = raw_of(records[0]);
  EXPECT_EQ(raw.message_id, "hs-1");
  EXPECT_FALSE(raw.message_id_assigned);
  const auto event = make_event({LogId{7}, records[0].partition, Offset{1}, 0}, header, raw, "crm");
  ASSERT_TRUE(event);
  const auto json = nlohmann::json::parse(event->json);
  EXPECT_EQ(json["event"], "Deal Won");
  EXPECT_EQ(json["messageId"], "hs-1");
  EXPECT_EQ(json["timestamp"], "2025-12-29T09:20:00.123000Z");
  EXPECT_EQ(json["properties"]["amount"], 5);
}

TEST(Emitted, TheSameEmitsGiveTheSameRecordsInTheSamePlaces) {
  const std::vector<Emit> emits = {emit("a", "track", R"({"event":"A","userId":"u"})"),
                                   emit("", "track", R"({"event":"B"})"),
                                   emit("", "nonsense", "{}"), emit("c", "page", "{")};
  const auto once = emitted_records(emits, origin(), kWebhook);
  const auto again = emitted_records(emits, origin(), kWebhook);
  ASSERT_EQ(once.size(), 4u);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].partition, again[i].partition);
    EXPECT_EQ(once[i].header, again[i].header);
    EXPECT_EQ(once[i].body, again[i].body);
    EXPECT_EQ(once[i].header.index, i);
  }
  // Without an id it is named after the webhook, so dedupe sees a second parse.
  EXPECT_EQ(raw_of(once[1]).message_id, to_text(kWebhook) + "/1");
  EXPECT_FALSE(raw_of(once[1]).message_id_assigned);
}

TEST(Emitted, WhatBreaksARuleIsRejectedAndKept) {
  const struct {
    Emit emit;
    const char* code;
  } cases[] = {
      {emit("i", "contact.creation", "{}"), "unknown_type"},
      {emit("i", "", "{}"), "unknown_type"},
      {emit("i", "track", ""), "not_json"},
      {emit("i", "track", "{} x"), "not_json"},
      {emit("i", "track", "[]"), "not_an_object"},
      {emit("i", "track", R"({"event":7})"), "wrong_type"},
      {emit("i", "track", R"({"a":")" + std::string(kMaxEventBytes, 'x') + "\"}"), "too_large"},
  };
  for (const auto& c : cases) {
    const auto records = emitted_records({c.emit}, origin(), kWebhook);
    ASSERT_EQ(records.size(), 1u) << c.code;
    EXPECT_EQ(records[0].header.stream, Stream::rejected) << c.code;
    EXPECT_EQ(records[0].header.parent, kWebhook);
    EXPECT_EQ(raw_of(records[0]).reason_code, c.code);
    EXPECT_EQ(raw_of(records[0]).payload, c.emit.body);
  }
}

TEST(Emitted, TimesThatAreNoneAreLeftOut) {
  for (const std::int64_t ms : {std::int64_t{-1}, std::int64_t{0}, INT64_MAX, INT64_MIN}) {
    const auto records = emitted_records({emit("i", "track", "{}", ms)}, origin(), kWebhook);
    EXPECT_EQ(records[0].header.occurred, Time{}) << ms;
  }
}

TEST(Emitted, AFailedWebhookIsARejectedEvent) {
  const auto record = failed_record("a=b", "it ended 3 workers", origin(), kWebhook);
  EXPECT_EQ(record.header.stream, Stream::rejected);
  EXPECT_EQ(record.header.parent, kWebhook);
  const auto raw = raw_of(record);
  EXPECT_EQ(raw.payload, "a=b");
  EXPECT_EQ(raw.reason_code, "webhook_failed");
  EXPECT_EQ(raw.reason, "it ended 3 workers");
}

}  // namespace
}  // namespace tenon::inbound
