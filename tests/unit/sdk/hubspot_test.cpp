// The hubspot connector against a model of HubSpot: what it says happened is what happened.
#include "hubspot/fake/model.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

using hubspot::fake::HubSpotModel;
using hubspot::fake::Mode;

class HubSpot : public ::testing::Test {
 protected:
  CallOut upsert(const std::vector<std::string>& bodies) {
    CallIn call;
    call.action = "upsert_contact";
    call.now_ms = now_ms_;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      call.records.push_back({"evt_" + std::to_string(i), "identify", bodies[i], "", 1, 0});
    }
    return run(call);
  }
  CallOut run(const CallIn& call) {
    const auto instance = instance_of(*tenon_connector_hubspot(), "{}");
    CallOut out = run_call(*instance, call, [&](const RequestOut& request, std::uint32_t) {
      last_ = request;
      return as_reply(model_.handle(on_the_wire(request, {{"authorization", "Bearer " + token_}}),
                                    now_ms_, ++random_));
    });
    EXPECT_EQ(out.violations(), Words{});
    return out;
  }
  static std::string contact(const std::string& email, const std::string& name) {
    return R"({"email":")" + email + R"(","firstname":")" + name + "\"}";
  }

  HubSpotModel model_;
  RequestOut last_;
  std::string token_ = "pat-test";
  std::int64_t now_ms_ = 1'767'323'045'000;
  std::uint64_t random_ = 0;
};

TEST_F(HubSpot, writes_contacts_and_matches_results_in_any_order) {
  const CallOut out =
      upsert({contact("a@x.org", "A"), contact("B@X.org", "B"), contact("c@x.org", "C")});
  EXPECT_EQ(verdicts(out), all(3, "accepted"));
  for (const auto& [email, stored] : model_.contacts()) {
    const std::size_t index = email == "a@x.org" ? 0 : email == "b@x.org" ? 1 : 2;
    EXPECT_EQ(out.outcomes[index].vendor_ref, stored.id) << email;
  }
  EXPECT_EQ(model_.contacts().at("b@x.org").properties.at("firstname"), "B");
}

TEST_F(HubSpot, one_bad_row_isolates_the_batch_and_is_found_alone) {
  const std::string bad = R"({"email":"b@x.org","phone":"12-34"})";
  EXPECT_EQ(verdicts(upsert({contact("a@x.org", "A"), bad})), all(2, "isolate"));
  EXPECT_TRUE(model_.contacts().empty());
  const CallOut alone = upsert({bad});
  EXPECT_EQ(verdicts(alone), (Words{"rejected"}));
  EXPECT_EQ(alone.outcomes[0].vendor_code, "VALIDATION_ERROR");
  EXPECT_PRED2(has_part, alone.outcomes[0].detail, "phone [value] was not a valid");
}

TEST_F(HubSpot, reads_each_outcome_out_of_a_207) {
  model_.options().mode = Mode::multi_status;
  const CallOut out = upsert({contact("a@x.org", "A"), R"({"email":"nobody"})",
                              R"({"email":"c@x.org","shoe":"44"})", contact("d@x.org", "D")});
  EXPECT_EQ(verdicts(out), (Words{"accepted", "rejected", "rejected", "accepted"}));
  EXPECT_EQ(model_.contacts().size(), 2u);
}

// Whatever the mode, an accepted record is one that the account holds.
TEST_F(HubSpot, accepts_nothing_that_the_vendor_does_not_hold) {
  const std::pair<Mode, std::vector<std::string>> cases[] = {
      {Mode::empty_success, {"unresolved", "unresolved"}},
      {Mode::silent_loss, {"accepted", "unresolved"}},
      {Mode::html, {"unresolved", "unresolved"}},
      {Mode::garbage, {"unresolved", "unresolved"}},
      {Mode::half_body, {"retry", "retry"}},
      {Mode::server_error, {"retry", "retry"}},
      {Mode::hang, {"retry", "retry"}},
  };
  int i = 0;
  for (const auto& [mode, wanted] : cases) {
    model_.options().mode = mode;
    const std::string tag = std::to_string(i++);
    const std::vector<std::string> emails{"a" + tag + "@x.org", "b" + tag + "@x.org"};
    const CallOut out = upsert({contact(emails[0], "A"), contact(emails[1], "B")});
    EXPECT_EQ(verdicts(out), wanted) << "mode " << tag;
    for (std::size_t r = 0; r < emails.size(); ++r) {
      if (out.outcomes[r].verdict == TENON_ACCEPTED) {
        EXPECT_EQ(model_.contacts().count(emails[r]), 1u);
      }
      if (model_.contacts().count(emails[r]) == 1) {
        EXPECT_NE(out.outcomes[r].applied, std::uint32_t{TENON_APPLIED_NO}) << "mode " << tag;
      }
    }
  }
}

