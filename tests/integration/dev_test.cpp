// tenon dev as a person uses it: one command in an empty folder, events, faults, Ctrl-C; and that
// what is synthetic reaches no vendor.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kStarts{90};  // a host under sanitizers, and models

class TenonDev : public ::testing::Test {
 protected:
  void start(std::vector<std::string> more = {}) {
    std::vector<std::string> command = {program("tenon"), "dev", "--folder", folder_ / "dev"};
    command.insert(command.end(), more.begin(), more.end());
    dev_ = std::make_unique<Running>(std::move(command), Environment(), folder_ / "log");
  }
  bool ready() {
    return eventually([&] { return dev_->output().find("accepted") != std::string::npos; },
                      kStarts);
  }
  Finished tenon(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("tenon"));
    return run(std::move(arguments));
  }
  json state(const std::string& model) {
    const auto answer = tenon({"vendor", "state", model, "--folder", folder_ / "dev"});
    return json::parse(answer.output, nullptr, false);
  }
  // Programs whose command line names this test's folder.
  std::vector<std::string> left() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::string line = read_file(entry.path().string() + "/cmdline");
      if (line.find(folder_.path()) != std::string::npos) out.push_back(std::move(line));
    }
    return out;
  }

  Folder folder_;
  std::unique_ptr<Running> dev_;
};

TEST_F(TenonDev, StartsInAnEmptyFolderDeliversUnderFaultsAndLeavesNothingBehind) {
  start();
  ASSERT_TRUE(ready()) << dev_->output();
  const std::string dev = folder_ / "dev";
  const auto list = tenon({"vendor", "list", "--folder", dev});
  EXPECT_EQ(list.status, 0) << list.output;
  EXPECT_NE(list.output.find("hubspot"), std::string::npos) << list.output;
  EXPECT_NE(list.output.find("webhook"), std::string::npos) << list.output;

  const auto faults =
      tenon({"vendor", "faults", "webhook", "--folder", dev, "--throttle", "100% 1s"});
  EXPECT_EQ(faults.status, 0) << faults.output;
  const auto sent = tenon({"dev", "send", "--folder", dev, "--events", "30"});
  EXPECT_EQ(sent.output, "30 sample events sent\n");
  ASSERT_TRUE(eventually([&] { return state("webhook")["by_status"].contains("429"); }));
  EXPECT_EQ(state("webhook")["model"]["distinct"], 0);
  EXPECT_TRUE(eventually([&] {
    return dev_->output().find("faults throttle 100%") != std::string::npos;
  })) << dev_->output();

  EXPECT_EQ(tenon({"vendor", "faults", "webhook", "--folder", dev, "--none"}).status, 0);
  EXPECT_TRUE(eventually([&] { return state("webhook")["model"]["distinct"] == 30; }))
      << state("webhook")["model"] << dev_->output();
  EXPECT_TRUE(eventually([&] { return state("hubspot")["model"]["contacts"].size() == 10; }));
  EXPECT_TRUE(eventually([&] {
    return dev_->output().find("webhook: 30 accepted") != std::string::npos;
  })) << dev_->output();

  EXPECT_FALSE(left().empty());
  dev_->signal(SIGINT);
  EXPECT_EQ(dev_->wait(), 0) << dev_->output();
  EXPECT_TRUE(eventually([&] { return left().empty(); })) << left().front();
}

TEST_F(TenonDev, OnceEndsByItselfAndKillingItTakesItsProgramsAlong) {
  start({"--events", "12", "--rate", "1000/s", "--once"});
  EXPECT_EQ(dev_->wait(kStarts), 0) << dev_->output();
  EXPECT_NE(dev_->output().find("12 of 12 sample events sent"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return left().empty(); }));

  start();
  ASSERT_TRUE(ready()) << dev_->output();
  dev_->signal(SIGKILL);
  EXPECT_EQ(dev_->wait(), 128 + SIGKILL);
  EXPECT_TRUE(eventually([&] { return left().empty(); })) << left().front();
}

TEST(TenonVendor, TellsWhatIsWrong) {
  const Folder folder;
  const auto none = run({program("tenon"), "vendor", "list", "--folder", folder.path()});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.output.find("no tenon dev runs in this folder"), std::string::npos) << none.output;
  const auto gone = run({program("tenon"), "vendor", "state", "x", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(gone.status, 3) << gone.output;
}

// The rule of may_take at each of its places, in a host that does have a vendor.
TEST(Synthetic, ReachesNoVendorEvenIfTheConfigurationChangesUnderIt) {
  World world;
  world.start_vendor();
  const std::string live =
      replaced(world.workspace(), "name = \"web\"\n", "name = \"web\"\nsynthetic = true\n");
  const std::string model = replaced(live, "name = \"inbox\"\n",
                                     "name = \"inbox\"\nmodel = \"" + world.vendor() + "\"\n");
  ASSERT_TRUE(world.start_host_with(live));
  ASSERT_EQ(world.post("/v1/track", track("never-1")).status, 200);
  const auto never = world.trace_until("never-1", "inbox", "filtered");
  EXPECT_EQ(delivery_of(never, "inbox")["reason"], "synthetic");
  EXPECT_EQ(never["received"]["synthetic"], true);

  const auto apply = [&](const std::string& text) {
    write_file(world.folder() / "next.toml", text);
    const auto done = world.cli({"config", "apply", world.folder() / "next.toml"});
    EXPECT_EQ(done.status, 0) << done.output;
  };
  apply(model);
  ASSERT_EQ(world.post("/v1/track", track("model-1")).status, 200);
  world.trace_until("model-1", "inbox", "delivered");

  // Decided for the model, and the vendor stands there when it would go.
  EXPECT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "test"}).status, 0);
  ASSERT_EQ(world.post("/v1/track", track("late-1")).status, 200);
  world.trace_until("late-1", "inbox", "pending");
  apply(live);
  EXPECT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  world.trace_until("late-1", "inbox", "dead");
  EXPECT_EQ(message_ids(world.journal()), (std::vector<std::string>{"model-1"}));
}

TEST(ModelsOnly, AHostTakesNoWorkspaceWithAVendor) {
  World world;
  world.start_vendor();
  world.host_arguments = {"--models-only"};
  world.spawn_host(world.workspace());
  EXPECT_NE(world.host().wait(), 0);
  EXPECT_NE(world.host().output().find("reaches no vendor"), std::string::npos)
      << world.host().output();
}

}  // namespace
}  // namespace tenon::testing
