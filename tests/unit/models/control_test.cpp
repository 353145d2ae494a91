// The pages by which a served model is steered: what they say, and what they refuse.
#include "models/control.hpp"

#include <gtest/gtest.h>

#include "sdk/testkit/model_json.hpp"

namespace tenon::models {
namespace {

using nlohmann::json;

// Counts what it was asked, and can be told a word.
class CountingModel final : public testkit::LoadableModel {
 public:
  testkit::ModelReply handle(const testkit::ModelRequest&, std::int64_t,
                             std::uint64_t random) override {
    ++asked_;
    return testkit::json_reply(200, std::to_string(random));
  }
  std::string state() const override {
    return testkit::dumped({{"asked", asked_}, {"word", word_}});
  }
  std::string set(const std::string& options) override {
    return testkit::set_options({{"word", testkit::option(word_)}}, options);
  }
  testkit::DevSetup dev() const override { return {"lines", {{"NAME", "value"}}, "{}"}; }

 private:
  std::uint64_t asked_ = 0;
  std::string word_ = "none";
};

class ControlTest : public ::testing::Test {
 protected:
  testkit::ModelReply ask(const std::string& method, const std::string& page,
                          const std::string& body = {}) {
    testkit::ModelRequest request;
    request.method = method;
    request.path = std::string(kControlPrefix) + page;
    request.body = body;
    return control(model_, journal_, request);
  }
  json state() { return json::parse(ask("GET", "state").body); }
  std::string handled() { return model_.handle({}, 0).body; }

  ServedModel model_{"counting", [] { return std::make_unique<CountingModel>(); }};
  ModelJournal journal_;
};

TEST_F(ControlTest, FaultsAreSetShownCountedAndTakenBack) {
  EXPECT_EQ(json::parse(ask("GET", "faults").body)["faults"], "none");
  EXPECT_EQ(ask("PUT", "faults", "throttle 100% 3s").status, 200U);
  const auto throttled = model_.handle({}, 0);
  EXPECT_EQ(throttled.status, 429U);
  const auto shown = json::parse(ask("GET", "faults").body);
  EXPECT_EQ(shown["faults"], "throttle 100% 3s");
  EXPECT_EQ(shown["counts"], (json{{"throttle", 1}}));
  EXPECT_EQ(ask("PUT", "faults", "none").status, 200U);
  EXPECT_EQ(model_.handle({}, 0).status, 200U);
}

TEST_F(ControlTest, AMistakeIsToldAndChangesNothing) {
  ask("PUT", "faults", "slow 2s");
  const auto wrong = ask("PUT", "faults", "throttle lots");
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_NE(wrong.body.find("throttle 20%"), std::string::npos) << wrong.body;
  EXPECT_EQ(state()["faults"], "slow 2s");
  EXPECT_EQ(ask("PUT", "seed", "-1").status, 400U);
  EXPECT_EQ(ask("PUT", "seed", "").status, 400U);
  EXPECT_EQ(ask("POST", "options", R"({"wrod":"x"})").status, 400U);
  EXPECT_EQ(ask("POST", "options", R"({"word":1})").status, 400U);
  EXPECT_EQ(ask("POST", "script", "[]").status, 400U);
  EXPECT_EQ(ask("GET", "nothing").status, 404U);
  EXPECT_EQ(ask("DELETE", "faults").status, 405U);
  EXPECT_NE(ask("DELETE", "faults").body.find("GET or PUT"), std::string::npos);
}

TEST_F(ControlTest, TheSameSeedGivesTheSameNumbers) {
  ask("PUT", "seed", "7");
  const std::string first = handled(), second = handled();
  EXPECT_NE(first, second);
  ask("PUT", "seed", "7");
  EXPECT_EQ(handled(), first);
  EXPECT_EQ(handled(), second);
  ask("PUT", "seed", "8");
  EXPECT_NE(handled(), first);
}

TEST_F(ControlTest, AResetIsANewVendorWithOptionsFaultsAndSeed) {
  ask("POST", "options", R"({"word":"kept"})");
  ask("PUT", "faults", "slow 1ms");
  ask("PUT", "seed", "7");
  const std::string first = handled();
  journal_.record(1, {}, 200);
  EXPECT_EQ(state()["model"]["asked"], 1);
  EXPECT_EQ(ask("POST", "reset").status, 200U);
  const auto after = state();
  EXPECT_EQ(after["model"], (json{{"asked", 0}, {"word", "kept"}}));
  EXPECT_EQ(after["faults"], "slow 1ms");
  EXPECT_EQ(after["seed"], 7);
  EXPECT_EQ(after["requests"], 0);
  EXPECT_EQ(handled(), first);
}

TEST_F(ControlTest, TellsWhatTenonDevNeeds) {
  EXPECT_EQ(json::parse(ask("GET", "dev").body),
            (json{{"workspace", "lines"}, {"secrets", {{"NAME", "value"}}}}));
}

TEST(ServedModelTest, WhatIsNoModelIsNamed) {
  const auto none = ServedModel::load("nobody", "/nowhere");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text().find("nobody"), std::string::npos);
  const auto program = ServedModel::load("/proc/self/exe.so", "/nowhere");
  ASSERT_FALSE(program);
}

TEST(ServedModelTest, TheShippedModelsAreLoadedAndSayHowTheyAreUsed) {
  const std::string folder = TENON_BINARY_DIR "/models";
  for (const char* name : {"hubspot", "webhook"}) {
    auto model = ServedModel::load(name, folder);
    ASSERT_TRUE(model) << model.error().text();
    EXPECT_NE((*model)->dev().workspace.find("model = \"{model}\""), std::string::npos) << name;
    const auto set = (*model)->set_options((*model)->dev().options);
    EXPECT_TRUE(set) << set.error().text();
  }
}

}  // namespace
}  // namespace tenon::models
