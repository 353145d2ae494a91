// The testkit's driver judges what connectors push; the glue stops exceptions and reads replies.
#include <functional>
#include <stdexcept>
#include <tuple>

#include "tenon/connector.hpp"
#include "tenon/json.hpp"
#include "tenon/reply.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

// A connector whose step is set by each test.
using Body = std::function<void(const sdk::Call&, sdk::Step&)>;
Body& body() {
  static Body current;
  return current;
}
struct Scripted {
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER;
  explicit Scripted(std::string_view settings) {
    if (settings == "throw") throw std::runtime_error("no such thing");
  }
  void step(const sdk::Call& call, sdk::Step& step) const { body()(call, step); }
};

StepOut step_with(Body script, std::size_t records = 2) {
  body() = std::move(script);
  CallIn call;
  for (std::size_t i = 0; i < records; ++i) call.records.push_back({"r", "track", "{}", "", 1, 0});
  return instance_of(*sdk::Table<Scripted>::get(), "{}")->step(call);
}

std::string only_violation(const StepOut& out) {
  return out.violations.size() == 1 ? out.violations[0] : std::to_string(out.violations.size());
}

TEST(Driver, tells_each_breach_of_the_contract) {
  const auto post = [] { return sdk::Request("api", "POST", "/x"); };
  const std::pair<Body, const char*> cases[] = {
      {[](auto&, auto& s) { s.end(7, {}); }, "outcome: for a record that is not there"},
      {[](auto&, auto& s) { s.end(1, {}), s.end(1, {}); }, "outcome: a second one for record 1"},
      {[](auto&, auto& s) { s.suspend(); }, "suspend: without a request"},
      {[&](auto&, auto& s) { s.send(post()); }, "request: pushed without a suspend"},
      {[&](auto&, auto& s) { s.send(post()), s.send(post()); },
       "request: its tag is used twice in the step"},
      {[&](auto&, auto& s) { s.send(post().covers(2)); },
       "request: covers a record that is not there"},
      {[](auto&, auto& s) { s.send(sdk::Request("api", "GET", "x")); },
       "request: path does not begin with /"},
      {[](auto&, auto& s) { s.send(sdk::Request("api", "GET", "/x?a=b")); },
       "request: path holds a query, a fragment or a space"},
      {[&](auto&, auto& s) { s.send(post().secret(9, "key")); },
       "request.secrets[0].place: wanted 1 to 4, found 9"},
  };
  for (const auto& [script, wanted] : cases) EXPECT_EQ(only_violation(step_with(script)), wanted);
}

StepOut step_of(std::uint32_t op, Body script) {
  body() = std::move(script);
  CallIn call;
  call.op = op;
  call.records = {{"r", "track", "{}", "", 1, 0}};
  return instance_of(*sdk::Table<Scripted>::get(), "{}")->step(call);
}

TEST(Driver, tells_what_does_not_fit_the_op) {
  const std::tuple<std::uint32_t, Body, const char*> cases[] = {
      {TENON_OP_PULL, [](auto&, auto& s) { s.end(0, {}); }, "outcome: only deliver has them"},
      {TENON_OP_CHECK,
       [](auto&, auto& s) {
         s.emit({"1", "track", "{}"});
       },
       "emit: only pull, webhook and readback have them"},
      {TENON_OP_READBACK,
       [](auto&, auto& s) {
         s.emit({"1", "track", "{}"});
       },
       "emit: readback tells found or absent only"},
      {TENON_OP_PULL, [](auto&, auto& s) { s.absent(0); },
       "emit: only readback tells found or absent"},
      {TENON_OP_READBACK, [](auto&, auto& s) { s.absent(1); },
       "emit: for a record that is not there"},
      {TENON_OP_READBACK, [](auto&, auto& s) { s.absent(0), s.found(0, "{}"); },
       "emit: a second one for record 0"},
      {TENON_OP_READBACK, [](auto&, auto& s) { s.found(0, "{"); }, "emit: the body is not JSON"},
      {TENON_OP_WEBHOOK,
       [](auto&, auto& s) {
         s.emit({"", "track", "{}"});
       },
       "emit: without id, so that a repeat would not be known"},
      {TENON_OP_WEBHOOK,
       [](auto&, auto& s) {
         s.emit({"1", "contact", "{}"});
       },
       "emit: wanted track, identify, page, screen, group or alias as type, found \"contact\""},
      {TENON_OP_PULL,
       [](auto&, auto& s) {
         s.emit({"1", "track", "[]"});
       },
       "emit: the body is no object"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.send(sdk::Request("api", "GET", "/x")); },
       "request: a webhook sends none"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.reply(199); },
       "reply: wanted a status of 200 to 599, found 199"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.checkpoint("c"); },
       "checkpoint: only pull has them"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.reply(200), s.reply(200); }, "reply: a second one"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.reply(0); },
       "reply: wanted a status of 200 to 599, found 0"},
      {TENON_OP_PULL, [](auto&, auto& s) { s.reply(200); }, "reply: only webhook has one"},
  };
  for (const auto& [op, script, wanted] : cases) {
    const StepOut out = step_of(op, script);
    EXPECT_EQ(only_violation(out), wanted);
    EXPECT_NE(out.status, TENON_OK);
  }
}

