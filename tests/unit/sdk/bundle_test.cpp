// Bundles: a captured call runs again with the replies of then, and what differs is shown.
#include "testkit/bundle.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tenon/connector.hpp"
#include "testkit/base64.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

// Asks the vendor about its records, then believes the status. Settings "other": it has changed.
struct Asking {
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER;
  explicit Asking(std::string_view settings) : other_(settings == "other") {}
  void step(const sdk::Call& call, sdk::Step& step) const {
    if (call.step() == 0) {
      step.send(sdk::Request("api", "POST", "/things").body(std::string(call.idempotency())));
      step.suspend("asked");
      return;
    }
    const auto status = call.responses()[0].status();
    sdk::Outcome refused = sdk::Outcome::rejected(TENON_REASON_NONE, "refused").code("NO");
    step.end(0, status < 300 || other_ ? sdk::Outcome::accepted() : refused);
  }

 private:
  bool other_;
};

Json bundle_json() {
  return Json::parse(R"({"tenon_bundle": 1, "release": "crm@1.0.0", "redacted": ["/email"],
    "call": {"captured_call": 1, "attempt": "att_1", "op": "deliver", "release": "crm@1.0.0",
      "action": "send", "seed": "18446744073709551615", "settings": "{}",
      "records": [{"id": "evt_1", "type": "track", "body": {"base64": "/w=="}}],
      "steps": [
        {"now_ms": 5, "idempotency": "key-0", "suspended": true,
         "requests": [{"endpoint": "api", "method": "POST", "path": "/things", "body": "key-0"}],
         "replies": [{"got": "http", "status": 422, "body": "no"}]},
        {"now_ms": 6, "idempotency": "key-1",
         "outcomes": [{"verdict": "rejected", "applied": "no", "vendor_code": "NO",
                       "detail": "refused"}]}]}})");
}

class BundleFiles : public ::testing::Test {
 protected:
  BundleFiles() {
    // What the connector says in full is what a host would have recorded.
    Bundle first;
    EXPECT_EQ(read(bundle_json(), first), "");
    const auto instance = instance_of(*sdk::Table<Asking>::get(), "{}");
    CallIn call = first.call;
    call.idempotency = "key-0";
    recorded_ = bundle_json();
    auto& steps = recorded_["call"]["steps"];
    const StepOut asked = instance->step(call);
    steps[0]["requests"][0]["effect"] = asked.requests[0].effect == TENON_EFFECT_ONCE ? "once"
                                        : asked.requests[0].effect == TENON_EFFECT_READ
                                            ? "read"
                                            : "idempotent";
  }
  ~BundleFiles() override { std::filesystem::remove(file_); }
  std::string read(const Json& json, Bundle& out) {
    std::ofstream(file_) << json.dump();
    std::string error;
    return read_bundle(file_, out, error) ? "" : error;
  }
  bool runs(const Json& json, const std::string& settings = "{}") {
    Bundle bundle;
    EXPECT_EQ(read(json, bundle), "");
    std::ostringstream out;
    const bool same = run_bundle(*instance_of(*sdk::Table<Asking>::get(), settings), bundle, out);
    told_ = out.str();
    return same;
  }

  const std::string file_ =
      (std::filesystem::temp_directory_path() / ("bundle-" + std::to_string(::getpid()))).string();
  Json recorded_;
  std::string told_;
};

TEST_F(BundleFiles, are_read_as_they_were_written) {
  Bundle bundle;
  ASSERT_EQ(read(bundle_json(), bundle), "");
  EXPECT_EQ(bundle.release, "crm@1.0.0");
  EXPECT_EQ(bundle.redacted, (std::vector<std::string>{"/email"}));
  EXPECT_EQ(bundle.call.seed, UINT64_MAX);
  EXPECT_EQ(bundle.call.records[0].body, "\xff");
  ASSERT_EQ(bundle.steps.size(), 2u);
  EXPECT_EQ(bundle.steps[0].replies[0].status, 422u);
  EXPECT_EQ(bundle.steps[1].said.outcomes[0].vendor_code, "NO");
  // A line of an export alone.
  ASSERT_EQ(read(bundle_json()["call"], bundle), "");
  EXPECT_EQ(bundle.attempt, "att_1");
}

