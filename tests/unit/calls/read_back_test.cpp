// What a connector says about keys, and when it is believed.
#include "calls/read_back.hpp"

#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using State = Presence;

constexpr EmitKind kFound = EmitKind::found, kAbsent = EmitKind::absent;

Emit emit(EmitKind kind, std::uint32_t index, std::string body = {}, std::string id = {}) {
  Emit out;
  out.kind = kind;
  out.index = index;
  out.body = std::move(body);
  out.id = std::move(id);
  return out;
}

TEST(ReadEmits, FoundAbsentAndWhatWasNotSaid) {
  const auto found = read_emits({emit(kFound, 0, R"({"a":1})", "77"), emit(kAbsent, 1)}, 3, true);
  EXPECT_EQ(found[0].state, State::found);
  EXPECT_EQ(found[0].record, R"({"a":1})");
  EXPECT_EQ(found[0].vendor_ref, "77");
  EXPECT_EQ(found[1].state, State::absent);
  EXPECT_EQ(found[2].state, State::unknown);
}

TEST(ReadEmits, WhatContradictsItselfOrIsUnprovenIsNotKnown) {
  const auto twice = read_emits({emit(kFound, 0, "{}"), emit(kAbsent, 0)}, 1, true);
  EXPECT_EQ(twice[0].state, State::unknown);
  EXPECT_EQ(read_emits({emit(kAbsent, 0)}, 1, false)[0].state, State::unknown);
  EXPECT_EQ(read_emits({emit(kFound, 0, "[1]")}, 1, true)[0].state, State::unknown);
  EXPECT_EQ(read_emits({emit(kFound, 0, "{half")}, 1, true)[0].state, State::unknown);
  EXPECT_EQ(read_emits({emit(kFound, 7, "{}")}, 1, true)[0].state, State::unknown);
}

class ReadBackTest : public test::CallWorld {
 protected:
  Result<ReadBackReport> read(const std::string& action, std::vector<ReadBackKey> keys) {
    return run(read_back(doors(), target(), action, std::move(keys)));
  }
  static ReadBackKey key(std::string record, std::string ref = {}) {
    ReadBackKey out;
    out.record = std::move(record);
    out.vendor_ref = std::move(ref);
    return out;
  }
};

TEST_F(ReadBackTest, KeysReachTheConnectorWithTheVendorsName) {
  StepResult last;
  last.emits = {emit(kAbsent, 0), emit(kFound, 1, R"({"email":"b"})")};
  runtime.on_step = test::asks_then(last);
  const auto found = read("upsert", {key(R"({"email":"a"})", "1001"), key(R"({"email":"b"})")});
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->keys[0].state, State::absent);
  EXPECT_EQ(found->keys[1].state, State::found);
  ASSERT_EQ(runtime.calls[0].records.size(), 2u);
  EXPECT_EQ(runtime.calls[0].op, Op::readback);
  EXPECT_EQ(runtime.calls[0].action, "upsert");
  EXPECT_EQ(runtime.calls[0].records[0].vendor_ref, "1001");
}

TEST_F(ReadBackTest, MistakesAreToldBeforeAnythingIsAsked) {
  EXPECT_EQ(read("none", {key("{}")}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(read("send", {key("{}")}).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(read("upsert", {key("[]")}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(read("upsert", {}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(read("upsert", std::vector<ReadBackKey>(11, key("{}"))).error().kind,
            ErrorKind::invalid);
  EXPECT_TRUE(runtime.calls.empty());
}

TEST_F(ReadBackTest, AFailedCallIsToldInTheConnectorsWordsAndNothingIsKnown) {
  StepResult failed;
  failed.status = -3;
  failed.explain = "a web page";
  runtime.on_step = test::asks_then(failed);
  const auto found = read("upsert", {key("{}")});
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_TRUE(found->failure);
  EXPECT_NE(found->failure->text.find("a web page"), std::string::npos);
  EXPECT_EQ(found->keys[0].state, State::unknown);
}

}  // namespace
}  // namespace tenon
