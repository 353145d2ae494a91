// explain: the whole story of one event, and only of that one.
#include "audit/explain.hpp"

#include <gtest/gtest.h>

#include "event/pulled.hpp"
#include "unit/audit/log_story.hpp"

namespace tenon {
namespace {

using test::LogStory;

TEST(Explain, APulledEventTellsItsPage) {
  LogStory story;
  PulledPage page;
  page.pull = "people";
  page.destination = "crm";
  page.stream = "contacts";
  page.release = "hubspot@1.0.0";
  page.records.resize(3);
  page.records[2].id = "1001-5";
  RecordHeader of_page;
  of_page.type = static_cast<std::uint16_t>(PulledType::page);
  const Offset at = story.write(Stream::pulled, encode(page), of_page);
  RawEvent raw;
  raw.format = RawFormat::segment;
  raw.type = "identify";
  raw.message_id = "1001-5";
  raw.payload = "{}";
  RecordHeader header;
  header.flags = kRecordPulled;
  header.parent = EventId{story.log.id(), story.partition, at, 2};
  const Offset event = story.write(Stream::raw, encode(raw), header);
  const auto trace = story.explained(EventId{story.log.id(), story.partition, event, 0});
  ASSERT_TRUE(trace) << trace.error().text();
  ASSERT_TRUE(trace->received.pulled);
  EXPECT_EQ(trace->received.pulled->pull, "people");
  EXPECT_EQ(trace->received.pulled->stream, "contacts");
  EXPECT_EQ(trace->received.pulled->release, "hubspot@1.0.0");
  EXPECT_EQ(trace->received.pulled->id, "1001-5");
  EXPECT_EQ(trace->received.pulled->records, 3u);
}

TEST(Explain, ATryShowsTheRequestsThatWereAboutTheDelivery) {
  LogStory story;
  const auto one = story.raw("m0"), other = story.raw("m1", 4);
  story.decide({story.decided(one, EventFate::routed, {LogStory::to("crm")}),
                story.decided(other, EventFate::routed, {LogStory::to("crm")})});
  AttemptOutcome ended;
  ended.attempt = "att_1";
  ended.destination = "crm";
  ended.action = "upsert_contact";
  const std::vector<std::pair<std::string, std::vector<std::uint32_t>>> requests = {
      {"/all", {}}, {"/first", {0}}, {"/second", {1}}};
  for (const auto& [path, covers] : requests) {
    ExchangeNote note;
    note.path = path;
    note.covers = covers;
    ended.exchanges.push_back(std::move(note));
  }
  for (const auto& id : {one, other}) {
    DeliveryOutcome outcome;
    outcome.delivery = story.ref(id, "crm");
    outcome.fate = OutcomeFate::delivered;
    outcome.position = id == one ? 0 : 1;
    ended.outcomes.push_back(std::move(outcome));
  }
  story.write(Stream::outcome, encode(ended));
  const auto trace = story.explained(other);
  ASSERT_TRUE(trace) << trace.error().text();
  const auto& exchanges = trace->deliveries.at(0).attempts.at(0).exchanges;
  ASSERT_EQ(exchanges.size(), 2u);
  EXPECT_EQ(exchanges[0].path, "/all");
  EXPECT_EQ(exchanges[1].path, "/second");
}

TEST(Explain, TellsReceptionDecisionAttemptsAndOutcome) {
  LogStory story;
  const auto other = story.raw("m0");
  const auto id = story.raw("m1", 4);
  story.decide({story.decided(other, EventFate::no_route),
                story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  const auto ref = story.ref(id, "crm");
  story.begin("att_1", "crm", {ref});
  story.end("att_1", "crm", ref, OutcomeFate::retry, "rate_limited", 1, 429);
  story.begin("att_2", "crm", {story.ref(other, "crm"), ref}, 2);
  story.end("att_2", "crm", ref, OutcomeFate::delivered, "", 2, 200);

  ExplainOptions options;
  options.source_names[hash_of_name("web")] = "web";
  const auto trace = story.explained(id, options);
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_TRUE(trace->complete);
  EXPECT_TRUE(trace->settled());
  EXPECT_EQ(trace->received.source_name, "web");
  EXPECT_EQ(trace->received.message_id, "m1");
  EXPECT_EQ(trace->received.type, "track");
  EXPECT_TRUE(trace->received.has_key);
  EXPECT_EQ(trace->received.bytes, 27u);
  ASSERT_TRUE(trace->decision);
  EXPECT_EQ(trace->decision->fate, EventFate::routed);
  EXPECT_EQ(trace->decision->config, ConfigVersion{0xabcdef});
  EXPECT_FALSE(trace->decision->consent_enforced);
  ASSERT_EQ(trace->deliveries.size(), 1u);
  const auto& delivery = trace->deliveries[0];
  EXPECT_EQ(delivery.route, "orders");
  EXPECT_EQ(delivery.state, DeliveryState::delivered);
  EXPECT_EQ(delivery.tries, 2u);
  ASSERT_EQ(delivery.attempts.size(), 2u);
  EXPECT_EQ(delivery.attempts[0].outcome->reason, "rate_limited");
  EXPECT_EQ(delivery.attempts[0].exchanges[0].http_status, 429u);
  EXPECT_EQ(delivery.attempts[1].position, 1u);
  EXPECT_EQ(delivery.attempts[1].batch, 2u);
  EXPECT_EQ(delivery.attempts[1].idempotency, "idem-att_2");
  EXPECT_TRUE(delivery.attempts[1].ended);
}

TEST(Explain, ARetryHasItsTimeAndAnOpenAttemptIsInFlight) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  const auto ref = story.ref(id, "crm");
  story.begin("att_1", "crm", {ref});
  auto trace = story.explained(id);
  EXPECT_TRUE(trace->deliveries[0].in_flight);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::pending);
  EXPECT_FALSE(trace->settled());
  story.end("att_1", "crm", ref, OutcomeFate::retry, "timeout");
  trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::retrying);
  EXPECT_GT(trace->deliveries[0].next_at, story.clock.now());
  EXPECT_FALSE(trace->deliveries[0].in_flight);
}

TEST(Explain, AnOutcomeWithoutItsBeginIsStillTold) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  story.end("att_9", "crm", story.ref(id, "crm"), OutcomeFate::dead, "vendor_rejected", 1, 400);
  const auto trace = story.explained(id);
  ASSERT_EQ(trace->deliveries[0].attempts.size(), 1u);
  EXPECT_EQ(trace->deliveries[0].attempts[0].release, "hubspot@1.0.0");
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::dead);
}

