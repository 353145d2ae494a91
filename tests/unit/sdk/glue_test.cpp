// The glue: ops follow from a class's functions, each op sees its own step, and nothing is
// forgotten.
#include "tenon/connector.hpp"
#include "tenon/reply.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

using namespace sdk;

struct AllOps {
  explicit AllOps(std::string_view) {}
  Next deliver(const Call& call, DeliverStep& step) const {
    if (call.step() == 0) {
      for (const Record record : call.records()) {
        step.send(Request::post("api", "/v1").segment(record.type()).carries(record));
      }
      return step.suspend("kept", 250);
    }
    return step.end_each(call.records(), [&](const Record& record) {
      return unanswered(*call.response(record.index()));
    });
  }
  Next pull(const Call& call, PullStep& step) const {
    step.emit({.id = "7", .type = "track", .body = R"({"n":7})", .event_ms = 5});
    step.checkpoint(std::string(call.cursor()) + "+", Page::more);
    step.emit({.id = call.stream(), .type = "track", .body = "{}"});
    step.checkpoint("end");
    return step.done();
  }
  Next webhook(const Call& call, WebhookStep& step) const {
    const Inbound inbound = call.inbound();
    step.emit({.id = inbound.header("x-id").value_or(""), .type = "track", .body = inbound.body()});
    step.reply(202, inbound.path());
    return step.done();
  }
  Next readback(const Call&, ReadbackStep& step) const {
    step.found(1, R"({"a":1})", "ref");
    step.absent(0);
    return step.done();
  }
  Next check(const Call&, CheckStep& step) const {
    step.send(Request::get("api", "/me").query("limit", "1"));
    return step.suspend();
  }
};
struct Only {
  explicit Only(std::string_view) {}
  Next check(const Call&, CheckStep& step) const { return step.done(); }
};
static_assert(kOpsOf<AllOps> == 31);
static_assert(kOpsOf<Only> == TENON_OP_CHECK);

CallIn call_of(std::uint32_t op) {
  CallIn call;
  call.op = op;
  call.records = {{"r0", "a b", "{}", "", 1, 0}, {"r1", "c d?", "{}", "", 1, 0}};
  return call;
}
StepOut run(const CallIn& call) {
  const StepOut out = instance_of(*Table<AllOps>::get(), "{}")->step(call);
  EXPECT_EQ(out.violations, Words());
  return out;
}

TEST(Glue, finds_the_function_of_the_op) {
  CallIn pull = call_of(TENON_OP_PULL);
  pull.stream = "contacts";
  pull.cursor = "c1";
  const StepOut pulled = run(pull);
  EXPECT_EQ(pulled.emits,
            (std::vector<EmitOut>{{TENON_EMIT_RECORD, 0, "7", "track", R"({"n":7})", 5},
                                  {TENON_EMIT_RECORD, 0, "contacts", "track", "{}", 0}}));
  EXPECT_EQ(pulled.checkpoints, (std::vector<CheckpointOut>{{"c1+", true, 1}, {"end", false, 2}}));

  CallIn webhook = call_of(TENON_OP_WEBHOOK);
  webhook.inbound = InboundIn{"POST", "/in", {{"x-id", "42"}}, "{}"};
  const StepOut heard = run(webhook);
  EXPECT_EQ(heard.emits, (std::vector<EmitOut>{{TENON_EMIT_RECORD, 0, "42", "track", "{}", 0}}));
  EXPECT_EQ(heard.reply, (WebhookReplyOut{202, "/in"}));

  EXPECT_EQ(run(call_of(TENON_OP_READBACK)).emits,
            (std::vector<EmitOut>{{TENON_EMIT_FOUND, 1, "ref", "", R"({"a":1})", 0},
                                  {TENON_EMIT_ABSENT, 0, "", "", "", 0}}));
  EXPECT_EQ(run(call_of(TENON_OP_CHECK)).requests[0].effect, TENON_EFFECT_READ);
}

TEST(Glue, a_request_carries_its_record) {
  const StepOut asked = run(call_of(TENON_OP_DELIVER));
  ASSERT_EQ(asked.requests.size(), 2u);
  const RequestOut& second = asked.requests[1];
  EXPECT_EQ(second.path, "/v1/c%20d%3F");
  EXPECT_EQ(second.tag, 1u);
  EXPECT_EQ(second.covers, std::vector<std::uint32_t>{1});
  EXPECT_EQ(second.idempotency_key, "r1");
  EXPECT_EQ(asked.state, "kept");
  EXPECT_EQ(asked.delay_ms, 250u);
}

TEST(Glue, a_form_is_encoded) {
  Request::Scratch scratch;
  const Request request = Request::post("api", "/f").form("a b", "1&2").form("é", "");
  const tenon_request raw = request.raw(scratch);
  EXPECT_EQ(text(raw.body), "a%20b=1%262&%C3%A9=");
  ASSERT_EQ(raw.headers.count, 1u);
}

TEST(Glue, outcomes_are_unresolved_until_said_otherwise) {
  struct Half {
    explicit Half(std::string_view) {}
    Next deliver(const Call& call, DeliverStep& step) const {
      Outcomes outcomes(call);
      outcomes[1] = Outcome::accepted("ref");
      return step.end_all(outcomes);
    }
  };
  const StepOut out = instance_of(*Table<Half>::get(), "{}")->step(call_of(TENON_OP_DELIVER));
  ASSERT_EQ(out.outcomes.size(), 2u);
  EXPECT_EQ(out.outcomes[0].verdict, TENON_UNRESOLVED);
  EXPECT_EQ(out.outcomes[1].verdict, TENON_ACCEPTED);
}

TEST(Glue, a_duplicate_was_applied) {
  const Outcome outcome = Outcome::duplicate("ref");
  EXPECT_EQ(outcome.verdict, TENON_DUPLICATE);
  EXPECT_EQ(outcome.applied, TENON_APPLIED_YES);
  EXPECT_EQ(outcome.vendor_ref, "ref");
}

TEST(Glue, refuses_a_call_that_does_not_fit) {
  const auto explain_of = [](const tenon_connector& table, const CallIn& call,
                             tenon_status status) {
    const StepOut out = instance_of(table, "{}")->step(call);
    EXPECT_EQ(out.status, status);
    return out.explain;
  };
  const tenon_connector& all = *Table<AllOps>::get();
  EXPECT_EQ(explain_of(*Table<Only>::get(), call_of(TENON_OP_PULL), TENON_E_UNSUPPORTED),
            "op: wanted check, found pull");
  EXPECT_EQ(explain_of(all, call_of(64), TENON_E_UNSUPPORTED),
            "op: wanted deliver, pull, webhook, readback, check, found 64");
  EXPECT_EQ(explain_of(all, call_of(TENON_OP_WEBHOOK), TENON_E_INPUT),
            "inbound: wanted a request, found none");
}

}  // namespace
}  // namespace tenon::testkit
