// Captured calls as JSON: nothing is lost on the way, whatever the bytes; faults name their place.
#include "ports/captured_call_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/sample_capture.hpp"

namespace tenon {
namespace {

using test::sample_capture;

std::string error_of(const std::string& line) {
  const auto read = captured_call_of(line);
  return read ? "no error" : read.error().text();
}

TEST(CapturedCallJsonTest, ACallComesBackAsItWas) {
  const CapturedCall call = sample_capture();
  const std::string line = to_json_line(call);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = captured_call_of(line);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(to_json_line(*read), line);
  EXPECT_EQ(read->seed, call.seed);
  EXPECT_EQ(read->at, call.at);
  EXPECT_EQ(read->records[0].body, call.records[0].body);
  EXPECT_EQ(read->records[1].attempt, 3u);
  ASSERT_EQ(read->steps.size(), 2u);
  const auto& request = read->steps[0].requests[0];
  EXPECT_EQ(request.effect, Effect::idempotent);
  EXPECT_EQ(request.headers, call.steps[0].requests[0].headers);
  EXPECT_EQ(request.secrets[0].place, SecretPlace::header);
  EXPECT_EQ(request.secrets[0].transform, SecretTransform::none);
  EXPECT_EQ(request.covers, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(read->steps[0].replies[0].body, call.steps[0].replies[0].body);
  EXPECT_EQ(read->steps[1].outcomes[1].verdict, Verdict::rejected);
  EXPECT_EQ(read->steps[1].status, -3);
}

TEST(CapturedCallJsonTest, EveryByteSurvives) {
  CapturedCall call = sample_capture();
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  call.records[0].body = all;
  call.steps[0].requests[0].headers = {{"x-raw", all}, {all, ""}};
  call.steps[0].replies[0].body = all + all;
  call.steps[1].outcomes[0].detail = "\xff";
  const std::string line = to_json_line(call);
  ASSERT_TRUE(nlohmann::json::accept(line));
  const auto read = captured_call_of(line);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->records[0].body, all);
  EXPECT_EQ(read->steps[0].requests[0].headers, call.steps[0].requests[0].headers);
  EXPECT_EQ(read->steps[0].replies[0].body, all + all);
  EXPECT_EQ(read->steps[1].outcomes[0].detail, "\xff");
}

TEST(CapturedCallJsonTest, WhatIsEmptyIsLeftOut) {
  CapturedCall call;
  call.attempt = "att_1";
  call.op = Op::deliver;
  EXPECT_EQ(to_json_line(call), R"({"captured_call":1,"attempt":"att_1","op":"deliver"})");
  const auto read = captured_call_of(to_json_line(call));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->steps.empty());
}

TEST(CapturedCallJsonTest, FaultsNameTheirPlace) {
  EXPECT_EQ(error_of("{}"), "captured_call: wanted 1, the version of the format, found 0");
  EXPECT_EQ(error_of("[1]"), "wanted an object, found [1]");
  const std::string begin = R"({"captured_call":1,"attempt":"a","op":"deliver",)";
  EXPECT_EQ(error_of(begin + R"("steps":[{},{"requests":[{"effect":"twice"}]}]})"),
            "steps/1/requests/0/effect: wanted one of once, idempotent, read, found \"twice\"");
  EXPECT_EQ(error_of(begin + R"("colour":1})"),
            "colour: wanted no such member, found one: it is not part of this format, or of a "
            "later one");
  EXPECT_EQ(error_of(begin + R"("op":"check"})"), "op: wanted it once, found it twice");
  EXPECT_EQ(error_of(begin + R"("took_ms":-1})"),
            "took_ms: wanted a whole number in its range, found -1");
  EXPECT_EQ(error_of(begin + R"("seed":"12x"})"),
            "seed: wanted digits of a number below 2^64, found 12x");
  EXPECT_EQ(error_of(begin + R"("settings":{"base64":"*"}})"),
            "settings: wanted a text, or {\"base64\": \"...\"}, found {\"base64\":\"*\"}");
  EXPECT_EQ(error_of(begin + R"("steps":[{"requests":[{},{}],"replies":[{}]}]})"),
            "steps/0/replies: wanted one for each of the 2 requests, found 1");
  EXPECT_EQ(error_of(begin + R"("steps":[{"replies":[{"headers":[["a"]]}],"requests":[{}]}]})"),
            "steps/0/replies/0/headers/0: wanted a list of two texts, name and value, found "
            "[\"a\"]");
}

TEST(CapturedCallJsonTest, WhatIsOverALimitIsRefused) {
  CapturedCall call = sample_capture();
  call.records.assign(1'001, CallRecord());
  EXPECT_NE(error_of(to_json_line(call)).find("records: wanted at most 1000 items"),
            std::string::npos);
  EXPECT_NE(error_of(std::string(kMaxCapturedCallBytes + 1, ' ')).find("wanted at most 8388608"),
            std::string::npos);
  EXPECT_NE(error_of(std::string(100'000, '[')).find("not a captured call"), std::string::npos);
}

}  // namespace
}  // namespace tenon
