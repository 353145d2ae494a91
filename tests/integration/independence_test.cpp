// Core and connectors apart: a host of today and one of tomorrow's ABI minor run connectors that
// were built at other commits and against other minors, and swap between them both ways.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

// Built at an earlier commit, and in the tree since; today's and tomorrow's builds of the same
// code.
constexpr const char* kEarlier = TENON_SOURCE_DIR "/tests/conformance/frozen/1.0-rc/frozen.so";
constexpr const char* kTomorrowForToday = TENON_BINARY_DIR "/frozen/frozen_next_for_today.so";
constexpr const char* kTomorrow = TENON_BINARY_DIR "/frozen/frozen_next.so";

class Independence : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    world_.start_vendor();
    world_.inbox().script(json::array(
        {{{"times", 1'000}, {"status", 200}, {"headers", {{"x-ref", "r"}}}, {"body", "{}"}}}));
    world_.environment["TEST_FROZEN_TOKEN"] = "a-token-of-the-frozen-one";
    world_.host_arguments = {"--worker", std::string(TENON_BINARY_DIR "/bin/") + GetParam()};
  }
  void add(const std::string& so, const std::string& version, const std::string& abi) {
    std::string manifest = read_file(TENON_SOURCE_DIR "/tests/conformance/frozen/frozen.toml");
    manifest = replaced(manifest, "version = \"1.0.0\"", "version = \"" + version + "\"");
    manifest = replaced(manifest, "abi = \"1.0\"", "abi = \"" + abi + "\"");
    manifest = replaced(manifest, "host = \"api.vendor.example\"", "setting = \"url\"");
    // What a host wants beside the op "webhook"; it is not used here.
    manifest +=
        "[[slot]]\nname = \"secret\"\nkind = \"signing\"\n"
        "[webhook]\nscheme = \"path-secret/1\"\nslot = \"secret\"\n"
        "[webhook.reply]\nstatus = 202\nbody = \"later\"\ncontent_type = \"text/plain\"\n"
        "[[rate_limit]]\nbucket = \"default\"\nlimit = 1000\nwindow_ms = 1000\n"
        "[[setting]]\nname = \"url\"\ntitle = \"Address\"\ntype = \"url\"\nrequired = true\n";
    world_.add_connector(so, manifest);
  }
  std::string workspace() const {
    return world_.workspace().substr(0, world_.workspace().find("[[destinations]]")) +
           "[[destinations]]\nname = \"old\"\nconnector = \"frozen\"\npeers = \"allow_loopback\"\n"
           "on_ambiguous = \"resend\"\n[destinations.settings]\nurl = \"" +
           world_.vendor() +
           "\"\n[destinations.credentials]\ntoken = \"env:TEST_FROZEN_TOKEN\"\n"
           "[[routes]]\nname = \"all\"\ndestination = \"old\"\naction = \"send\"\n";
  }
  // The release that delivered the event.
  std::string delivered_by(const std::string& id) {
    EXPECT_EQ(world_.post("/v1/track", track(id)).status, 200);
    const auto trace = world_.trace_until(id, "old", "delivered");
    const auto delivery = delivery_of(trace, "old");
    const json attempts = delivery.is_object() ? delivery["attempts"] : json::array();
    return attempts.empty() ? "" : attempts.back().value("release", "");
  }
  void good(std::vector<std::string> arguments) {
    const auto done = world_.cli(std::move(arguments));
    EXPECT_EQ(done.status, 0) << done.output;
  }

  World world_;
};

TEST_P(Independence, ReleasesOfOtherCommitsAndMinorsAreSwappedBothWays) {
  add(kEarlier, "1.0.0", "1.0");
  add(kTomorrowForToday, "0.9.0", "1.0");
  add(kTomorrow, "0.8.0", "1.1");
  ASSERT_TRUE(world_.start_host_with(workspace()));
  EXPECT_EQ(delivered_by("a"), "frozen@1.0.0");
  good({"rollout", "start", "frozen@0.9.0"});
  good({"rollout", "promote", "frozen@0.9.0"});
  EXPECT_EQ(delivered_by("b"), "frozen@0.9.0");
  good({"rollout", "rollback", "frozen", "--reason", "the other way"});
  EXPECT_EQ(delivered_by("c"), "frozen@1.0.0");
  const auto newest = world_.cli({"rollout", "start", "frozen@0.8.0"});
  if (std::string(GetParam()) == "tenon-worker") {
    EXPECT_NE(newest.status, 0) << newest.output;
    EXPECT_NE(newest.output.find("abi_minor"), std::string::npos) << newest.output;
    EXPECT_EQ(delivered_by("d"), "frozen@1.0.0") << "it goes on";
    return;
  }
  EXPECT_EQ(newest.status, 0) << newest.output;
  good({"rollout", "promote", "frozen@0.8.0"});
  EXPECT_EQ(delivered_by("d"), "frozen@0.8.0");
}
INSTANTIATE_TEST_SUITE_P(Workers, Independence,
                         ::testing::Values("tenon-worker", "tenon-worker-next"));

}  // namespace
}  // namespace tenon::testing
