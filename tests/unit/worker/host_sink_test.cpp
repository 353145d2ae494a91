// The host's sink: what it takes, what it refuses, and what becomes of the step.
#include "worker/host_sink.hpp"

#include <gtest/gtest.h>

#include "wire/step_result.hpp"

namespace tenon::worker {
namespace {

tenon_str str(std::string_view text) { return {text.data(), text.size()}; }

tenon_request request_of(std::uint32_t tag) {
  tenon_request request{};
  request.size = sizeof request;
  request.tag = tag;
  request.endpoint = str("api");
  return request;
}

tenon_outcome outcome_of(std::uint32_t index) {
  tenon_outcome outcome{};
  outcome.size = sizeof outcome;
  outcome.index = index;
  outcome.verdict = TENON_ACCEPTED;
  return outcome;
}

constexpr wire::StepBounds kTwo{Op::deliver, 2};

TEST(HostSink, TakesLongerStructsAndStridesOfANewerMinor) {
  struct Longer {
    tenon_kv pair;
    std::uint64_t more;
  } headers[2] = {{{str("a"), str("1")}, ~0ull}, {{str("b"), str("2")}, ~0ull}};
  struct {
    tenon_request request;
    std::uint64_t more = ~0ull;
  } newer;
  newer.request = request_of(1);
  newer.request.size = sizeof newer;
  newer.request.headers = {headers, 2, sizeof(Longer)};
  HostSink sink(kTwo);
  EXPECT_EQ(sink.sink()->request(sink.sink(), &newer.request), TENON_OK);
  EXPECT_EQ(sink.sink()->suspend(sink.sink(), str("s"), 7), TENON_OK);
  const StepResult result = sink.finish(TENON_OK);
  ASSERT_EQ(result.requests.size(), 1u);
  EXPECT_EQ(result.requests[0].headers[1].first, "b");
  EXPECT_EQ(result.requests[0].cost, 1u);  // 0 counts as 1
  EXPECT_TRUE(wire::check_result(result, kTwo));
}

TEST(HostSink, RefusesWhatContradictsItself) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  auto request = request_of(1);
  request.size = 8;
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
  request = request_of(1);
  request.body = {nullptr, 4};
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
  request = request_of(1);
  const tenon_kv pair{str("a"), str("b")};
  request.headers = {&pair, 1, 8};  // a stride shorter than the element
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
  request.headers = {reinterpret_cast<const char*>(&pair) + 1, 1, sizeof pair};
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
  request = request_of(1);
  const std::uint32_t outside = 2;
  request.covers = {&outside, 1, sizeof outside};
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
  request = request_of(1);
  request.headers = {&pair, 1u << 31, sizeof pair};
  EXPECT_EQ(s->request(s, &request), TENON_E_LIMIT);
  EXPECT_EQ(s->suspend(s, {}, 0), TENON_E_INPUT);  // before any request
  auto outcome = outcome_of(2);
  EXPECT_EQ(s->outcome(s, &outcome), TENON_E_INPUT);
  tenon_emit emit{};
  emit.size = sizeof emit;
  emit.kind = TENON_EMIT_RECORD;
  EXPECT_EQ(s->emit(s, &emit), TENON_E_UNSUPPORTED);
  EXPECT_EQ(s->checkpoint(s, {}, 0), TENON_E_UNSUPPORTED);
  EXPECT_EQ(s->reply(s, 200, {}), TENON_E_UNSUPPORTED);
  const StepResult result = sink.finish(TENON_OK);
  EXPECT_EQ(result.status, TENON_E_INPUT);  // going on after a refusal is a failure
  EXPECT_EQ(result.explain, "deliver: request.size: wanted 176 to 4096, found 8, and went on");
}

TEST(HostSink, AnEmitIsOfTheKindThatTheOpKnows) {
  const auto taken = [](Op op, std::uint32_t kind) {
    HostSink sink(wire::StepBounds{op, 1});
    tenon_emit emit{};
    emit.size = sizeof emit;
    emit.kind = kind;
    const tenon_status status = sink.sink()->emit(sink.sink(), &emit);
    EXPECT_TRUE(status == TENON_OK || status == TENON_E_INPUT) << status;
    return status == TENON_OK;
  };
  for (const std::uint32_t kind : {0u, 1u, 2u, 3u, 4u}) {
    EXPECT_EQ(taken(Op::pull, kind), kind == TENON_EMIT_RECORD) << kind;
    EXPECT_EQ(taken(Op::webhook, kind), kind == TENON_EMIT_RECORD) << kind;
    EXPECT_EQ(taken(Op::readback, kind), kind == TENON_EMIT_FOUND || kind == TENON_EMIT_ABSENT)
        << kind;
  }
}

TEST(HostSink, ASecondOutcomeAndASecondTagAreRefused) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  const auto outcome = outcome_of(1);
  EXPECT_EQ(s->outcome(s, &outcome), TENON_OK);
  EXPECT_EQ(s->outcome(s, &outcome), TENON_E_INPUT);
  const auto request = request_of(5);
  EXPECT_EQ(s->request(s, &request), TENON_OK);
  EXPECT_EQ(s->request(s, &request), TENON_E_INPUT);
}