TEST(Explain, DuplicatesFilteredAndInvalidSayWhy) {
  LogStory story;
  const auto first = story.raw("m1", 2);
  const auto again = story.raw("m1");
  const auto broken = story.raw("m2");
  const auto filtered = story.raw("m3");
  auto duplicate = story.decided(again, EventFate::duplicate);
  duplicate.first = first.offset;
  auto invalid_one = story.decided(broken, EventFate::invalid);
  invalid_one.reason = "no type";
  auto off = LogStory::to("crm");
  off.fate = DeliveryFate::filtered;
  off.reason = "integrations_off";
  off.reason = "integrations_off";
  story.decide({story.decided(first, EventFate::no_route), duplicate, invalid_one,
                story.decided(filtered, EventFate::routed, {off})});
  EXPECT_EQ(story.explained(again)->decision->first, first);
  EXPECT_EQ(story.explained(broken)->decision->reason, "no type");
  const auto trace = story.explained(filtered);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::filtered);
  EXPECT_EQ(trace->deliveries[0].reason, "integrations_off");
  EXPECT_TRUE(trace->settled());
}

TEST(Explain, OperatorsActsAreNoted) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm"), LogStory::to("hook")})});
  const auto ref = story.ref(id, "crm");
  story.end("att_1", "crm", ref, OutcomeFate::dead, "vendor_rejected", 1, 400);
  story.control(Redriven{ref, "crm", "uid:1000"});
  auto trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::pending);
  EXPECT_EQ(trace->deliveries[0].notes[0].what, "redriven");
  EXPECT_EQ(trace->deliveries[0].notes[0].actor, "uid:1000");
  story.control(DestinationPaused{"crm", "vendor is down", "uid:0"});
  trace = story.explained(id);
  EXPECT_TRUE(trace->deliveries[0].paused);
  EXPECT_FALSE(trace->deliveries[1].paused);
  EXPECT_EQ(trace->deliveries[0].notes[1].reason, "vendor is down");
  story.control(DestinationResumed{"crm", "uid:0"});
  EXPECT_FALSE(story.explained(id)->deliveries[0].paused);
  story.control(DestinationSkipped{"crm", "not wanted", "uid:0"});
  trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::skipped);
  EXPECT_EQ(trace->deliveries[1].state, DeliveryState::pending);
}

