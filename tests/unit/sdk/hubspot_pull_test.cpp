// The hubspot connector reads: pulls that leave nothing out and take nothing twice, read-back, and
// the look-up before a write; against the model of HubSpot.
#include <map>
#include <set>

#include "hubspot/fake/model.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

using hubspot::fake::HubSpotModel;
using hubspot::fake::Mode;

constexpr std::int64_t kBegin = 1'767'225'600'000;

class HubSpotReads : public ::testing::Test {
 protected:
  CallOut run(CallIn call) {
    call.now_ms = now_ms_;
    const auto instance = instance_of(*tenon_connector_hubspot(), R"({"settle_s":0})");
    CallOut out = run_call(*instance, call, [&](const RequestOut& request, std::uint32_t step) {
      if (between_) between_(step);
      return as_reply(model_.handle(on_the_wire(request, {{"authorization", "Bearer pat-test"}}),
                                    now_ms_, ++random_));
    });
    EXPECT_EQ(out.violations(), Words{});
    return out;
  }
  CallOut pull_once(const std::string& cursor) {
    CallIn call;
    call.op = TENON_OP_PULL;
    call.stream = "contacts";
    call.cursor = cursor;
    return run(call);
  }
  // Pulls until there is no more; counts each emit's id. The host keeps emits with checkpoints
  // only.
  std::map<std::string, int> pull_all(std::string& cursor) {
    std::map<std::string, int> seen;
    for (int calls = 0; calls < 200; ++calls) {
      const CallOut out = pull_once(cursor);
      EXPECT_EQ(out.status(), TENON_OK) << out.steps.back().explain;
      if (out.status() != TENON_OK || out.steps.back().checkpoints.empty()) return seen;
      for (const EmitOut& emit : out.steps.back().emits) seen[emit.id]++;
      const auto& checkpoint = out.steps.back().checkpoints.back();
      EXPECT_TRUE(!checkpoint.more || checkpoint.cursor != cursor) << cursor;
      cursor = checkpoint.cursor;
      if (!checkpoint.more) return seen;
    }
    ADD_FAILURE() << "never arrives";
    return seen;
  }
  void put(int number, std::int64_t at_ms, const std::string& name = "N") {
    model_.put("c" + std::to_string(number) + "@x.org", {{"firstname", name}}, at_ms);
  }
  static void expect_once(const std::map<std::string, int>& seen, std::size_t count) {
    EXPECT_EQ(seen.size(), count);
    for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
  }

  HubSpotModel model_;
  std::function<void(std::uint32_t)> between_;
  std::int64_t now_ms_ = kBegin + 86'400'000;
  std::uint64_t random_ = 0;
};