TEST(HostSink, BudgetsEndAtTheirLimit) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  for (std::uint32_t i = 0; i < wire::max_requests(2); ++i) {
    const auto request = request_of(i);
    EXPECT_EQ(s->request(s, &request), TENON_OK);
  }
  const auto one_more = request_of(99);
  EXPECT_EQ(s->request(s, &one_more), TENON_E_LIMIT);

  HostSink large(kTwo);
  const std::string half(kMaxStepOutBytes / 2, 'x');
  auto request = request_of(1);
  request.body = str(half);
  EXPECT_EQ(large.sink()->request(large.sink(), &request), TENON_OK);
  request.tag = 2;
  EXPECT_EQ(large.sink()->request(large.sink(), &request), TENON_E_LIMIT);
  const std::string state(wire::kMaxStateBytes + 1, 's');
  EXPECT_EQ(large.sink()->suspend(large.sink(), str(state), 0), TENON_E_LIMIT);
}

TEST(HostSink, AFailingStatusDropsPushesButKeepsHints) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  const auto outcome = outcome_of(0);
  EXPECT_EQ(s->outcome(s, &outcome), TENON_OK);
  tenon_hint hint{};
  hint.size = sizeof hint;
  hint.kind = TENON_HINT_THROTTLED;
  hint.name = str("default");
  EXPECT_EQ(s->hint(s, &hint), TENON_OK);
  s->explain(s, str("HTML instead of JSON"));
  const StepResult result = sink.finish(TENON_E_RESPONSE);
  EXPECT_EQ(result.status, TENON_E_RESPONSE);
  EXPECT_TRUE(result.outcomes.empty());
  ASSERT_EQ(result.hints.size(), 1u);
  EXPECT_EQ(result.explain, "HTML instead of JSON");
  EXPECT_TRUE(wire::check_result(result, kTwo));
}

tenon_hint hint_of(std::string_view name, std::int64_t until_ms) {
  tenon_hint hint{};
  hint.size = sizeof hint;
  hint.kind = TENON_HINT_THROTTLED;
  hint.name = str(name);
  hint.until_ms = until_ms;
  return hint;
}

TEST(HostSink, TheSameNewsManyTimesIsOneHintWithTheLatestTime) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  for (const std::int64_t until : {0, 500, 900, 700}) {
    for (int i = 0; i < 25; ++i) {
      const auto hint = hint_of("default", until);
      EXPECT_EQ(s->hint(s, &hint), TENON_OK);
    }
  }
  auto other = hint_of("search", 0);
  EXPECT_EQ(s->hint(s, &other), TENON_OK);
  const StepResult result = sink.finish(TENON_OK);
  ASSERT_EQ(result.hints.size(), 2u);
  EXPECT_EQ(result.hints[0].until_ms, 900);
  EXPECT_TRUE(result.logs.empty());
}

TEST(HostSink, OneHintTooManyIsNotedAndFailsNoStep) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  for (std::size_t i = 0; i <= wire::kMaxHints; ++i) {
    const std::string name = "bucket-" + std::to_string(i);
    const auto hint = hint_of(name, 0);
    EXPECT_EQ(s->hint(s, &hint), i < wire::kMaxHints ? TENON_OK : TENON_E_LIMIT);
  }
  const StepResult result = sink.finish(TENON_OK);
  EXPECT_EQ(result.status, TENON_OK);
  EXPECT_EQ(result.hints.size(), wire::kMaxHints);
  ASSERT_EQ(result.logs.size(), 1u);
  EXPECT_EQ(result.logs[0].message, "deliver: hint: wanted at most 64 in one step, found one more");
}