TEST_F(BundleFiles, that_are_wrong_are_told_with_the_place) {
  Bundle bundle;
  Json json = bundle_json();
  json["call"]["steps"][0]["replies"][0]["got"] = "maybe";
  EXPECT_TRUE(has_part(read(json, bundle), "steps/0/replies/0/got: wanted one of none, http"))
      << read(json, bundle);
  json = bundle_json();
  json["call"]["records"][0]["body"] = Json{{"base64", "*"}};
  EXPECT_TRUE(has_part(read(json, bundle), "records/0/body: wanted a text"));
  json = bundle_json();
  json["call"]["steps"] = Json::array();
  EXPECT_TRUE(has_part(read(json, bundle), "at least one step"));
  json["tenon_bundle"] = 2;
  EXPECT_TRUE(has_part(read(json, bundle), "version of the form"));
  std::string error;
  EXPECT_FALSE(read_bundle("/nowhere", bundle, error));
}

TEST_F(BundleFiles, run_again_to_the_same_end) {
  EXPECT_TRUE(runs(recorded_)) << told_;
  EXPECT_TRUE(has_part(told_, "-> POST api: /things")) << told_;
  EXPECT_TRUE(has_part(told_, "<- http 422")) << told_;
  EXPECT_TRUE(has_part(told_, "record 0: rejected NO: refused")) << told_;
}

TEST_F(BundleFiles, show_an_outcome_that_is_another_one) {
  EXPECT_FALSE(runs(recorded_, "other"));
  EXPECT_TRUE(has_part(told_, "/outcomes/0/verdict")) << told_;
  EXPECT_TRUE(has_part(told_, "\"rejected\"") && has_part(told_, "\"accepted\"")) << told_;
}

TEST_F(BundleFiles, end_where_no_reply_was_recorded) {
  recorded_["call"]["steps"][0]["requests"][0]["path"] = "/elsewhere";
  EXPECT_FALSE(runs(recorded_));
  EXPECT_TRUE(has_part(told_, "no reply was recorded for this request")) << told_;
}

TEST_F(BundleFiles, know_a_step_that_the_recording_lacks) {
  Json shorter = recorded_;
  shorter["call"]["steps"].erase(1);
  EXPECT_FALSE(runs(shorter));
  EXPECT_TRUE(has_part(told_, "the recorded call had ended")) << told_;
  Json longer = recorded_;
  longer["call"]["steps"].push_back(longer["call"]["steps"][1]);
  EXPECT_FALSE(runs(longer));
  EXPECT_TRUE(has_part(told_, "went on for 1 more steps")) << told_;
  // The host gave up before it sent anything: so far it is the same.
  Json cut = shorter;
  cut["call"]["steps"][0].erase("replies");
  cut["call"]["failure"] = "step_failed";
  EXPECT_TRUE(runs(cut)) << told_;
  // Recorded was the end of the worker; here it lives.
  Json died = recorded_;
  died["call"]["failure"] = "worker_died";
  died["call"]["steps"][1].erase("outcomes");
  EXPECT_FALSE(runs(died));
  EXPECT_TRUE(has_part(told_, "here the recorded worker ended")) << told_;
}

TEST(Base64Text, is_read_strictly) {
  std::string bytes;
  EXPECT_TRUE(decode_base64("Zm9vYmE=", bytes));
  EXPECT_EQ(bytes, "fooba");
  EXPECT_TRUE(decode_base64("", bytes));
  for (const char* text : {"Zg", "Z*==", "Zg==x"}) EXPECT_FALSE(decode_base64(text, bytes)) << text;
}

}  // namespace
}  // namespace tenon::testkit