TEST_F(HubSpotReads, pulls_every_contact_once_page_by_page) {
  for (int i = 0; i < 257; ++i) put(i, kBegin + i);
  std::string cursor;
  expect_once(pull_all(cursor), 257);
  EXPECT_EQ(cursor, "t:" + std::to_string(kBegin + 256));
  EXPECT_TRUE(pull_all(cursor).empty());
  put(3, kBegin + 1'000);
  put(900, kBegin + 1'000);
  expect_once(pull_all(cursor), 2);
}

TEST_F(HubSpotReads, an_import_at_one_moment_is_taken_by_id) {
  put(1'000, kBegin - 5);
  for (int i = 0; i < 350; ++i) put(i, kBegin);
  put(1'001, kBegin + 5);
  std::string cursor;
  expect_once(pull_all(cursor), 352);
}

TEST_F(HubSpotReads, what_changes_while_it_pulls_is_neither_lost_nor_lets_another_slip) {
  for (int i = 0; i < 300; ++i) put(i, kBegin + i / 7);
  std::string cursor;
  int round = 0;
  between_ = [&](std::uint32_t) {
    // Contacts of pages already read and still to come move to the end.
    put(round * 5, kBegin + 1'000 + round);
    put(299 - round, kBegin + 1'000 + round);
    ++round;
  };
  std::set<std::string> emails;
  std::map<std::string, int> seen = pull_all(cursor);
  between_ = nullptr;
  for (const auto& [id, times] : pull_all(cursor)) seen[id] += times;
  for (const auto& [id, times] : seen) {
    EXPECT_EQ(times, 1) << id;
    emails.insert(id.substr(0, id.find('-')));
  }
  EXPECT_EQ(emails.size(), 300u);
}

TEST_F(HubSpotReads, a_time_is_a_cursor_and_one_of_the_far_future_gives_nothing) {
  for (int i = 0; i < 10; ++i) put(i, kBegin + i * 1'000);
  std::string cursor = "2026-01-01T00:00:05.000000Z";
  expect_once(pull_all(cursor), 5);
  cursor = "t:99999999999999";
  EXPECT_TRUE(pull_all(cursor).empty());
  EXPECT_EQ(cursor, "t:99999999999999");
  for (const char* bad : {"x", "t:", "t:1:2", "i:5", "i:5:x", "t:99999999999999999999", "2026"}) {
    EXPECT_EQ(pull_once(bad).status(), TENON_E_INPUT) << bad;
  }
}

TEST_F(HubSpotReads, changes_that_the_search_does_not_show_yet_wait) {
  put(1, now_ms_ - 20'000);
  put(2, now_ms_ - 500);
  CallIn call;
  call.op = TENON_OP_PULL;
  call.stream = "contacts";
  call.now_ms = now_ms_;
  const auto instance = instance_of(*tenon_connector_hubspot(), "{}");
  const StepOut step = instance->step(call);
  ASSERT_EQ(step.requests.size(), 1u);
  EXPECT_PRED2(has_part, step.requests[0].body,
               R"("operator":"LTE","value":")" + std::to_string(now_ms_ - 10'000));
  EXPECT_EQ(step.requests[0].bucket, "search");
}

TEST_F(HubSpotReads, a_page_out_of_order_or_no_page_at_all_is_an_error_not_a_cursor) {
  put(1, kBegin);
  for (const Mode mode : {Mode::html, Mode::garbage, Mode::half_body, Mode::server_error}) {
    model_.options().mode = mode;
    const CallOut out = pull_once("");
    EXPECT_EQ(out.status(), TENON_E_RESPONSE) << static_cast<int>(mode);
    EXPECT_TRUE(out.steps.back().checkpoints.empty());
  }
}

TEST_F(HubSpotReads, an_emitted_contact_is_an_identify_of_the_platform) {
  model_.put("ada@x.org", {{"firstname", "Ada"}, {"company", "Engines"}}, kBegin);
  const CallOut out = pull_once("");
  ASSERT_EQ(out.steps.back().emits.size(), 1u);
  const EmitOut& emit = out.steps.back().emits[0];
  const std::string id = model_.contacts().at("ada@x.org").id;
  EXPECT_EQ(emit.type, "identify");
  EXPECT_EQ(emit.id, id + "-" + std::to_string(kBegin));
  EXPECT_EQ(emit.event_ms, kBegin);
  const Json body = Json::parse(emit.body);
  EXPECT_EQ(body["anonymousId"], "hubspot-" + id);
  EXPECT_EQ(body["traits"]["email"], "ada@x.org");
  EXPECT_EQ(body["traits"]["firstName"], "Ada");
  EXPECT_EQ(body["traits"]["company"]["name"], "Engines");
  EXPECT_FALSE(body["traits"].contains("phone"));
}

TEST_F(HubSpotReads, reads_back_what_is_there_and_what_is_not) {
  model_.put("ada@x.org", {{"firstname", "Ada"}}, kBegin);
  CallIn call;
  call.op = TENON_OP_READBACK;
  call.action = "upsert_contact";
  call.records = {{"key_0", "key", R"({"email":"ADA@x.org"})", "", 1, 0},
                  {"key_1", "key", R"({"email":"nobody@x.org"})", "", 1, 0},
                  {"key_2", "key", R"({"name":"no address"})", "", 1, 0}};
  const CallOut out = run(call);
  ASSERT_EQ(out.status(), TENON_OK) << out.steps.back().explain;
  const auto& emits = out.steps.back().emits;
  ASSERT_EQ(emits.size(), 2u);
  EXPECT_EQ(emits[0].kind, std::uint32_t{TENON_EMIT_FOUND});
  EXPECT_EQ(emits[0].index, 0u);
  EXPECT_EQ(emits[0].id, model_.contacts().at("ada@x.org").id);
  EXPECT_PRED2(has_part, emits[0].body, R"("firstName":"Ada")");
  EXPECT_EQ(emits[1].kind, std::uint32_t{TENON_EMIT_ABSENT});
  EXPECT_EQ(emits[1].index, 1u);
}

class HubSpotFills : public HubSpotReads {
 protected:
  CallOut fill(const std::vector<std::string>& bodies) {
    CallIn call;
    call.action = "fill_contact";
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      call.records.push_back({"evt_" + std::to_string(i), "identify", bodies[i], "", 1, 0});
    }
    return run(call);
  }
};

TEST_F(HubSpotFills, creates_fills_gaps_and_writes_over_nothing) {
  model_.put("old@x.org", {{"firstname", "Old"}}, kBegin);
  model_.put("full@x.org", {{"firstname", "Full"}, {"lastname", "Enough"}}, kBegin);
  const CallOut out = fill({R"({"email":"new@x.org","firstname":"New"})",
                            R"({"email":"old@x.org","firstname":"Other","lastname":"Gap"})",
                            R"({"email":"full@x.org","firstname":"Other"})"});
  EXPECT_EQ(out.steps.size(), 3u);
  EXPECT_EQ(verdicts(out), (Words{"accepted", "accepted", "skipped"}));
  EXPECT_EQ(model_.contacts().at("new@x.org").properties.at("firstname"), "New");
  EXPECT_EQ(model_.contacts().at("old@x.org").properties.at("firstname"), "Old");
  EXPECT_EQ(model_.contacts().at("old@x.org").properties.at("lastname"), "Gap");
  EXPECT_EQ(model_.contacts().at("full@x.org").properties.at("firstname"), "Full");
}

TEST_F(HubSpotFills, a_contact_created_meanwhile_is_looked_up_again) {
  between_ = [&](std::uint32_t step) {
    if (step == 1) model_.put("a@x.org", {{"firstname", "First"}}, kBegin);
  };
  const std::string body = R"({"email":"a@x.org","firstname":"Second","lastname":"L"})";
  const CallOut refused = fill({body});
  EXPECT_EQ(verdicts(refused), Words{"retry"});
  // The request may be sent again by the host, so the contact may be from its first sending.
  EXPECT_EQ(refused.outcomes[0].applied, TENON_APPLIED_MAYBE);
  between_ = nullptr;
  EXPECT_EQ(verdicts(fill({body})), Words{"accepted"});
  EXPECT_EQ(model_.contacts().at("a@x.org").properties.at("firstname"), "First");
  EXPECT_EQ(model_.contacts().at("a@x.org").properties.at("lastname"), "L");
}

TEST_F(HubSpotFills, a_foreign_state_is_refused) {
  CallIn call;
  call.action = "fill_contact";
  call.step = 2;
  call.records.push_back({"evt_0", "identify", R"({"email":"a@x.org"})", "", 1, 0});
  const auto instance = instance_of(*tenon_connector_hubspot(), "{}");
  for (const std::string& state :
       {std::string(), std::string("tS garbage"), std::string(99, 'x')}) {
    call.state = state;
    EXPECT_EQ(instance->step(call).status, TENON_E_INPUT);
  }
}

}  // namespace
}  // namespace tenon::testkit
