// Calls and results: round trips, truncations, limits, and what a hostile worker may say.
#include <gtest/gtest.h>

#include <random>

#include "base/codec.hpp"
#include "builders.hpp"
#include "wire/call.hpp"
#include "wire/step_result.hpp"

namespace tenon::wire {
namespace {

constexpr StepBounds kBounds{Op::deliver, 2};

TEST(CallCodec, RoundTripKeepsEveryField) {
  const auto bytes = encode_call(full_call());
  auto call = decode_call(bytes);
  ASSERT_TRUE(call) << call.error().text();
  EXPECT_EQ(encode_call(*call), bytes);
  EXPECT_EQ(call->records[1].type, "identify");
  EXPECT_EQ(call->responses[0].reply.headers[0].second, "application/json");
  EXPECT_EQ(call->responses[0].reply.body_total, 9000u);
  EXPECT_EQ(call->state, std::string("st\0te", 5));
  EXPECT_EQ(call->seed, 0xfeedfacecafebeefu);
}

TEST(CallCodec, EveryTruncationAndEveryExtraByteIsCorrupt) {
  const auto bytes = encode_call(full_call());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto call = decode_call(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(call) << size;
    EXPECT_EQ(call.error().kind, ErrorKind::corrupt);
  }
  EXPECT_FALSE(decode_call(bytes + '\0'));
}

Call webhook_call() {
  Call call;
  call.op = Op::webhook;
  call.idempotency = "evt_1";
  call.inbound.emplace();
  call.inbound->method = "POST";
  call.inbound->path = "/webhooks/crm?a=1";
  call.inbound->headers = {{"content-type", "application/json"}, {"x-topic", ""}};
  call.inbound->body = std::string("{\0\xff}", 4);
  return call;
}

TEST(CallCodec, AWebhookCrossesWithEveryField) {
  const auto bytes = encode_call(webhook_call());
  auto call = decode_call(bytes);
  ASSERT_TRUE(call) << call.error().text();
  EXPECT_EQ(encode_call(*call), bytes);
  ASSERT_TRUE(call->inbound);
  EXPECT_EQ(call->inbound->method, "POST");
  EXPECT_EQ(call->inbound->path, "/webhooks/crm?a=1");
  EXPECT_EQ(call->inbound->headers, webhook_call().inbound->headers);
  EXPECT_EQ(call->inbound->body, webhook_call().inbound->body);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_call(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_call(bytes + '\0'));
}

TEST(CallCodec, InboundAndOpBelongTogether) {
  auto call = webhook_call();
  EXPECT_TRUE(check_call(call));
  call.op = Op::deliver;
  EXPECT_EQ(check_call(call).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(decode_call(encode_call(call)));
  call = webhook_call();
  call.inbound.reset();
  EXPECT_FALSE(check_call(call));
  EXPECT_FALSE(decode_call(encode_call(call)));
  call = webhook_call();
  call.records.resize(1);
  EXPECT_FALSE(check_call(call));
  // Neither 0 nor 1 where the codec says whether there is one.
  auto bytes = encode_call(full_call());
  bytes.back() = 2;
  EXPECT_FALSE(decode_call(bytes));
}

TEST(CallCodec, AWebhookIsHeldToItsLimits) {
  const auto refused = [](auto change) {
    auto call = webhook_call();
    change(*call.inbound);
    return !check_call(call) && !decode_call(encode_call(call));
  };
  const auto taken = [](auto change) {
    auto call = webhook_call();
    change(*call.inbound);
    return check_call(call) && decode_call(encode_call(call));
  };
  EXPECT_TRUE(taken([](auto& r) { r.headers.resize(kMaxInboundHeaders); }));
  EXPECT_TRUE(refused([](auto& r) { r.headers.resize(kMaxInboundHeaders + 1); }));
  EXPECT_TRUE(taken([](auto& r) { r.body.assign(kMaxBodyBytes, 'x'); }));
  EXPECT_TRUE(refused([](auto& r) { r.body.assign(kMaxBodyBytes + 1, 'x'); }));
  EXPECT_TRUE(taken([](auto& r) { r.path.assign(kMaxInboundLineBytes, '/'); }));
  EXPECT_TRUE(refused([](auto& r) { r.path.assign(kMaxInboundLineBytes + 1, '/'); }));
  EXPECT_TRUE(refused([](auto& r) { r.method.assign(kMaxInboundLineBytes + 1, 'P'); }));
}

TEST(ResultCodec, EachOpEmitsItsOwnKindsOnly) {
  const auto taken = [](Op op, std::uint32_t kind) {
    StepResult result;
    result.emits = {{static_cast<EmitKind>(kind), 0, "i", "track", "{}", 0}};
    const auto read = decode_result(encode_result(result), StepBounds{op, 1});
    EXPECT_TRUE(read || read.error().kind == ErrorKind::corrupt);
    return read.has_value();
  };
  for (const std::uint32_t kind : {0u, 1u, 2u, 3u, 77u}) {
    SCOPED_TRACE(kind);
    EXPECT_EQ(taken(Op::pull, kind), kind == 1);
    EXPECT_EQ(taken(Op::webhook, kind), kind == 1);
    EXPECT_EQ(taken(Op::readback, kind), kind == 2 || kind == 3);
    EXPECT_FALSE(taken(Op::deliver, kind));
    EXPECT_FALSE(taken(Op::check, kind));
  }
}

TEST(ResultCodec, AWebhookStepMayNotAskOrAnswerAtWill) {
  constexpr StepBounds kWebhook{Op::webhook, 0};
  const auto refused = [&](auto change) {
    StepResult result;
    change(result);
    const auto read = decode_result(encode_result(result), kWebhook);
    return !read && read.error().kind == ErrorKind::corrupt;
  };
  EXPECT_TRUE(refused([](auto& r) {
    r.requests = {full_request(1)};
    r.requests[0].covers.clear();
    r.suspended = true;
  }));
  for (const std::uint32_t status : {0u, 199u, 600u, 4'000'000'000u}) {
    EXPECT_TRUE(refused([&](auto& r) {
      r.replied = true;
      r.reply_status = status;
    })) << status;
  }
  EXPECT_TRUE(refused([](auto& r) {
    r.replied = true;
    r.reply_status = 200;
    r.reply_body.assign(kMaxReplyBodyBytes + 1, 'x');
  }));
}

TEST(CallCodec, LimitsAreCheckedAtTheLimit) {
  Call call;
  call.records.resize(kMaxCallRecords);
  EXPECT_TRUE(check_call(call));
  call.records.resize(kMaxCallRecords + 1);
  EXPECT_EQ(check_call(call).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(decode_call(encode_call(call)));
  call.records.resize(1);
  call.records[0].body.assign(kMaxCallBytes, 'x');
  EXPECT_TRUE(check_call(call));
  call.records[0].body += 'x';
  EXPECT_FALSE(check_call(call));
  call.records.clear();
  call.state.assign(kMaxStateBytes, 's');
  EXPECT_TRUE(check_call(call));
  call.state += 's';
  EXPECT_FALSE(check_call(call));
  call.state.clear();
  call.responses.resize(5);
  for (auto& response : call.responses) response.reply.body.assign(8u << 20, 'r');
  auto checked = check_call(call);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("bytes of a step's input"), std::string::npos);
}

TEST(ControlCodec, RoundTripsAndTruncations) {
  const Opened opened{-1, "region: wanted eu or us, found \"x\""};
  EXPECT_EQ(*decode_opened(encode_opened(opened)), opened);
  const Ready ready{0, 17, 6};
  EXPECT_EQ(*decode_ready(encode_ready(ready)), ready);
  const Refused refused{RefusedBy::abi, "no symbol"};
  EXPECT_EQ(*decode_refused(encode_refused(refused)), refused);
  for (std::size_t n = 0; n < encode_opened(opened).size(); ++n) {
    EXPECT_FALSE(decode_opened(encode_opened(opened).substr(0, n)));
  }
  for (std::size_t n = 0; n < 12; ++n) EXPECT_FALSE(decode_ready(encode_ready(ready).substr(0, n)));
  EXPECT_FALSE(decode_refused(encode_refused(refused) + "x"));
  EXPECT_EQ(decode_refused(encode_refused({static_cast<RefusedBy>(9), "\n"}))->by,
            RefusedBy::other);
}

TEST(ResultCodec, RoundTripKeepsEveryField) {
  const auto bytes = encode_result(full_result());
  auto result = decode_result(bytes, kBounds);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(encode_result(*result), bytes);
  EXPECT_EQ(result->requests[1].secrets[0].message, "msg");
  EXPECT_EQ(result->outcomes[0].detail, "no email");
  EXPECT_EQ(result->delay_ms, 250u);
}

TEST(ResultCodec, PullAndWebhookFieldsCross) {
  StepResult pull;
  pull.emits = {{EmitKind::record, 0, "id", "contact", "{}", 5}};
  pull.checkpointed = pull.more = true;
  pull.cursor = "next";
  pull.emits_covered = 1;
  auto result = decode_result(encode_result(pull), {Op::pull, 0});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->more);
  EXPECT_EQ(result->cursor, "next");
  EXPECT_EQ(result->emits[0].event_ms, 5);
  EXPECT_EQ(result->emits_covered, 1u);
  StepResult beyond = pull;
  beyond.emits_covered = 2;
  EXPECT_FALSE(decode_result(encode_result(beyond), {Op::pull, 0}));
  beyond.emits_covered = 1;
  beyond.checkpointed = false;
  EXPECT_FALSE(decode_result(encode_result(beyond), {Op::pull, 0}));
  EXPECT_FALSE(decode_result(encode_result(pull), kBounds));
  StepResult webhook;
  webhook.replied = true;
  webhook.reply_status = 200;
  webhook.reply_body = "ok";
  EXPECT_EQ(decode_result(encode_result(webhook), {Op::webhook, 0})->reply_body, "ok");
  EXPECT_FALSE(decode_result(encode_result(webhook), kBounds));
}

TEST(ResultCodec, EveryTruncationAndEveryExtraByteIsCorrupt) {
  const auto bytes = encode_result(full_result());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto result = decode_result(std::string_view(bytes).substr(0, size), kBounds);
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  }
  EXPECT_FALSE(decode_result(bytes + '\0', kBounds));
}

TEST(ResultCodec, UnknownEnumValuesBecomeTheCautiousZero) {
  auto result = full_result();
  result.requests[0].effect = static_cast<Effect>(77);
  result.requests[0].secrets[0].place = static_cast<SecretPlace>(5);
  result.requests[0].secrets[0].transform = static_cast<SecretTransform>(4);
  result.outcomes[0].verdict = static_cast<Verdict>(7);
  result.outcomes[0].applied = static_cast<Applied>(3);
  result.hints[0].kind = 9;
  result.logs[0].level = 9;
  auto read = decode_result(encode_result(result), kBounds);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->requests[0].effect, Effect::once);
  EXPECT_EQ(read->requests[0].secrets[0].place, SecretPlace::none);
  EXPECT_EQ(read->requests[0].secrets[0].transform, SecretTransform::none);
  EXPECT_EQ(read->outcomes[0].verdict, Verdict::unresolved);
  EXPECT_EQ(read->outcomes[0].applied, Applied::maybe);
  EXPECT_EQ(read->hints[0].kind, 0u);
  EXPECT_EQ(read->logs[0].level, 0u);
  StepResult unknown;
  unknown.status = 5;
  EXPECT_EQ(decode_result(encode_result(unknown), kBounds)->status, -6);
  unknown.status = -99;
  EXPECT_EQ(decode_result(encode_result(unknown), kBounds)->status, -6);
}

TEST(ResultCodec, TextsForPeopleComeOutEscaped) {
  auto result = full_result();
  result.logs[0].message = "a\nlevel=error forged";
  result.outcomes[0].detail = "\x1b[2J\xff";
  auto read = decode_result(encode_result(result), kBounds);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->logs[0].message, "a\\nlevel=error forged");
  EXPECT_EQ(read->outcomes[0].detail, "\\x1b[2J\\xff");
}

