// A decision as bytes, whole and for one destination; whose attempt a record tells of.
#include "event/decision.hpp"

#include <gtest/gtest.h>

#include "event/attempt.hpp"

namespace tenon {
namespace {

DecidedEvent routed(std::uint64_t offset, std::vector<DecidedDelivery> deliveries) {
  DecidedEvent event;
  event.offset = Offset{offset};
  event.key = KeyHash{offset * 3};
  event.source = NameHash{9};
  event.fate = EventFate::routed;
  event.deliveries = std::move(deliveries);
  return event;
}

Decision decision() {
  Decision out;
  out.from = Offset{64};
  out.to = Offset{4'096};
  DecidedEvent bad;
  bad.offset = Offset{3'200};
  bad.fate = EventFate::invalid;
  bad.reason = "mail";
  out.events = {
      routed(64, {{"all", "crm", "upsert", DeliveryFate::deliver, ""},
                  {"news", "mail", "send", DeliveryFate::filtered, "integrations_off"}}),
      routed(800, {{"all", "crm", "upsert", DeliveryFate::deliver, ""}}),
      routed(1'600, {{"news", "mail", "send", DeliveryFate::deliver, ""},
                     {"news", "mail", "tag", DeliveryFate::deliver, ""}}),
      bad,
  };
  return out;
}

TEST(Decision, ComesBackAsItWas) {
  const auto back = decode_decision(encode(decision()));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, decision());
}

TEST(Decision, ForOneDestinationHoldsItsDeliveriesOnly) {
  const std::string bytes = encode(decision());
  for (const char* name : {"crm", "mail", "upsert", "nobody"}) {
    Decision wanted = decision();
    for (auto& event : wanted.events) {
      std::erase_if(event.deliveries, [&](const auto& one) { return one.destination != name; });
    }
    std::erase_if(wanted.events, [](const auto& event) { return event.deliveries.empty(); });
    const auto got = decode_decision_for(name, bytes);
    ASSERT_TRUE(got) << name;
    EXPECT_EQ(*got, wanted) << name;
  }
}

TEST(Decision, CutBytesAreCorrupt) {
  const std::string bytes = encode(decision());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto got = decode_decision_for("crm", std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(got) << size;
    EXPECT_EQ(got.error().kind, ErrorKind::corrupt) << size;
  }
  EXPECT_EQ(decode_decision_for("crm", "\x07").error().kind, ErrorKind::unsupported);
}

TEST(Attempt, WhoseItIsIsReadWithoutTheRest) {
  AttemptBegin begin;
  begin.attempt = "att_1";
  begin.destination = "crm";
  AttemptOutcome outcome;
  outcome.attempt = "att_1";
  outcome.destination = "mail";
  EXPECT_EQ(destination_of_attempt(encode(begin)), "crm");
  EXPECT_EQ(destination_of_attempt(encode(outcome)), "mail");
  EXPECT_EQ(destination_of_attempt(encode(begin).substr(0, 14)), "");
  EXPECT_EQ(destination_of_attempt(""), "");
}

}  // namespace
}  // namespace tenon
