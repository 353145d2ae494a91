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
         s.emit({"1", "t", "{}"});
       },
       "emit: only pull, webhook and readback have them"},
      {TENON_OP_READBACK,
       [](auto&, auto& s) {
         s.emit({"1", "t", "{}"});
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
         s.emit({"", "t", "{}"});
       },
       "emit: without id, so that a repeat would not be known"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.checkpoint("c"); },
       "checkpoint: only pull has them"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.reply(200), s.reply(200); }, "reply: a second one"},
      {TENON_OP_WEBHOOK, [](auto&, auto& s) { s.reply(0); }, "reply: its status is none of HTTP"},
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

TEST(Driver, ends_a_call_that_never_ends) {
  body() = [](auto&, auto& step) {
    step.send(sdk::Request("api", "GET", "/x"));
    step.suspend();
  };
  const auto instance = instance_of(*sdk::Table<Scripted>::get(), "{}");
  const CallOut out = run_call(*instance, CallIn(), [](auto&, auto) { return ReplyIn(); });
  EXPECT_EQ(out.steps.size(), 16u);
  EXPECT_EQ(out.violations(), Words{"suspend: more than 16 steps"});
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