template <typename Change>
void expect_illegal(const char* what, Change change) {
  auto result = full_result();
  change(result);
  auto read = decode_result(encode_result(result), kBounds);
  ASSERT_FALSE(read) << what;
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt) << what;
  EXPECT_EQ(read.error().message.rfind("illegal frame: ", 0), 0u) << what;
}

TEST(ResultCodec, ContradictionsAreIllegal) {
  expect_illegal("tag twice", [](auto& r) { r.requests[1].tag = r.requests[0].tag; });
  expect_illegal("covers out of range", [](auto& r) { r.requests[0].covers = {2}; });
  expect_illegal("covers too many", [](auto& r) { r.requests[0].covers = {0, 1, 1}; });
  expect_illegal("outcome out of range", [](auto& r) { r.outcomes[0].index = 2; });
  expect_illegal("outcome twice", [](auto& r) { r.outcomes.push_back(r.outcomes[0]); });
  expect_illegal("no suspend", [](auto& r) {
    r.suspended = false;
    r.state.clear();
    r.delay_ms = 0;
  });
  expect_illegal("suspend alone", [](auto& r) { r.requests.clear(); });
  expect_illegal("failed with pushes", [](auto& r) { r.status = -3; });
  expect_illegal("emit in deliver", [](auto& r) { r.emits.resize(1); });
  expect_illegal("checkpoint in deliver", [](auto& r) { r.checkpointed = true; });
  expect_illegal("reply in deliver", [](auto& r) { r.replied = true; });
}