TEST(Driver, takes_two_requests_per_record_and_eight_more) {
  for (const std::uint32_t count : {12u, 13u}) {
    const StepOut out = step_with([&](auto&, auto& step) {
      for (std::uint32_t i = 0; i < count; ++i) {
        step.send(sdk::Request("api", "GET", "/x").tag(i));
      }
      step.suspend();
    });
    EXPECT_EQ(out.status, count == 12 ? TENON_OK : TENON_E_LIMIT);
    EXPECT_EQ(out.requests.size(), 12u);
  }
}

std::string text_of(std::size_t bytes) { return std::string(bytes, 'x'); }

// What the host refuses with E_LIMIT; each with one less is taken.
TEST(Driver, holds_the_limits_of_the_host) {
  const auto pairs = [](std::size_t count, std::size_t bytes, bool headers) {
    sdk::Request request("api", "POST", "/x");
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "n" + std::to_string(i);
      if (headers) request.header(name, text_of(bytes));
      if (!headers) request.query(name, text_of(bytes));
    }
    return request;
  };
  const std::tuple<sdk::Request, sdk::Request, const char*> cases[] = {
      {pairs(100, 0, true), pairs(101, 0, true), "request.headers: wanted at most 100 elements"},
      {pairs(100, 0, false), pairs(101, 0, false), "request.query: wanted at most 100 elements"},
      {pairs(1, 32'766, true), pairs(1, 32'767, true), "request.headers: wanted at most 32768"},
      {pairs(1, 16'382, false), pairs(1, 16'383, false), "request.query: wanted at most 16384"},
      {sdk::Request("api", "GET", "/" + text_of(8'191)),
       sdk::Request("api", "GET", "/" + text_of(8'192)), "request.path: wanted at most 8192"},
      {sdk::Request("api", "GET", "/").idempotency_key(text_of(256)),
       sdk::Request("api", "GET", "/").idempotency_key(text_of(257)),
       "request.idempotency_key: wanted at most 256"},
  };
  for (const auto& [fits, too_much, wanted] : cases) {
    const StepOut out = step_with([&](auto&, auto& s) { s.send(fits), s.suspend(); });
    EXPECT_EQ(out.violations, Words()) << wanted;
    EXPECT_TRUE(
        has_part(only_violation(step_with([&](auto&, auto& s) { s.send(too_much); })), wanted));
  }
}

TEST(Driver, a_step_that_goes_on_after_a_limit_is_told) {
  const auto swallow = [](const auto& push) {
    try {
      push();
    } catch (const sdk::Refusal&) {
    }
  };
  const std::pair<std::uint32_t, Body> cases[] = {
      {TENON_OP_WEBHOOK,
       [&](auto&, auto& s) { swallow([&] { s.reply(200, text_of(64 * 1024 + 1)); }); }},
      {TENON_OP_PULL, [&](auto&, auto& s) { swallow([&] { s.checkpoint(text_of(16'385)); }); }},
      {TENON_OP_DELIVER,
       [&](auto&, auto& s) {
         s.send(sdk::Request("api", "GET", "/x"));
         swallow([&] { s.suspend(text_of((1u << 20) + 1)); });
       }},
      {TENON_OP_WEBHOOK,
       [&](auto&, auto& s) {
         for (int i = 0; i < 10'001; ++i) swallow([&] { s.emit({"i", "track", "{}"}); });
       }},
  };
  for (const auto& [op, script] : cases) {
    const StepOut out = step_of(op, script);
    EXPECT_EQ(out.status, TENON_OK);
    ASSERT_FALSE(out.violations.empty());
    EXPECT_TRUE(has_part(out.violations[0], "wanted at most")) << out.violations[0];
    EXPECT_TRUE(has_part(out.violations[0], "and the step went on")) << out.violations[0];
  }
}

TEST(Driver, a_page_has_its_limits) {
  const auto page_of = [](int records, std::size_t bytes) {
    body() = [=](auto&, auto& s) {
      for (int i = 0; i < records; ++i) {
        s.emit({"id", "track", "{\"a\":\"" + text_of(bytes) + "\"}"});
      }
      s.checkpoint("c");
    };
    CallIn call;
    call.op = TENON_OP_PULL;
    const auto instance = instance_of(*sdk::Table<Scripted>::get(), "{}");
    return run_call(*instance, call, [](auto&, auto) { return ReplyIn(); }).violations();
  };
  EXPECT_EQ(page_of(1000, 4), Words());
  EXPECT_EQ(page_of(1001, 4).size(), 1u);
  EXPECT_EQ(page_of(2, 3u << 20).size(), 1u);
}

TEST(Driver, hints_of_one_kind_and_name_are_one) {
  const auto pushing = [](int names) {
    return step_with([=](auto&, auto& s) {
      for (int i = 0; i < 100; ++i) s.throttled("b" + std::to_string(i % names), i);
    });
  };
  const StepOut few = pushing(2);
  EXPECT_EQ(few.violations, Words());
  ASSERT_EQ(few.hints.size(), 2u);
  EXPECT_EQ(few.hints[1].until_ms, 99);
  // One too many ends no step, but an author shall know.
  const StepOut many = pushing(65);
  EXPECT_EQ(many.status, TENON_OK);
  EXPECT_EQ(many.hints.size(), 64u);
  ASSERT_FALSE(many.violations.empty());
  EXPECT_EQ(many.violations[0], "hint: wanted at most 64 of a step, found more");
}

TEST(Driver, ends_a_call_that_never_ends) {
  body() = [](auto&, auto& step) {
    step.send(sdk::Request("api", "GET", "/x"));
    step.suspend();
  };
  const auto instance = instance_of(*sdk::Table<Scripted>::get(), "{}");
  const CallOut out = run_call(*instance, CallIn(), [](auto&, auto) { return ReplyIn(); });
  EXPECT_EQ(out.steps.size(), 64u);
  EXPECT_EQ(out.violations(), Words{"suspend: more than 64 steps"});
}

TEST(Driver, a_forgotten_record_is_unresolved) {
  body() = [](auto&, auto& step) { step.end(1, sdk::Outcome::accepted()); };
  CallIn call;
  call.records.resize(3);
  const auto instance = instance_of(*sdk::Table<Scripted>::get(), "{}");
  const CallOut out = run_call(*instance, call, [](auto&, auto) { return ReplyIn(); });
  EXPECT_EQ(verdicts(out), (Words{"unresolved", "accepted", "unresolved"}));
}

TEST(Glue, stops_every_exception) {
  const std::pair<Body, std::pair<tenon_status, const char*>> cases[] = {
      {[](auto&, auto&) { throw sdk::unsupported("no"); }, {TENON_E_UNSUPPORTED, "no"}},
      {[](auto&, auto&) { throw std::logic_error("bug"); }, {TENON_E_INTERNAL, "bug"}},
      {[](auto&, auto&) { throw std::bad_alloc(); }, {TENON_E_INTERNAL, "out of memory"}},
      {[](auto&, auto&) { throw 7; }, {TENON_E_INTERNAL, "an exception of unknown type"}},
  };
  for (const auto& [script, wanted] : cases) {
    const StepOut out = step_with(script);
    EXPECT_EQ(out.status, wanted.first);
    EXPECT_EQ(out.explain, wanted.second);
  }
  tenon_status status = TENON_OK;
  std::string explain;
  EXPECT_FALSE(Instance::create(*sdk::Table<Scripted>::get(), "throw", status, explain));
  EXPECT_EQ(status, TENON_E_INTERNAL);
  EXPECT_EQ(explain, "no such thing");
}

TEST(Glue, reads_retry_after_in_both_forms) {
  const std::int64_t now = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  const std::pair<const char*, std::optional<std::uint32_t>> cases[] = {
      {"0", 0},
      {"120", 120'000},
      {"86400", 86'400'000},
      {"86401", 86'400'000},
      {"99999999999999999999", 86'400'000},
      {"-5", 0},
      {"Sun, 06 Nov 1994 08:50:37 GMT", 60'000},
      {"Sun, 06 Nov 1994 08:49:00 GMT", 0},
      {"Thu, 06 Nov 2098 08:49:00 GMT", 86'400'000},
      {"", std::nullopt},
      {"soon", std::nullopt},
      {"1.5", std::nullopt},
      {"Sun, 31 Feb 1994 08:50:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 08:50:37 GMT x", std::nullopt},
  };
  for (const auto& [value, wanted] : cases) {
    const tenon_kv pair{sdk::str("retry-after"), sdk::str(value)};
    tenon_response raw{};
    raw.size = sizeof raw;
    raw.got = TENON_GOT_HTTP;
    raw.headers = {&pair, 1, sizeof pair};
    EXPECT_EQ(sdk::retry_after_ms(sdk::Response(raw, 0), now), wanted) << value;
  }
}

TEST(Glue, reads_json_of_bearable_depth_only) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(sdk::read_json(nested(sdk::kMaxJsonDepth)));
  EXPECT_FALSE(sdk::read_json(nested(sdk::kMaxJsonDepth + 1)));
  EXPECT_FALSE(sdk::read_json(std::string(1'000'000, '[')));
  EXPECT_TRUE(sdk::read_json("\"" + std::string(500, '[') + "\""));
  EXPECT_FALSE(sdk::read_json("{} x"));
}

}  // namespace
}  // namespace tenon::testkit
