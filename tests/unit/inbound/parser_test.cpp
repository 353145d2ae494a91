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

// Whichever cursor was written last, a new start opens what has not ended and nothing else.
TEST(Parser, RestoresFromAnyCursorThatItWrote) {
  constexpr int kSent = 6;
  for (int flush_after = 0; flush_after <= kSent; ++flush_after) {
    SCOPED_TRACE(flush_after);
    Machine machine;
    std::set<std::string> open;
    {
      Host host(machine);
      host.begin();
      for (int i = 0; i < kSent; ++i) {
        if (i == flush_after) {
          EXPECT_TRUE(host.parser->flush());
        }
        const std::string body = "n" + std::to_string(i);
        // Every third one stays open.
        const bool stays = i % 3 == 0;
        if (stays) host.connector.errors.push_back(limited("no", milliseconds(86'400'000)));
        if (stays) open.insert(body);
        EXPECT_EQ(host.send_signed(body).status, stays ? 200u : 202u);
      }
      if (flush_after == kSent) {
        EXPECT_TRUE(host.parser->flush());
      }
    }
    Host again(machine);
    again.begin();
    EXPECT_EQ(again.parser->waiting().size(), open.size());
    again.run_for(milliseconds(2'000));
    EXPECT_TRUE(again.parser->waiting().empty());
    std::set<std::string> tried;
    for (const auto& call : again.connector.calls) tried.insert(call.inbound->body);
    EXPECT_EQ(tried, open);
    EXPECT_EQ(again.connector.calls.size(), open.size());
    EXPECT_EQ(again.kept(Stream::raw).size(), static_cast<std::size_t>(kSent));
  }
}

TEST(Parser, WithoutItsStateItReadsTheWholeLogAndComesToTheSame) {
  Machine machine;
  {
    Host host(machine);
    host.begin();
    host.connector.errors.push_back(limited("no", milliseconds(86'400'000)));
    EXPECT_EQ(host.send_signed("open").status, 200u);
    EXPECT_EQ(host.send_signed("ended").status, 202u);
    EXPECT_TRUE(host.parser->flush());
  }
  machine.stores.forget();
  Host again(machine);
  again.begin();
  again.run_for(milliseconds(2'000));
  ASSERT_EQ(again.connector.calls.size(), 1u);
  EXPECT_EQ(again.connector.calls[0].inbound->body, "open");
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

}  // namespace
}  // namespace tenon::inbound