TEST(ResultCodec, BudgetsHoldAtTheLimitAndNotAbove) {
  const auto legal = [](const StepResult& r) {
    return decode_result(encode_result(r), kBounds).has_value();
  };
  auto result = full_result();
  result.requests.clear();
  for (std::uint32_t i = 0; i < max_requests(2); ++i) result.requests.push_back(full_request(i));
  EXPECT_TRUE(legal(result));
  result.requests.push_back(full_request(99));
  EXPECT_FALSE(legal(result));

  result = full_result();
  result.logs.resize(kMaxStepLogLines);
  EXPECT_TRUE(legal(result));
  result.logs.resize(kMaxStepLogLines + 1);
  EXPECT_FALSE(legal(result));

  result = full_result();
  result.hints.resize(kMaxHints + 1);
  EXPECT_FALSE(legal(result));

  result = full_result();
  result.requests.resize(1);
  const std::size_t rest = size_of(result.requests[0]) - result.requests[0].body.size() +
                           size_of(result.outcomes[0]) + size_of(result.hints[0]) +
                           result.state.size();
  result.requests[0].body.assign(kMaxStepOutBytes - rest, 'b');
  EXPECT_TRUE(legal(result));
  result.requests[0].body += 'b';
  EXPECT_FALSE(legal(result));

  result = full_result();
  result.state.assign(kMaxStateBytes, 's');
  EXPECT_TRUE(legal(result));
  result.state += 's';
  EXPECT_FALSE(legal(result));

  result = full_result();
  result.requests[0].headers.resize(kMaxRequestHeaders);
  EXPECT_TRUE(legal(result));
  result.requests[0].headers.resize(kMaxRequestHeaders + 1);
  EXPECT_FALSE(legal(result));
}

