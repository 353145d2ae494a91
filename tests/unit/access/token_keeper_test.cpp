// The tokens in the log: there after a start, over chunks, and never a value among them.
#include "access/token_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "access/token_text.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "support/sim_task.hpp"

namespace tenon::testing {
namespace {

class Keeper : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context_, clock_, std::move(task));
  }
  void start(std::uint64_t workspace = 2) {
    keeper_ = std::make_unique<TokenKeeper>(TokenDoors{log_, clock_, random_, telemetry_},
                                            [this](PartitionId) { return chunks_; });
    ASSERT_TRUE(run(keeper_->restore(NameHash{1}, NameHash{workspace})));
  }
  Result<TokenChange> act(TokenDeed deed, const std::string& id = {}) {
    TokenAct act;
    act.deed = deed;
    act.id = id;
    act.name = "deploy";
    act.scopes = {"write:config"};
    act.actor = "uid:7";
    return run(keeper_->change(std::move(act)));
  }
  TokenFate fate(const std::string& value) { return keeper_->judge(value, true).fate; }
  std::vector<std::string> deeds() {
    std::vector<std::string> out;
    const auto slice = run(log_.read(kFirst, log_.begin(kFirst), ReadLimits{}));
    for (const auto& record : slice->records) {
      EXPECT_EQ(record.header.stream, Stream::audit);
      out.push_back(decode_api_tokens(record.body)->deed);
    }
    return out;
  }

  const PartitionId kFirst{0};
  boost::asio::io_context context_;
  SimClock clock_;
  SeededRandom random_{7};
  MemoryEventLog log_{context_.get_executor(), LogId{7}, clock_};
  RecordingTelemetry telemetry_;
  std::vector<Offset> chunks_{log_.begin(kFirst)};
  std::unique_ptr<TokenKeeper> keeper_;
};

TEST_F(Keeper, AStartFindsThemAsTheyWere) {
  const auto kept = act(TokenDeed::create), gone = act(TokenDeed::create);
  ASSERT_TRUE(kept && gone);
  ASSERT_TRUE(act(TokenDeed::revoke, gone->token.id));
  const auto rotated = act(TokenDeed::rotate, kept->token.id);
  ASSERT_TRUE(rotated);
  start();
  EXPECT_EQ(fate(rotated->value), TokenFate::let_in);
  EXPECT_EQ(fate(kept->value), TokenFate::refused);
  EXPECT_EQ(fate(gone->value), TokenFate::refused);
  EXPECT_EQ(keeper_->book().tokens().size(), 2u);
  EXPECT_EQ(deeds(), (std::vector<std::string>{"create", "create", "revoke", "rotate"}));
}

TEST_F(Keeper, ARefusedChangeIsNotWritten) {
  EXPECT_FALSE(act(TokenDeed::rotate, "nobody"));
  EXPECT_TRUE(deeds().empty());
}

TEST_F(Keeper, TokensOfAnotherWorkspaceDoNotCount) {
  const auto made = act(TokenDeed::create);
  start(3);
  EXPECT_EQ(fate(made->value), TokenFate::refused);
  EXPECT_TRUE(keeper_->book().tokens().empty());
  start();
  EXPECT_EQ(fate(made->value), TokenFate::let_in);
}

TEST_F(Keeper, EachChunkHoldsThemAndTheirLastUse) {
  const auto made = act(TokenDeed::create);
  Scope scope(context_.get_executor());
  scope.spawn(keeper_->run(), "tokens");
  const auto pass = [&](seconds time) {
    sim_run(context_, clock_, clock_.instant() + time, [] { return false; });
  };
  pass(seconds{6});
  EXPECT_EQ(deeds().size(), 2u);  // the first chunk
  EXPECT_EQ(fate(made->value), TokenFate::let_in);
  const Time used = clock_.now();
  pass(seconds{60});
  EXPECT_EQ(deeds().size(), 2u);
  chunks_.push_back(log_.end(kFirst));
  pass(seconds{6});
  ASSERT_EQ(deeds().size(), 3u);
  pass(seconds{3'700});
  EXPECT_EQ(deeds().size(), 3u);  // nothing was used since
  fate(made->value);
  pass(seconds{3'700});
  EXPECT_EQ(deeds().size(), 4u);
  scope.cancel();
  pass(seconds{1});  // it ends before its keeper goes
  start();
  EXPECT_GT(keeper_->book().tokens()[0].used, used);
  EXPECT_EQ(fate(made->value), TokenFate::let_in);
}

TEST_F(Keeper, CountsWhatItSaid) {
  fate("nonsense");
  keeper_->judge("nonsense", false);
  EXPECT_EQ(telemetry_.total("api_token_requests"), 1);
}

}  // namespace
}  // namespace tenon::testing