TEST(HostSink, AnUnknownStatusIsInternal) {
  EXPECT_EQ(HostSink(kTwo).finish(-7).status, TENON_E_INTERNAL);
  const StepResult result = HostSink(kTwo).finish(1);
  EXPECT_EQ(result.status, TENON_E_INTERNAL);
  EXPECT_EQ(result.explain, "deliver: status: wanted -6 to 0, found 1");
}

// One push on a sink of its own; the words of its refusal.
template <typename Change>
std::string said_of_request(const Change& change) {
  HostSink sink(kTwo);
  tenon_request request = request_of(1);
  change(request);
  const tenon_status status = sink.sink()->request(sink.sink(), &request);
  return sink.finish(status).explain;
}

TEST(HostSink, SaysWhichFieldWhatWasWantedAndWhatWasFound) {
  const tenon_kv pair{str("a"), {nullptr, 3}};
  tenon_secret_ref secrets[2]{};
  secrets[0].size = secrets[1].size = sizeof secrets[0];
  secrets[0].place = secrets[1].place = TENON_PLACE_PATH;
  secrets[0].transform = TENON_SECRET_PLAIN;
  const std::uint32_t covers[2] = {1, 2};
  const auto said = [](const auto& change) { return said_of_request(change); };
  EXPECT_EQ(said([](auto& r) { r.size = 4097; }),
            "deliver: request.size: wanted 176 to 4096, found 4097");
  EXPECT_EQ(said([](auto& r) { r.bucket.len = 2; }),
            "deliver: request.bucket: wanted a pointer to 2 bytes, found null");
  EXPECT_EQ(said([&](auto& r) {
              r.query = {&pair, 1, sizeof pair};
            }),
            "deliver: request.query[0].value: wanted a pointer to 3 bytes, found null");
  EXPECT_EQ(said([&](auto& r) {
              r.headers = {&pair, 1, 36};
            }),
            "deliver: request.headers: wanted a stride of 32 to 4096 by 8, found 36");
  EXPECT_EQ(said([&](auto& r) {
              r.headers = {&pair, 101, sizeof pair};
            }),
            "deliver: request.headers: wanted at most 100 elements, found 101");
  EXPECT_EQ(said([&](auto& r) {
              r.secrets = {secrets, 2, sizeof secrets[0]};
            }),
            "deliver: request.secrets[1].transform: wanted 1 to 3, found 0");
  EXPECT_EQ(said([&](auto& r) {
              r.covers = {covers, 2, sizeof covers[0]};
            }),
            "deliver: request.covers[1]: wanted an index below 2, found 2");

  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  const auto* crooked =
      reinterpret_cast<const tenon_outcome*>(reinterpret_cast<const char*>(secrets) + 4);
  EXPECT_EQ(s->outcome(s, crooked), TENON_E_INPUT);
  EXPECT_EQ(sink.finish(TENON_E_INPUT).explain,
            "deliver: outcome: wanted a struct aligned to 8 bytes, found a crooked one");
}

TEST(HostSink, TheRefusalIsTheReasonWhateverTheConnectorMakesOfIt) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  const auto outcome = outcome_of(2);
  EXPECT_EQ(s->outcome(s, &outcome), TENON_E_INPUT);
  s->explain(s, str("no luck"));
  EXPECT_EQ(sink.finish(TENON_E_INTERNAL).explain,
            "deliver: outcome.index: wanted one below 2, found 2; it says: no luck");
}

TEST(HostSink, AnUnknownNumberIsTheCautiousOneAndIsTold) {
  HostSink sink(kTwo);
  const tenon_sink* s = sink.sink();
  auto outcome = outcome_of(0);
  outcome.verdict = 7;
  outcome.applied = 3;
  EXPECT_EQ(s->outcome(s, &outcome), TENON_OK);
  const StepResult result = sink.finish(TENON_OK);
  ASSERT_EQ(result.outcomes.size(), 1u);
  EXPECT_EQ(result.outcomes[0].verdict, Verdict::unresolved);
  EXPECT_EQ(result.outcomes[0].applied, Applied::maybe);
  EXPECT_EQ(result.outcomes[0].detail, "the connector's verdict: wanted 0 to 6, found 7");
  ASSERT_EQ(result.logs.size(), 2u);
  EXPECT_EQ(result.logs[1].message, "deliver: outcome.applied: wanted 0 to 2, found 3; taken as 0");
}

}  // namespace
}  // namespace tenon::worker
