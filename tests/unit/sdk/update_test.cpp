// An update writes what happens into a golden, keeps what its author chose, and says what changed.
#include <fstream>
#include <sstream>

#include "tenon/connector.hpp"
#include "tenon/reply.hpp"
#include "testkit/expectation.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

using namespace sdk;

// Looks each record up, then writes it; pulls, hears and reads back what it is told.
struct Small {
  explicit Small(std::string_view) {}
  Next deliver(const Call& call, DeliverStep& step) const {
    if (call.step() == 0) {
      for (const Record record : call.records()) {
        step.send(Request::post("api", "/put").carries(record).json(std::string(record.body())));
      }
      return step.suspend();
    }
    return step.end_each(call.records(), [&](const Record& record) {
      const auto response = call.response(record.index());
      if (!response->answered()) return unanswered(*response);
      return response->ok() ? Outcome::accepted(response->body())
                            : Outcome::rejected(TENON_REASON_VENDOR_REJECTED, "no");
    });
  }
  Next pull(const Call& call, PullStep& step) const {
    if (call.step() == 0) {
      step.send(Request::get("api", "/list").query("after", call.cursor()));
      return step.suspend();
    }
    const Response response = call.only_response();
    step.emit({.id = "1", .type = "track", .body = response.body(), .event_ms = 7});
    step.checkpoint("c2", Page::more);
    return step.done();
  }
  Next webhook(const Call& call, WebhookStep& step) const {
    step.emit({.id = "h", .type = "track", .body = call.inbound().body()});
    step.reply(200, "{\"ok\":true}");
    return step.done();
  }
  Next readback(const Call&, ReadbackStep& step) const {
    step.found(0, "{\"n\":1}");
    step.absent(1);
    return step.done();
  }
};

class Update : public ::testing::Test {
 protected:
  // Writes `text`, updates it, and gives what was said.
  std::string update(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    return again();
  }
  std::string again() {
    Golden golden;
    std::string error, changed;
    EXPECT_TRUE(read_golden(file_, golden, error)) << error;
    const auto instance = instance_of(*Table<Small>::get(), golden.settings);
    EXPECT_TRUE(update_golden(*instance, golden, changed, error)) << error;
    EXPECT_TRUE(read_golden(file_, golden, error)) << error;
    EXPECT_EQ(shown(differences(golden, run_golden(*instance, golden))), "") << content();
    return changed;
  }
  std::string content() const {
    std::stringstream text;
    text << std::ifstream(file_, std::ios::binary).rdbuf();
    return text.str();
  }
  const std::string file_ = ::testing::TempDir() + "update_test_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".json";
};

TEST_F(Update, fills_a_golden_that_has_only_what_comes_in) {
  const std::string said = update(R"({"title": "new", "settings": {},
    "records": [{"id": "r0", "body": {"n": 1}}],
    "steps": [[{"reply": {"status": 200, "body": "ref-1"}}]]})");
  EXPECT_PRED2(has_part, said, "/steps/0/0/request");
  EXPECT_EQ(content(), R"({
  "title": "new",
  "settings": {},
  "records": [{"id": "r0", "body": {"n": 1}}],
  "steps": [
    [
      {
        "request": {
          "endpoint": "api",
          "method": "POST",
          "path": "/put",
          "headers": {"content-type": "application/json"},
          "covers": [0],
          "idempotency_key": "r0",
          "json": {"n": 1}
        },
        "reply": {"status": 200, "body": "ref-1"}
      }
    ]
  ],
  "outcomes": [{"verdict": "accepted", "applied": "yes", "vendor_ref": "ref-1"}]
}
)");
  EXPECT_EQ(again(), "");
}

TEST_F(Update, a_request_beyond_the_script_gets_a_lost_reply) {
  update(R"({"title": "t", "settings": {}, "records": [{"id": "r0", "body": {}}]})");
  EXPECT_PRED2(has_part, content(), R"("reply": {"got": "lost"})");
  EXPECT_PRED2(has_part, content(), R"("verdict": "retry")");
}

TEST_F(Update, keeps_what_held_and_says_what_did_not) {
  const std::string said = update(R"({"title": "t", "settings": {},
    "records": [{"id": "r0", "body": {}}, {"id": "r1", "body": {}}],
    "steps": [[{"request": {"path": "/put"}, "reply": {"status": 200}},
               {"request": {"path": "/old"}, "reply": {"status": 400}}]],
    "outcomes": [{"verdict": "accepted"}, {"verdict": "accepted"}]})");
  EXPECT_EQ(said,
            "  /steps/0/1/request/path\n      was  \"/old\"\n      is   \"/put\"\n"
            "  /outcomes/1/verdict\n      was  \"accepted\"\n      is   "
            "\"rejected\"\n");
  EXPECT_PRED2(has_part, content(), R"("request": {"path": "/put"})");
  EXPECT_PRED2(has_part, content(), R"({"verdict": "accepted"},)");
  EXPECT_PRED2(has_part, content(), R"("reason": 104)");
}