TEST(Explain, ARedriveOfWhatIsUnderWayOrDoneChangesNothing) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  const auto ref = story.ref(id, "crm");
  story.end("att_1", "crm", ref, OutcomeFate::dead, "vendor_rejected", 1, 400);
  story.control(Redriven{ref, "crm", "uid:1000"});
  story.control(Redriven{ref, "crm", "uid:1001"});
  story.end("att_2", "crm", ref, OutcomeFate::delivered, "", 1, 200);
  story.control(Redriven{ref, "crm", "uid:1002"});
  const auto trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::delivered);
  ASSERT_EQ(trace->deliveries[0].notes.size(), 3u);
  EXPECT_EQ(trace->deliveries[0].notes[1].what, "redrive_ignored");
  EXPECT_EQ(trace->deliveries[0].notes[1].reason, "it was pending");
  EXPECT_EQ(trace->deliveries[0].notes[2].reason, "it was delivered");
}

TEST(Explain, ARejectedEventTellsReasonAndReentry) {
  LogStory story;
  RawEvent raw;
  raw.format = RawFormat::unparsed;
  raw.payload = "{";
  raw.reason = "wanted JSON, found the end at byte 1";
  raw.reason_code = "not_json";
  const Offset at = story.write(Stream::rejected, encode(raw));
  const EventId id{story.log.id(), story.partition, at, 0};
  const auto fixed = story.raw("m7");
  story.control(RejectedReentered{at, fixed, "uid:1000"});
  const auto trace = story.explained(id);
  ASSERT_TRUE(trace);
  EXPECT_TRUE(trace->received.rejected);
  EXPECT_EQ(trace->received.reason_code, "not_json");
  EXPECT_EQ(trace->received.reentered_as, fixed);
  EXPECT_EQ(trace->received.reentered_by, "uid:1000");
  EXPECT_TRUE(trace->settled());
}

TEST(Explain, StopsAtItsLimitAndGoesOn) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  const auto ref = story.ref(id, "crm");
  for (std::uint32_t n = 1; n <= 10; ++n) {
    const auto name = "att_" + std::to_string(n);
    story.begin(name, "crm", {ref}, n);
    story.end(name, "crm", ref, n == 10 ? OutcomeFate::delivered : OutcomeFate::retry, "", n);
  }
  ExplainOptions small;
  small.max_records = 5;
  auto trace = story.explained(id, small);
  ASSERT_TRUE(trace);
  EXPECT_FALSE(trace->complete);
  EXPECT_NE(trace->incomplete.find("5 records"), std::string::npos) << trace->incomplete;
  int calls = 1;
  while (!trace->complete) {
    auto so_far = *trace;
    trace = story.run(explain_more(story.log, std::move(so_far), small));
    ASSERT_TRUE(trace);
    ++calls;
  }
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(*trace, *story.explained(id));
  EXPECT_EQ(trace->deliveries[0].attempts.size(), 10u);
}