TEST_F(HubSpot, a_request_sent_twice_changes_nothing_more) {
  upsert({contact("a@x.org", "A")});
  EXPECT_EQ(last_.effect, std::uint32_t{TENON_EFFECT_IDEMPOTENT});
  const auto before = model_.contacts().at("a@x.org");
  upsert({contact("a@x.org", "A")});
  const auto after = model_.contacts().at("a@x.org");
  EXPECT_EQ(model_.contacts().size(), 1u);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.properties, before.properties);
  EXPECT_EQ(after.written, 2u);
}

TEST_F(HubSpot, obeys_the_quota_and_names_it) {
  model_.options().quota = 2;
  EXPECT_EQ(verdicts(upsert({contact("a@x.org", "A")})), all(1, "accepted"));
  EXPECT_EQ(verdicts(upsert({contact("b@x.org", "B")})), all(1, "accepted"));
  now_ms_ += 4'000;
  const CallOut out = upsert({contact("c@x.org", "C")});
  EXPECT_EQ(verdicts(out), all(1, "retry"));
  EXPECT_EQ(out.outcomes[0].retry_after_ms, 6'000u);
  EXPECT_EQ(out.outcomes[0].vendor_code, "TEN_SECONDLY_ROLLING");
  ASSERT_EQ(out.steps.back().hints.size(), 1u);
  EXPECT_EQ(out.steps.back().hints[0].until_ms, now_ms_ + 6'000);
  now_ms_ += 6'000;
  EXPECT_EQ(verdicts(upsert({contact("c@x.org", "C")})), all(1, "accepted"));
}

TEST_F(HubSpot, blames_the_credential_not_the_record) {
  token_ = "wrong";
  const CallOut out = upsert({contact("a@x.org", "A")});
  EXPECT_EQ(verdicts(out), all(1, "retry"));
  ASSERT_EQ(out.steps.back().hints.size(), 1u);
  EXPECT_EQ(out.steps.back().hints[0].kind, std::uint32_t{TENON_HINT_AUTH_REJECTED});
  EXPECT_EQ(out.steps.back().hints[0].name, "token");
}

TEST_F(HubSpot, check_proves_the_token) {
  CallIn call;
  call.op = TENON_OP_CHECK;
  EXPECT_EQ(run(call).status(), TENON_OK);
  token_ = "wrong";
  const CallOut refused = run(call);
  EXPECT_EQ(refused.status(), TENON_E_CONFIG);
  EXPECT_PRED2(has_part, refused.steps.back().explain, "slot token");
}

TEST_F(HubSpot, sends_at_most_a_hundred) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 101; ++i) bodies.push_back(contact("p" + std::to_string(i) + "@x.org", "P"));
  const CallOut out = upsert(bodies);
  EXPECT_EQ(model_.contacts().size(), 100u);
  EXPECT_EQ(out.outcomes[99].verdict, std::uint32_t{TENON_ACCEPTED});
  EXPECT_EQ(out.outcomes[100].verdict, std::uint32_t{TENON_RETRY});
  EXPECT_EQ(out.outcomes[100].applied, std::uint32_t{TENON_APPLIED_NO});
}

TEST(HubSpotSettings, are_none) {
  tenon_status status = TENON_OK;
  std::string explain;
  EXPECT_FALSE(Instance::create(*tenon_connector_hubspot(), R"({"portal":1})", status, explain));
  EXPECT_EQ(status, TENON_E_CONFIG);
  EXPECT_PRED2(has_part, explain, "portal: no such setting");
}

}  // namespace
}  // namespace tenon::testkit
