// The text of faults both ways, what faults decide, and what a model looks like with them.
#include "testkit/faults.hpp"

#include <gtest/gtest.h>

#include "testkit/dice.hpp"
#include "testkit/faulty_model.hpp"

namespace tenon::testkit {
namespace {

Faults faults(const std::string& text) {
  Faults out;
  std::string error;
  EXPECT_TRUE(parse_faults(text, out, error)) << text << ": " << error;
  return out;
}

TEST(FaultsText, IsReadAndWrittenAlike) {
  for (const char* text :
       {"none", "throttle 20%", "throttle 20% 3s", "throttle-bare 0.5%", "error 5%", "error 5% 503",
        "lost 1%, cut 2%, hang 0.01%, twice 12.25%, noop 3%, error-in-200 4%", "slow 2s",
        "slow 10% 250ms", "max-body 64KiB, max-batch 50", "rate 5/1s, rate 100/10s, burst 40/1m",
        "throttle 20%, slow 2s"}) {
    EXPECT_EQ(text_of(faults(text)), text);
  }
  EXPECT_TRUE(faults("").none());
  EXPECT_TRUE(faults("  none ").none());
  EXPECT_EQ(text_of(faults(" throttle\t20% ,slow 2000ms")), "throttle 20%, slow 2s");
}

TEST(FaultsText, EachMistakeSaysWhatWasWantedAndFound) {
  const std::pair<const char*, const char*> cases[] = {
      {"throttle", "wanted throttle 20% or throttle 20% 3s (Retry-After), found \"throttle\""},
      {"throttle 20", "wanted throttle 20%"},
      {"throttle 0%", "wanted throttle 20%"},
      {"throttle 101%", "wanted throttle 20%"},
      {"throttle 1.234%", "wanted throttle 20%"},
      {"throttle -1%", "wanted throttle 20%"},
      {"throttle 20% 1500ms", "whole seconds"},
      {"error 5% 404", "a status from 500 to 599: error 5% 503, found \"error 5% 404\""},
      {"lost 5% 3", "wanted lost 5%, found"},
      {"slow", "slow 2s or slow 10% 250ms"},
      {"slow 2", "slow 2s or slow 10% 250ms"},
      {"slow 11m", "at most 10m"},
      {"slow 0s", "slow 2s"},
      {"max-body 1GB", "max-body 64KiB"},
      {"max-batch 0", "max-batch 50"},
      {"rate 5", "rate 100/10s"},
      {"rate 5/0s", "rate 100/10s"},
      {"rate 5/8d", "at most 7d"},
      {"throttel 20%", "wanted one of throttle, throttle-bare, error, slow"},
      {"throttle 20%,", "between the commas"},
      {"none, slow 2s", "wanted one of throttle"},
      {"throttle 60%, error 50%", "together at most 100%, found \"error 50%\""},
      {"throttle 1%, throttle 1%", "twice"},
      {"slow 1s, slow 2s", "twice"},
      {"rate 1/1s,rate 1/2s,rate 1/3s,rate 1/4s,rate 1/5s,rate 1/6s,rate 1/7s,rate 1/8s,rate 1/9s",
       "at most 8"},
      {"\x01\xff", "found \"??\""}};
  for (const auto& [text, wanted] : cases) {
    Faults kept = faults("noop 1%");
    std::string error;
    EXPECT_FALSE(parse_faults(text, kept, error)) << text;
    EXPECT_NE(error.find(wanted), std::string::npos) << text << ": " << error;
    EXPECT_EQ(text_of(kept), "noop 1%");
  }
  std::string error;
  Faults out;
  EXPECT_FALSE(parse_faults(std::string(2'001, ' '), out, error));
}

TEST(FaultsDecide, SharesAreKeptAndTheSameNumberDecidesTheSame) {
  const Faults some = faults("throttle 20%, lost 5%, slow 10% 2s");
  std::map<Fault, int> found;
  int slow = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto plan = decide(some, draw(7, i));
    const auto again = decide(some, draw(7, i));
    EXPECT_EQ(plan.fault, again.fault);
    ++found[plan.fault];
    if (plan.delay_ms == 2'000) ++slow;
  }
  EXPECT_NEAR(found[Fault::throttle], 2'000, 150);
  EXPECT_NEAR(found[Fault::lost], 500, 80);
  EXPECT_NEAR(found[Fault::none], 7'500, 180);
  EXPECT_NEAR(slow, 1'000, 110);
}

// Keeps one number, in words of its own.
class Counter : public VendorModel {
 public:
  ModelReply handle(const ModelRequest&, std::int64_t, std::uint64_t) override {
    return json_reply(201, "{\"count\":" + std::to_string(++count_) + "}");
  }
  std::unique_ptr<VendorModel> clone() const override { return std::make_unique<Counter>(*this); }
  int count() const { return count_; }

 private:
  int count_ = 0;
};

class FaultyCounter : public ::testing::Test {
 protected:
  ModelReply ask(const std::string& text, std::int64_t now_ms = 0) {
    faulty_.set(faults(text));
    return faulty_.handle({}, now_ms, 1);
  }
  Counter counter_;
  FaultyModel faulty_{counter_};
};

TEST_F(FaultyCounter, WhatIsRefusedIsNotDone) {
  const auto throttled = ask("throttle 100% 3s");
  EXPECT_EQ(throttled.status, 429U);
  EXPECT_EQ(throttled.headers.back(), (std::pair<std::string, std::string>{"retry-after", "3"}));
  const auto bare = ask("throttle-bare 100%");
  EXPECT_EQ(bare.status, 429U);
  for (const auto& [name, value] : bare.headers) EXPECT_NE(name, "retry-after");
  EXPECT_EQ(ask("error 100% 503").status, 503U);
  const auto hidden = ask("error-in-200 100%");
  EXPECT_EQ(hidden.status, 200U);
  EXPECT_NE(hidden.body.find("error"), std::string::npos);
  EXPECT_EQ(counter_.count(), 0);
}

TEST_F(FaultyCounter, ALieLooksExactlyLikeTheTruth) {
  EXPECT_EQ(ask("noop 100%"), json_reply(201, R"({"count":1})"));
  EXPECT_EQ(counter_.count(), 0);
  EXPECT_EQ(ask("none"), json_reply(201, R"({"count":1})"));
}

TEST_F(FaultyCounter, WhatIsLostWasDone) {
  EXPECT_TRUE(ask("lost 100%").lost);
  EXPECT_TRUE(ask("cut 100%").cut);
  EXPECT_TRUE(ask("hang 100%").hang);
  EXPECT_EQ(counter_.count(), 3);
}

TEST_F(FaultyCounter, ARequestThatComesTwiceIsDoneTwice) {
  EXPECT_EQ(ask("twice 100%").body, R"({"count":2})");
  EXPECT_EQ(faulty_.count(Fault::twice), 1U);
}

TEST_F(FaultyCounter, SlowComesOnTop) {
  const auto reply = ask("slow 2s");
  EXPECT_EQ(reply.delay_ms, 2'000U);
  EXPECT_EQ(reply.status, 201U);
}

TEST_F(FaultyCounter, ProductionLimitsAreImposed) {
  faulty_.set(faults("max-body 16B, max-batch 2, rate 2/10s"));
  const auto post = [&](const std::string& body, std::int64_t now_ms) {
    ModelRequest request;
    request.body = body;
    return faulty_.handle(request, now_ms, 1);
  };
  EXPECT_EQ(post("{\"a\":\"0123456789\"}", 0).status, 413U);
  EXPECT_EQ(post("{\"a\":[1,2,3]}", 0).status, 400U);
  EXPECT_EQ(post("{\"a\":[1,2]}", 0).status, 201U);
  EXPECT_EQ(post("no json", 4'000).status, 201U);
  const auto over = post("", 4'000);
  EXPECT_EQ(over.status, 429U);
  EXPECT_EQ(over.headers.back().second, "6");
  EXPECT_EQ(post("", 10'000).status, 201U);
  EXPECT_EQ(faulty_.over_limits(), 3U);
  EXPECT_EQ(counter_.count(), 3);
}

}  // namespace
}  // namespace tenon::testkit