// A connector that asks for nothing at all, or breaks the contract: the file stays byte for byte.
TEST_F(Update, loses_no_reply_and_wants_no_breach) {
  struct Broken {
    explicit Broken(std::string_view) {}
    Next deliver(const Call& call, DeliverStep& step) const {
      if (call.idempotency() == "give up") throw bad_input("a bug");
      step.end(9, Outcome::accepted());
      return step.done();
    }
  };
  const auto refused = [&](const std::string& idempotency) {
    const std::string text = R"({"title":"t","settings":{},"idempotency":")" + idempotency + R"(",
      "records":[{"id":"r0","body":{}}],
      "steps":[[{"request":{"path":"/put"},"reply":{"status":200}}]]})";
    std::ofstream(file_, std::ios::binary) << text;
    Golden golden;
    std::string error, changed;
    EXPECT_TRUE(read_golden(file_, golden, error)) << error;
    const auto instance = instance_of(*Table<Broken>::get(), golden.settings);
    EXPECT_FALSE(update_golden(*instance, golden, changed, error));
    EXPECT_EQ(content(), text);
    EXPECT_FALSE(std::ifstream(file_ + ".new").good());
    return error;
  };
  EXPECT_PRED2(has_part, refused("give up"), "/steps/0/0/reply would be lost");
  EXPECT_PRED2(has_part, refused("go on"), "outcome: for a record that is not there");
}

TEST_F(Update, tells_for_how_long_a_suspend_holds_back) {
  struct Waiting {
    explicit Waiting(std::string_view) {}
    Next deliver(const Call& call, DeliverStep& step) const {
      if (call.step() == 2) return step.end_all(Outcomes(call));
      step.send(Request::get("api", "/job"));
      return step.suspend("", call.step() == 0 ? 0 : 5'000);
    }
  };
  Golden golden;
  std::string error, changed;
  std::ofstream(file_, std::ios::binary) << R"({"title": "t", "settings": {}, "records": [],
    "steps": [[{"reply": {"status": 202}}], [{"reply": {"status": 200}}]]})";
  ASSERT_TRUE(read_golden(file_, golden, error)) << error;
  const auto instance = instance_of(*Table<Waiting>::get(), golden.settings);
  EXPECT_PRED2(has_part, shown(differences(golden, run_golden(*instance, golden))), "/delays_ms");
  ASSERT_TRUE(update_golden(*instance, golden, changed, error)) << error;
  EXPECT_PRED2(has_part, content(), R"("delays_ms": [0, 5000])");
  ASSERT_TRUE(read_golden(file_, golden, error)) << error;
  EXPECT_EQ(shown(differences(golden, run_golden(*instance, golden))), "");
  golden.delays_ms = Json::array({0, 4'000});
  EXPECT_PRED2(has_part, shown(differences(golden, run_golden(*instance, golden))), "/delays_ms/1");
}

TEST_F(Update, knows_the_other_ops) {
  update(
      R"({"title": "t", "op": "pull", "settings": {}, "stream": "s", "cursor": "c1",
    "steps": [[{"reply": {"status": 200, "json": {"n": 1}}}]]})");
  EXPECT_PRED2(has_part, content(), R"("query": {"after": "c1"})");
  EXPECT_PRED2(
      has_part, content(),
      R"("emits": [{"kind": "record", "id": "1", "type": "track", "event_ms": 7, "json": {"n": 1}}],
  "checkpoints": [{"cursor": "c2", "more": true, "emits": 1}])");
  update(R"({"title": "t", "op": "webhook", "settings": {}, "inbound": {"json": {"x": [1]}}})");
  EXPECT_PRED2(has_part, content(), R"("json": {"x": [1]}}])");
  EXPECT_PRED2(has_part, content(), R"("reply": {"status": 200, "json": {"ok": true}})");
  update(R"({"title": "t", "op": "readback", "settings": {}, "action": "a",
    "records": [{"id": "r0", "body": {}}, {"id": "r1", "body": {}}]})");
  EXPECT_PRED2(has_part, content(), R"({"kind": "absent", "index": 1})");
}

TEST_F(Update, only_the_form_changes_where_all_holds) {
  EXPECT_EQ(update(
                R"({"settings": {}, "title": "t", "op":"webhook", "reply": {"status": 200},
    "inbound": {"json": {}}, "emits": [{"id": "h"}]})"),
            "  its form only\n");
}

TEST(Goldens, a_pull_that_forgets_its_checkpoint_breaks_the_contract) {
  struct Forgetful {
    explicit Forgetful(std::string_view) {}
    Next pull(const Call&, PullStep& step) const {
      step.checkpoint("c");
      step.emit({.id = "1", .type = "track", .body = "{}"});
      return step.done();
    }
  };
  const auto instance = instance_of(*Table<Forgetful>::get(), "{}");
  CallIn call;
  call.op = TENON_OP_PULL;
  const CallOut out = run_call(*instance, call, [](auto&, auto) { return ReplyIn(); });
  EXPECT_EQ(out.violations(), Words{"emit: 1 behind the last checkpoint, so they are not kept"});
}

}  // namespace
}  // namespace tenon::testkit
