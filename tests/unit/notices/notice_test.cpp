// A notice as an event: what a route sees of it, and the way back.
#include "notices/notice.hpp"

#include <gtest/gtest.h>

#include "backends/memory/seeded_random.hpp"
#include "base/hash.hpp"
#include "event/event.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

Notice example() {
  Notice notice;
  notice.condition.topic = Topic::destination;
  notice.condition.subject = "crm";
  notice.condition.destinations = {"crm"};
  notice.condition.reason = "bad byte \xff here";
  notice.condition.owner = "ops@example.com";
  notice.condition.mend = "tenon destinations resume crm";
  notice.condition.since = time_from_us(1'800'000'000'123'456);
  notice.at = time_from_us(1'800'000'001'000'000);
  return notice;
}

NewRecord record(const Notice& notice) {
  SeededRandom random(1);
  NoticeOrigin origin;
  origin.tenant = "acme";
  origin.workspace = "main";
  return record_of(notice, origin, random);
}

TEST(Notice, IsAnOrdinaryEventOfItsOwnSource) {
  const NewRecord made = record(example());
  EXPECT_EQ(made.header.stream, Stream::raw);
  EXPECT_EQ(made.header.source, hash_of_name(kNoticeSource));
  const auto raw = decode_raw_event(made.body);
  ASSERT_TRUE(raw);
  EXPECT_FALSE(raw->message_id_assigned) << "else a second one would not be a duplicate";
  const auto event = make_event(EventId{}, made.header, *raw, kNoticeSource);
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->name, "tenon.destination.paused");
  JsonParser parser;
  const auto view = parser.parse(event->json, 32);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->at("/properties/owner")->as_string(), "ops@example.com");
  EXPECT_EQ(view->at("/properties/workspace")->as_string(), "main");
  EXPECT_EQ(view->at("/properties/destinations/0")->as_string(), "crm");
  EXPECT_EQ(view->at("/properties/since")->as_string(), "2027-01-15T08:00:00.123456Z");
}

TEST(Notice, ComesBackFromTheLog) {
  Notice over = example();
  over.over = true;
  for (const Notice& notice : {example(), over}) {
    const NewRecord made = record(notice);
    const auto back = notice_of(made.header, made.body);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(message_id_of(*back), message_id_of(notice));
    EXPECT_EQ(back->over, notice.over);
    EXPECT_EQ(back->at, notice.at);
    EXPECT_EQ(back->condition.destinations, notice.condition.destinations);
    EXPECT_EQ(back->condition.mend, notice.condition.mend);
    EXPECT_EQ(back->condition.reason, "bad byte \xef\xbf\xbd here");
  }
  EXPECT_NE(message_id_of(example()), message_id_of(over));
}

TEST(Notice, OfOneSubjectKeepTheirOrder) {
  Notice other = example();
  other.condition.topic = Topic::breaker;
  EXPECT_EQ(record(example()).header.key, record(other).header.key);
  EXPECT_EQ(record(example()).partition, record(other).partition);
}

TEST(Notice, OtherEventsAreNone) {
  EXPECT_FALSE(notice_of(RecordHeader{}, "x"));
  RawEvent raw;
  raw.format = RawFormat::segment;
  for (const char* payload : {"7", "{}", R"({"properties":[]})", R"({"properties":{}})",
                              R"({"properties":{"topic":"weather"}})"}) {
    raw.payload = payload;
    EXPECT_FALSE(notice_of(RecordHeader{}, encode(raw))) << payload;
  }
}

}  // namespace
}  // namespace tenon