TEST(Explain, KeepsTheNewestAttemptsOnly) {
  LogStory story;
  const auto id = story.raw("m1");
  story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
  const auto tries = static_cast<std::uint32_t>(kMaxTraceAttempts) + 1;
  for (std::uint32_t n = 1; n <= tries; ++n) {
    story.end("att_" + std::to_string(n), "crm", story.ref(id, "crm"), OutcomeFate::retry, "", n);
  }
  const auto trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[0].attempts.size(), kMaxTraceAttempts);
  EXPECT_EQ(trace->deliveries[0].attempts_left_out, 1u);
  EXPECT_EQ(trace->deliveries[0].attempts[0].attempt, "att_2");
  EXPECT_EQ(trace->deliveries[0].tries, tries);
}

TEST(Explain, RefusesForeignAndUnknownIds) {
  LogStory story;
  const auto id = story.raw("m1");
  auto foreign = id;
  foreign.log = LogId{78};
  EXPECT_EQ(story.explained(foreign).error().kind, ErrorKind::invalid);
  auto index = id;
  index.index = 9;
  EXPECT_EQ(story.explained(index).error().kind, ErrorKind::not_found);
  auto beyond = id;
  beyond.offset = Offset{1u << 30};
  EXPECT_EQ(story.explained(beyond).error().kind, ErrorKind::not_found);
  auto between = id;
  between.offset.value += 1;
  EXPECT_EQ(story.explained(between).error().kind, ErrorKind::not_found);
  story.decide({story.decided(id, EventFate::no_route)});
  auto partition = id;
  partition.partition = PartitionId{900};
  EXPECT_EQ(story.explained(partition).error().kind, ErrorKind::not_found);
}

TEST(Explain, ATornRecordIsNamed) {
  LogStory story;
  const auto id = story.raw("m1");
  story.write(Stream::decision, "nonsense");
  const auto trace = story.explained(id);
  ASSERT_FALSE(trace);
  EXPECT_NE(trace.error().text().find("decision record at offset"), std::string::npos)
      << trace.error().text();
}

TEST(Recount, EveryFateHasItsPlaceAndTheSumsHold) {
  LogStory story;
  std::vector<EventId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(story.raw("m" + std::to_string(i)));
  auto off = LogStory::to("crm");
  off.fate = DeliveryFate::filtered;
  off.reason = "integrations_off";
  std::vector<DecidedEvent> events;
  events.push_back(story.decided(ids[0], EventFate::duplicate));
  events.push_back(story.decided(ids[1], EventFate::no_route));
  events.push_back(story.decided(ids[2], EventFate::routed, {off}));
  for (int i = 3; i < 9; ++i) {
    events.push_back(story.decided(ids[i], EventFate::routed, {LogStory::to("crm")}));
  }
  events[3].deliveries.push_back(LogStory::to("hook"));
  story.decide(std::move(events));
  const OutcomeFate fates[] = {OutcomeFate::delivered, OutcomeFate::retry,
                               OutcomeFate::parked,    OutcomeFate::dead,
                               OutcomeFate::ambiguous, OutcomeFate::skipped};
  for (int i = 0; i < 6; ++i) {
    story.end("att_" + std::to_string(i), "crm", story.ref(ids[3 + i], "crm"), fates[i], "");
  }
  story.control(DestinationSkipped{"hook", "", "uid:0"});
  story.write(Stream::rejected, encode(RawEvent{}));
  const auto counts = story.run(recount(story.log, ends_of(story.log)));
  ASSERT_TRUE(counts);
  CompletenessCounts want;
  want.received = 10;
  want.duplicate = want.no_route = want.undecided = 1;
  want.routed = 7;
  want.decided = 8;
  want.filtered = want.delivered = want.pending = want.parked = want.dead = want.ambiguous = 1;
  want.skipped = 2;
  want.rejected = 1;
  want.filtered_by = {{"integrations_off", 1}};
  EXPECT_EQ(counts->total(), want);
  EXPECT_TRUE(counts->total().adds_up());
  const auto rows = counts->rows();
  std::uint64_t decided = 0;
  for (const auto& [key, row] : rows) {
    EXPECT_TRUE(key.destination.empty() || row.received == 0);
    decided += row.decided;
  }
  EXPECT_EQ(decided, 8u);
}