TEST(ResultCodec, HostileCountsAllocateNothing) {
  // A count of 2^32-1 at each place where the encoding of a full result holds a small number.
  const auto bytes = encode_result(full_result());
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    auto bad = bytes;
    for (int i = 0; i < 4; ++i) bad[at + static_cast<std::size_t>(i)] = '\xff';
    (void)decode_result(bad, kBounds);
    (void)decode_call(bad);
  }
  Writer many;
  many.u32(0);
  many.text("");
  many.u32(0x10000000);
  EXPECT_FALSE(decode_result(many.view(), kBounds));
}

// Whatever the bytes are, the decoders answer; what they accept obeys the bounds.
TEST(ResultCodec, RandomMutationsNeverCrash) {
  std::mt19937_64 random(20'240'601);
  const std::string call = encode_call(full_call()), result = encode_result(full_result());
  std::size_t accepted = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string bad = (round % 2) != 0 ? call : result;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes && !bad.empty(); ++i) {
      const std::size_t at = random() % bad.size();
      switch (random() % 4) {
        case 0: bad[at] = static_cast<char>(random()); break;
        case 1: bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8))); break;
        case 2: bad.erase(at, 1 + random() % 8); break;
        default: bad.insert(at, 1 + random() % 8, static_cast<char>(random())); break;
      }
    }
    (void)decode_call(bad);
    auto read = decode_result(bad, kBounds);
    if (!read) continue;
    ++accepted;
    EXPECT_TRUE(check_result(*read, kBounds));
    EXPECT_LE(read->requests.size(), max_requests(2));
    for (const auto& outcome : read->outcomes) EXPECT_LT(outcome.index, 2u);
  }
  EXPECT_GT(accepted, 0u);  // the mutations are not all trivially refused
}

}  // namespace
}  // namespace tenon::wire
