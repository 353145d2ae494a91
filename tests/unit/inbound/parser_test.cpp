// Late, dead and poisonous: what is durable is parsed in the end, or lies where a person sees it.
#include "inbound/parser.hpp"

#include "inbound_world.hpp"

namespace tenon::inbound {
namespace {

TEST(Parser, ALateConnectorGetsTheDefaultReplySentAndItsEventsTaken) {
  Machine machine;
  Host host(machine);
  host.begin();
  host.connector.takes = milliseconds(3'000);
  const Instant began = machine.clock.instant();
  const auto response = host.send_signed("slow");
  EXPECT_EQ(machine.clock.instant() - began, seconds(1));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "thanks");
  EXPECT_EQ(host.parser->waiting().size(), 1u);
  EXPECT_TRUE(host.kept(Stream::raw).empty());
  host.run_for(milliseconds(5'000));
  EXPECT_TRUE(host.parser->waiting().empty());
  EXPECT_EQ(host.kept(Stream::raw).size(), 1u);
  EXPECT_EQ(host.connector.calls.size(), 1u) << "the first try went on";
}

TEST(Parser, ADeadConnectorIsTriedAgain) {
  Machine machine;
  Host host(machine);
  host.begin();
  host.connector.errors = {unavailable("the worker died"), timed_out("the worker hung")};
  EXPECT_EQ(host.send_signed("x").body, "thanks");
  const auto waiting = host.parser->waiting();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].source, "crm");
  EXPECT_EQ(waiting[0].tries, 1u);
  EXPECT_EQ(waiting[0].why, "the worker died");
  host.run_for(milliseconds(20'000));
  EXPECT_TRUE(host.parser->waiting().empty());
  const auto ended = host.ended();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].fate, InboundFate::parsed);
  EXPECT_EQ(ended[0].tries, 3u);
  EXPECT_EQ(host.kept(Stream::raw).size(), 1u);
  // The same call each time: a second parse can only make duplicates.
  const auto& calls = host.connector.calls;
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& call : calls) {
    EXPECT_EQ(call.seed, calls[0].seed);
    EXPECT_EQ(call.now_ms, calls[0].now_ms);
    EXPECT_EQ(call.idempotency, calls[0].idempotency);
    EXPECT_EQ(call.inbound->body, "x");
  }
}

TEST(Parser, WhatNeverRanCostsNoLife) {
  Machine machine;
  Host host(machine);
  host.begin();
  for (int i = 0; i < 8; ++i) host.connector.errors.push_back(limited("busy", milliseconds(100)));
  EXPECT_EQ(host.send_signed("x").body, "thanks");
  host.run_for(milliseconds(600'000));
  ASSERT_EQ(host.ended().size(), 1u);
  EXPECT_EQ(host.ended()[0].fate, InboundFate::parsed);
}

TEST(Parser, PoisonIsGivenUpAfterThreeWorkersAndKept) {
  Machine machine;
  Host host(machine);
  host.begin();
  for (int i = 0; i < 3; ++i) host.connector.errors.push_back(unavailable("signal 11"));
  EXPECT_EQ(host.send_signed("poison").status, 200u);
  host.run_for(milliseconds(60'000));
  EXPECT_TRUE(host.parser->waiting().empty());
  const auto ended = host.ended();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].fate, InboundFate::failed);
  EXPECT_EQ(ended[0].tries, 3u);
  EXPECT_NE(ended[0].reason.find("signal 11"), std::string::npos);
  const auto rejected = host.kept(Stream::rejected);
  ASSERT_EQ(rejected.size(), 1u);
  const auto raw = decode_raw_event(rejected[0].record.body).value();
  EXPECT_EQ(raw.payload, "poison");
  EXPECT_EQ(raw.reason_code, "webhook_failed");
  ASSERT_EQ(ended[0].events.size(), 1u);
  EXPECT_EQ(ended[0].events[0], event_id_of(LogId{7}, rejected[0].partition, rejected[0].record));
  EXPECT_EQ(host.send_signed("healthy").status, 202u) << "others are not touched";
}

TEST(Parser, WhatTheConnectorCannotReadIsKeptAtOnce) {
  Machine machine;
  Host host(machine);
  host.begin();
  host.connector.script = [](const Call&) {
    StepResult result;
    result.status = -2;
    result.explain = "no array";
    return result;
  };
  EXPECT_EQ(host.send_signed("junk").body, "thanks");
  ASSERT_EQ(host.ended().size(), 1u);
  EXPECT_EQ(host.ended()[0].fate, InboundFate::failed);
  EXPECT_NE(host.ended()[0].reason.find("no array"), std::string::npos);
  EXPECT_EQ(host.kept(Stream::rejected).size(), 1u);
}

TEST(Parser, WhatWasGivenUpCanBeTriedAgain) {
  Machine machine;
  Host host(machine);
  host.begin();
  host.connector.script = [](const Call&) {
    StepResult result;
    result.status = -2;
    result.explain = "not yet";
    return result;
  };
  EXPECT_EQ(host.send_signed("x").status, 200u);
  ASSERT_EQ(host.ended().size(), 1u);
  EventId id;
  for (const auto& one : host.kept(Stream::inbound)) {
    if (one.record.offset == host.ended()[0].received) {
      id = event_id_of(LogId{7}, one.partition, one.record);
    }
  }
  std::optional<Result<InboundEnded>> again;
  const auto retry = [&](EventId which) {
    host.run(
        [](Parser& parser, EventId one, std::optional<Result<InboundEnded>>& out) -> Task<void> {
          out.emplace(co_await parser.retry(one));
        }(*host.parser, which, again));
  };
  retry(id);
  EXPECT_EQ(again->error().kind, ErrorKind::conflict);
  EXPECT_EQ(host.kept(Stream::rejected).size(), 2u);
  host.connector.script = ScriptedConnector::one_event;
  host.connector.errors = {limited("busy", milliseconds(1'000))};
  retry(id);
  EXPECT_EQ(again->error().kind, ErrorKind::unavailable);
  EXPECT_EQ(host.parser->waiting().size(), 1u);
  retry(id);
  ASSERT_TRUE(*again) << again->error().text();
  EXPECT_EQ((*again)->events.size(), 1u);
  EXPECT_EQ(host.kept(Stream::raw).size(), 1u);
  EXPECT_TRUE(host.parser->waiting().empty());
  id.offset.value += 8;
  retry(id);
  EXPECT_FALSE(*again);
}

TEST(Parser, ACrashAfterTheRawRecordLosesNothing) {
  Machine machine;
  {
    Host host(machine);
    host.begin();
    host.connector.takes = milliseconds(4'000);
    EXPECT_EQ(host.send_signed("kept").status, 200u);
    EXPECT_TRUE(host.kept(Stream::raw).empty());
  }
  Host again(machine);
  again.begin();
  ASSERT_EQ(again.parser->waiting().size(), 1u);
  again.run_for(milliseconds(1'000));
  EXPECT_TRUE(again.parser->waiting().empty());
  ASSERT_EQ(again.kept(Stream::raw).size(), 1u);
  ASSERT_EQ(again.connector.calls.size(), 1u);
  EXPECT_EQ(again.connector.calls[0].inbound->body, "kept");
  EXPECT_EQ(again.connector.calls[0].inbound->headers.size(), 1u);
}

// At whatever place the log ends, a new start opens what has not ended there and nothing else.
TEST(Parser, RestoresFromAnyCursorThatItWrote) {
  Machine machine;
  {
    Host host(machine);
    host.begin();
    for (int i = 0; i < 20; ++i) {
      // Every third one stays open.
      if (i % 3 == 0) host.connector.errors.push_back(limited("not now", milliseconds(86'400'000)));
      EXPECT_EQ(host.send_signed("n" + std::to_string(i)).status, i % 3 == 0 ? 200u : 202u);
      if (i == 10) {
        EXPECT_TRUE(host.parser->flush());
      }
    }
    EXPECT_EQ(host.parser->waiting().size(), 7u);
    if (machine.clock.now() != Time{}) {
      EXPECT_TRUE(host.parser->flush());
    }
  }
  Host again(machine);
  again.begin();
  EXPECT_EQ(again.parser->waiting().size(), 7u);
  again.run_for(milliseconds(2'000));
  EXPECT_TRUE(again.parser->waiting().empty());
  EXPECT_EQ(again.kept(Stream::raw).size(), 20u);
  // Without its state it reads the whole log and comes to the same.
  machine.stores.forget();
  Host third(machine);
  third.begin();
  EXPECT_TRUE(third.parser->waiting().empty());
  EXPECT_EQ(third.kept(Stream::raw).size(), 20u);
}

TEST(Parser, ASourceThatIsGoneWaitsToBeBack) {
  Machine machine;
  Host host(machine);
  host.begin();
  host.connector.errors = {limited("not now", milliseconds(1'000))};
  EXPECT_EQ(host.send_signed("x").status, 200u);
  const auto sources = host.workspace.sources;
  host.workspace.sources.clear();
  host.configure();
  host.run_for(milliseconds(5'000));
  ASSERT_EQ(host.parser->waiting().size(), 1u);
  EXPECT_EQ(host.parser->waiting()[0].source, "");
  EXPECT_NE(host.parser->waiting()[0].why.find("no longer takes webhooks"), std::string::npos);
  host.workspace.sources = sources;
  host.configure();
  host.run_for(milliseconds(120'000));
  EXPECT_TRUE(host.parser->waiting().empty());
}

TEST(OpenWebhooks, ResumesBeforeWhatIsOpenOrUnderWay) {
  OpenWebhooks open(LogId{7});
  const PartitionId p{2};
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{500});
  open.begin_append(p, Offset{300});
  open.begin_append(p, Offset{300});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{300});
  open.end_append(p, Offset{300});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{300});
  open.end_append(p, Offset{300});
  const EventId id{LogId{7}, p, Offset{200}, 0};
  open.add(id, NameHash{1}, Time{});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{200});
  EXPECT_EQ(open.resume(PartitionId{1}, Offset{500}), Offset{500});
  EXPECT_EQ(open.resume(PartitionId{3}, Offset{500}), Offset{500});
  open.end(id);
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{500});
}

}  // namespace
}  // namespace tenon::inbound
