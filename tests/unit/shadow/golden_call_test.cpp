// Goldens as calls: what the testkit would give the connector, and every mistake at its place.
#include "shadow/golden_call.hpp"

#include <gtest/gtest.h>

namespace tenon::shadow {
namespace {

std::string fault(std::string_view json) {
  const auto call = golden_call(json, "golden/x.json");
  return call ? "none" : call.error().text();
}

TEST(ShadowGolden, GivesWhatTheTestkitGives) {
  const auto call = golden_call(R"({
    "title": "t", "action": "send", "settings": {"b": 1, "a": "x"}, "now_ms": 5, "seed": 3,
    "idempotency": "batch-1",
    "records": [{"id": "evt_0", "body": {"z": 1, "a": [2]}},
                {"id": "evt_1", "type": "identify", "text": "not json", "attempt": 2,
                 "isolated": true, "maybe_applied": true, "vendor_ref": "9"}],
    "steps": [[{"request": {"path": "/x"},
                "reply": {"status": 429, "headers": {"retry-after": "3"}, "json": {"b": 1, "a": 2}}},
               {"reply": {"got": "timeout"}},
               {"reply": {"status": 200, "headers": [["a", "1"], ["a", "2"]], "body": "x",
                          "cut_bytes": 7}}]],
    "outcomes": [{"verdict": "retry"}]})",
                                "golden/x.json");
  ASSERT_TRUE(call) << call.error().text();
  EXPECT_EQ(call->attempt, "golden/x.json");
  EXPECT_EQ(call->op, Op::deliver);
  EXPECT_EQ(call->seed, 3u);
  EXPECT_EQ(call->settings, R"({"a":"x","b":1})") << "canonical, as a host gives them";
  ASSERT_EQ(call->records.size(), 2u);
  EXPECT_EQ(call->records[0].body, R"({"z":1,"a":[2]})") << "in the order of the file";
  EXPECT_EQ(call->records[0].type, "track");
  EXPECT_EQ(call->records[1].body, "not json");
  EXPECT_EQ(call->records[1].flags, 3u);
  EXPECT_EQ(call->records[1].attempt, 2u);
  ASSERT_EQ(call->steps.size(), 2u) << "the last one reads the last replies";
  EXPECT_EQ(call->steps[1].now_ms, 5);
  EXPECT_EQ(call->steps[1].idempotency, "batch-1");
  const auto& replies = call->steps[0].replies;
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].status, 429u);
  EXPECT_EQ(replies[0].body, R"({"b":1,"a":2})");
  EXPECT_EQ(replies[0].headers, (HttpHeaders{{"retry-after", "3"}}));
  EXPECT_EQ(replies[1].got, Got::timeout);
  EXPECT_EQ(replies[2].headers.size(), 2u);
  EXPECT_EQ(replies[2].body_total, 8u);
}

TEST(ShadowGolden, TellsWhereItIsWrong) {
  EXPECT_EQ(fault("[]"), "golden/x.json: wanted a golden: a JSON object, found something else");
  EXPECT_EQ(fault(R"({"settings": {}, "op": "push"})"),
            "golden/x.json: /op: wanted deliver, pull, webhook, readback or check, found push");
  EXPECT_EQ(fault(R"({"settings": {}, "records": [{"body": {}}]})"),
            "golden/x.json: /records/0/id: wanted a text, found nothing");
  EXPECT_EQ(fault(R"({"settings": {}, "records": [{"id": "a"}]})"),
            "golden/x.json: /records/0/body: wanted a value, found nothing");
  EXPECT_EQ(fault(R"({"settings": {}, "steps": [[{"reply": {"status": "200"}}]]})"),
            "golden/x.json: /steps/0/0/reply/status: wanted a whole number from 0 to 999, found "
            "\"200\"");
  EXPECT_EQ(fault(R"({"settings": {}, "steps": [[{"reply": {"got": "gone"}}]]})"),
            "golden/x.json: /steps/0/0/reply/got: wanted http, timeout, no_connection, blocked or "
            "lost, found gone");
  EXPECT_EQ(fault(R"({"settings": {}, "steps": [[{}]]})"),
            "golden/x.json: /steps/0/0/reply: wanted an object, found nothing");
  EXPECT_EQ(fault(R"({"settings": {}, "steps": 7})"),
            "golden/x.json: /steps: wanted a list of at most 64, found 7");
  EXPECT_EQ(fault(std::string(5'000, '[')), "golden/x.json: wanted JSON of at most 100 levels");
}

TEST(ShadowGolden, OpsThatCannotBeReplayedAreReadAsFarAsTheirOp) {
  const auto call =
      golden_call(R"({"op": "pull", "settings": {}, "stream": "contacts", "steps": 7})", "x");
  ASSERT_TRUE(call) << call.error().text();
  EXPECT_EQ(call->op, Op::pull);
  EXPECT_TRUE(call->steps.empty());
}

}  // namespace
}  // namespace tenon::shadow