TEST(Recount, WhatFitsNothingIsBroken) {
  LogStory story;
  const auto id = story.raw("m1");
  story.end("att_1", "crm", story.ref(id, "crm"), OutcomeFate::delivered, "");
  const auto counts = story.run(recount(story.log, ends_of(story.log)));
  EXPECT_EQ(counts->total().broken, 1u);
  EXPECT_FALSE(counts->total().adds_up());
}

TEST(Recount, OfALogWithoutItsBeginningCountsWhatIsLeftAndSaysFromWhenOnThatIsAll) {
  LogStory story;
  const auto gone = story.raw("gone"), lost = story.raw("lost"), left = story.raw("left");
  EXPECT_EQ(story.run(recount(story.log, ends_of(story.log)))->whole_from(), Time::min());
  const Time begins = story.clock.now();
  EXPECT_TRUE(story.run(story.log.trim(story.partition, left.offset)));
  std::vector<DecidedEvent> events;
  for (const auto& id : {gone, lost, left}) {
    events.push_back(story.decided(id, EventFate::routed, {LogStory::to("crm")}));
  }
  story.decide(std::move(events));
  story.end("att_1", "crm", story.ref(gone, "crm"), OutcomeFate::delivered, "");
  story.control(Redriven{story.ref(lost, "crm"), "crm", "uid:0"});
  story.end("att_2", "crm", story.ref(left, "crm"), OutcomeFate::delivered, "");
  const auto counts = story.run(recount(story.log, ends_of(story.log)));
  ASSERT_TRUE(counts) << counts.error().text();
  CompletenessCounts want;
  want.received = want.routed = want.decided = want.delivered = 1;
  EXPECT_EQ(counts->total(), want);
  EXPECT_EQ(counts->whole_from(), hour_of(begins) + std::chrono::hours{1});
}

TEST(Explain, AWebhookLeadsToItsEventsAndThoseToIt) {
  LogStory story;
  RecordHeader header;
  header.type = static_cast<std::uint16_t>(InboundType::received);
  header.source = hash_of_name("web");
  InboundReceived came;
  came.body = "12345";
  const Offset at = story.write(Stream::inbound, encode(came), header);
  const EventId id{story.log.id(), story.partition, at, 0};
  auto trace = story.explained(id);
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_TRUE(trace->received.inbound);
  EXPECT_EQ(trace->received.bytes, 5u);
  EXPECT_FALSE(trace->inbound);
  EXPECT_FALSE(trace->settled());

  const auto event = story.raw("m1");
  InboundEnded ended;
  ended.received = at;
  ended.fate = InboundFate::failed;
  ended.reason = "no array";
  header.type = static_cast<std::uint16_t>(InboundType::ended);
  const Offset first_end = story.write(Stream::inbound, encode(ended), header);
  EXPECT_TRUE(story.explained(id)->settled());
  header.type = static_cast<std::uint16_t>(InboundType::reopened);
  InboundReopened reopened;
  reopened.received = at;
  story.write(Stream::inbound, encode(reopened), header);
  EXPECT_FALSE(story.explained(id)->settled()) << "its end is still to come";
  header.type = static_cast<std::uint16_t>(InboundType::ended);
  ended.fate = InboundFate::parsed;
  ended.release = "crm@1.0.1";
  ended.events = {event};
  story.write(Stream::inbound, encode(ended), header);
  ended.received = Offset{at.value + 1};
  ended.release = "of another";
  story.write(Stream::inbound, encode(ended), header);
  trace = story.explained(id);
  ASSERT_TRUE(trace && trace->inbound);
  EXPECT_EQ(trace->inbound->fate, InboundFate::parsed);
  EXPECT_EQ(trace->inbound->release, "crm@1.0.1");
  EXPECT_EQ(trace->inbound->events, std::vector<EventId>{event});
  EXPECT_TRUE(trace->settled());
  EXPECT_FALSE(story.explained(EventId{story.log.id(), story.partition, first_end, 0}));
}

}  // namespace
}  // namespace tenon
