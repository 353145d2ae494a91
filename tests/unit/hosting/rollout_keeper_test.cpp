// Rollouts in the log: there after a start, over chunks; a change counts once it is written.
#include "hosting/rollout_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "support/sim_task.hpp"

namespace tenon::testing {
namespace {

class RolloutsInLog : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context_, clock_, std::move(task));
  }
  void start(std::uint64_t workspace = 2) {
    keeper_ = std::make_unique<RolloutKeeper>(RolloutDoors{log_, clock_, telemetry_},
                                              [this](PartitionId) { return chunks_; });
    keeper_->on_change([this] { ++changes_; });
    ASSERT_TRUE(run(keeper_->restore(NameHash{1}, NameHash{workspace})));
  }
  Result<Rollout> act(RolloutDeed deed, const std::string& version = {}) {
    RolloutAct act;
    act.deed = deed;
    act.connector = "crm";
    act.version = version;
    act.actor = "uid:7";
    RolloutFacts facts;
    facts.installed = {"1.0.0", "1.1.0"};
    return run(keeper_->change(std::move(act), std::move(facts)));
  }
  std::vector<std::string> deeds() {
    std::vector<std::string> out;
    const auto slice = run(log_.read(PartitionId{0}, log_.begin(PartitionId{0}), ReadLimits{}));
    for (const auto& record : slice->records) {
      EXPECT_EQ(record.header.stream, Stream::audit);
      out.push_back(decode_rollouts(record.body)->deed);
    }
    return out;
  }

  boost::asio::io_context context_;
  SimClock clock_;
  MemoryEventLog log_{context_.get_executor(), LogId{7}, clock_};
  RecordingTelemetry telemetry_;
  std::vector<Offset> chunks_{log_.begin(PartitionId{0})};
  std::unique_ptr<RolloutKeeper> keeper_;
  int changes_ = 0;
};

TEST_F(RolloutsInLog, AStartFindsThemAsTheyWere) {
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}, {"ads", "2.0.0"}})));
  ASSERT_TRUE(act(RolloutDeed::start, "1.1.0"));
  const auto before = keeper_->rollouts();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[1].candidate, "1.1.0");
  EXPECT_EQ(changes_, 2);
  start();
  EXPECT_EQ(keeper_->rollouts(), before);
  EXPECT_EQ(deeds(), (std::vector<std::string>{"adopt", "start"}));
}

// A release that was not started leaves why, and nothing else.
TEST_F(RolloutsInLog, WhatWasFoundOfARefusedReleaseIsKept) {
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}, {"ads", "2.0.0"}})));
  auto wanted = keeper_->rollouts();
  ConformanceVerdict verdict;
  verdict.state = ConformanceState::failed;
  verdict.version = "1.1.0";
  verdict.failed = 1;
  verdict.failures = {"golden.readable"};
  ASSERT_TRUE(run(keeper_->note("crm", verdict, "uid:7")));
  wanted[1].conformance = verdict;
  EXPECT_EQ(keeper_->rollouts(), wanted);
  start();
  EXPECT_EQ(keeper_->rollouts(), wanted);
  EXPECT_EQ(deeds(), (std::vector<std::string>{"adopt", "conformance"}));
}

TEST_F(RolloutsInLog, WhatHasARolloutIsNotAdoptedAgain) {
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}})));
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.1.0"}})));
  EXPECT_EQ(keeper_->rollouts()[0].stable, "1.0.0");
  EXPECT_EQ(deeds().size(), 1u);
}

TEST_F(RolloutsInLog, ARefusedActIsNotWritten) {
  EXPECT_EQ(act(RolloutDeed::promote).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}})));
  EXPECT_EQ(act(RolloutDeed::promote).error().kind, ErrorKind::conflict);
  EXPECT_EQ(deeds(), std::vector<std::string>{"adopt"});
  EXPECT_EQ(changes_, 1);
}

TEST_F(RolloutsInLog, ThoseOfAnotherWorkspaceDoNotCount) {
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}})));
  start(3);
  EXPECT_TRUE(keeper_->rollouts().empty());
}

TEST_F(RolloutsInLog, EachNewChunkGetsThem) {
  ASSERT_TRUE(run(keeper_->adopt({{"crm", "1.0.0"}})));
  Scope scope(context_.get_executor());
  scope.spawn(keeper_->run(), "rollouts");
  const auto pass = [&](seconds time) {
    sim_run(context_, clock_, clock_.instant() + time, [] { return false; });
  };
  pass(seconds{1});
  chunks_.push_back(log_.end(PartitionId{0}));
  pass(seconds{20});
  EXPECT_EQ(deeds(), (std::vector<std::string>{"adopt", "restate", "restate"}));
  EXPECT_EQ(changes_, 1) << "nothing has changed";
  scope.cancel();
  pass(seconds{1});
}

}  // namespace
}  // namespace tenon::testing
