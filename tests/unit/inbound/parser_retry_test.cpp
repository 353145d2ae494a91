// What was given up can be tried again: durably, and parsed once, whatever dies in between.
#include "event/control.hpp"
#include "inbound/parser.hpp"
#include "inbound_world.hpp"

namespace tenon::inbound {
namespace {

StepResult refuses(const Call&) {
  StepResult result;
  result.status = -2;
  result.explain = "not yet";
  return result;
}

// A webhook that was given up once, on a machine that outlives its hosts.
class ParserRetry : public ::testing::Test {
 protected:
  ParserRetry() {
    boot();
    host->connector.script = refuses;
    EXPECT_EQ(host->send_signed("x").status, 200u);
    for (const auto& one : host->kept(Stream::inbound)) {
      if (one.record.header.type == static_cast<std::uint16_t>(InboundType::received)) {
        webhook = event_id_of(LogId{7}, one.partition, one.record);
      }
    }
    const auto ended = host->ended();
    EXPECT_EQ(ended.size(), 1u);
    rejected = ended.at(0).events.at(0);
  }
  void boot() {
    host.reset();
    host.emplace(machine);
    host->begin();
  }
  Result<InboundEnded> retry(EventId which) {
    std::optional<Result<InboundEnded>> out;
    host->run([](Parser& parser, EventId one, EventId kept,
                 std::optional<Result<InboundEnded>>& out) -> Task<void> {
      out.emplace(co_await parser.retry(one, kept, "ann"));
    }(*host->parser, which, rejected, out));
    return *out;
  }
  // As what the rejected event was re-entered.
  std::vector<EventId> marks() {
    std::vector<EventId> out;
    for (const auto& one : host->kept(Stream::control)) {
      const auto control = decode_control(one.record.header.type, one.record.body);
      const auto* mark = std::get_if<RejectedReentered>(&*control);
      if (mark == nullptr) continue;
      EXPECT_EQ(one.partition, rejected.partition);
      EXPECT_EQ(mark->rejected, rejected.offset);
      EXPECT_EQ(mark->actor, "ann");
      out.push_back(mark->reentered_as);
    }
    return out;
  }

  Machine machine;
  std::optional<Host> host;
  EventId webhook, rejected;
};

TEST_F(ParserRetry, FailsAgainOrGoesOnByItselfOrIsParsedAndMarked) {
  EXPECT_EQ(retry(webhook).error().kind, ErrorKind::conflict);
  EXPECT_EQ(host->kept(Stream::rejected).size(), 2u);
  EXPECT_TRUE(marks().empty());
  host->connector.script = ScriptedConnector::one_event;
  host->connector.errors = {limited("busy", milliseconds(1'000))};
  EXPECT_EQ(retry(webhook).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(host->parser->waiting().size(), 1u);
  const auto again = retry(webhook);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->events.size(), 1u);
  EXPECT_EQ(host->kept(Stream::raw).size(), 1u);
  EXPECT_TRUE(host->parser->waiting().empty());
  EXPECT_EQ(marks(), again->events);
}

TEST_F(ParserRetry, IsOpenAfterARestartUntilItHasBeenParsedThenMarked) {
  host->connector.errors = {limited("busy", milliseconds(600'000))};
  EXPECT_EQ(retry(webhook).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(host->parser->flush());
  boot();
  ASSERT_EQ(host->parser->waiting().size(), 1u);
  EXPECT_EQ(host->parser->waiting()[0].source, "crm");
  host->run_for(milliseconds(5'000));
  EXPECT_TRUE(host->parser->waiting().empty());
  EXPECT_EQ(host->kept(Stream::raw).size(), 1u);
  EXPECT_EQ(marks().size(), 1u);
  boot();
  EXPECT_TRUE(host->parser->waiting().empty());
}

TEST_F(ParserRetry, WhatHasBeenParsedSinceIsNotParsedAgainAndTheMarkIsMadeUpFor) {
  host->connector.script = ScriptedConnector::one_event;
  const auto first = retry(webhook);
  ASSERT_TRUE(first);
  const auto calls = host->connector.calls.size();
  const auto second = retry(webhook);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->events, first->events);
  EXPECT_EQ(host->connector.calls.size(), calls);
  EXPECT_EQ(host->kept(Stream::raw).size(), 1u);
  const std::vector<EventId> both(2, first->events[0]);
  EXPECT_EQ(marks(), both);
  EXPECT_TRUE(host->parser->waiting().empty());
}

TEST_F(ParserRetry, AnIdThatIsNoWebhookIsToldSo) {
  webhook.offset.value += 8;
  EXPECT_FALSE(retry(webhook));
  webhook.log = LogId{8};
  EXPECT_EQ(retry(webhook).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tenon::inbound
