// The vault's generation in the log: an older file is found out, over chunks and starts.
#include "vault/vault_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "support/sim_task.hpp"
#include "unit/vault_file/world.hpp"

namespace tenon::testing {
namespace {

const std::string kFile = "data/vault/vault";

class VaultKeeperTest : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context_, world_.clock, std::move(task));
  }
  // A host's start: vault and keeper anew.
  void start() {
    vault_ = world_.vault();
    keeper_ = std::make_unique<VaultKeeper>(log_, world_.clock, telemetry_, *vault_,
                                            [this](PartitionId) { return chunks_; });
    keeper_->on_change([this] { ++told_; });
    ASSERT_TRUE(run(keeper_->restore(kMain)));
  }
  Result<VaultChange> put(const std::string& name, const std::string& value,
                          seconds overlap = seconds{0}) {
    VaultAct act;
    act.deed = VaultDeed::put;
    act.name = name;
    act.value.emplace(std::string(value));
    act.overlap = overlap;
    act.actor = "uid:7";
    return run(keeper_->change(std::move(act)));
  }
  std::vector<VaultChanged> noted() {
    std::vector<VaultChanged> out;
    const PartitionId first{0};
    const auto slice = run(log_.read(first, log_.begin(first), ReadLimits{}));
    for (const auto& record : slice->records) {
      EXPECT_EQ(record.header.stream, Stream::audit);
      out.push_back(*decode_vault_changed(record.body));
    }
    return out;
  }

  VaultWorld world_;
  boost::asio::io_context context_;
  MemoryEventLog log_{context_.get_executor(), LogId{7}, world_.clock};
  RecordingTelemetry telemetry_;
  std::vector<Offset> chunks_{log_.begin(PartitionId{0})};
  std::unique_ptr<VaultFile> vault_;
  std::unique_ptr<VaultKeeper> keeper_;
  int told_ = 0;
};

TEST_F(VaultKeeperTest, EachChangeIsNotedAndTold) {
  start();
  ASSERT_TRUE(put("a", "s3cr3t"));
  VaultAct rotate;
  rotate.deed = VaultDeed::rotate;
  rotate.actor = "uid:8";
  ASSERT_TRUE(run(keeper_->change(std::move(rotate))));
  EXPECT_FALSE(put("no name", "s3cr3t"));
  EXPECT_EQ(told_, 2);
  const auto all = noted();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].deed, "put");
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].actor, "uid:7");
  EXPECT_EQ(all[0].generation, 1u);
  EXPECT_EQ(all[1].deed, "rotate");
  EXPECT_EQ(all[1].generation, 2u);
  EXPECT_EQ(all[1].vault, all[0].vault);
  for (const auto& line : telemetry_.lines) {
    for (const auto& [name, value] : line.fields) EXPECT_EQ(value.find("s3cr3t"), value.npos);
  }
}

TEST_F(VaultKeeperTest, AnOlderFileIsRefusedAtTheNextStartUntilItIsAccepted) {
  start();
  ASSERT_TRUE(put("a", "1"));
  const std::string older = world_.read(kFile);
  ASSERT_TRUE(put("a", "2"));
  world_.write(kFile, older);
  start();
  EXPECT_EQ(vault_->get("vault:a").error().kind, ErrorKind::conflict);
  VaultAct accept;
  accept.deed = VaultDeed::accept;
  const auto accepted = run(keeper_->change(std::move(accept)));
  ASSERT_TRUE(accepted) << accepted.error().text();
  EXPECT_EQ(value_of(*vault_, "a"), "1");
  start();
  EXPECT_EQ(value_of(*vault_, "a"), "1");
  EXPECT_EQ(noted().back().generation, 3u);
}

TEST_F(VaultKeeperTest, AVaultThatIsGoneIsRefusedToo) {
  start();
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(world_.disk.remove(kFile));
  start();
  EXPECT_FALSE(put("a", "2"));
  VaultAct accept;
  accept.deed = VaultDeed::accept;
  ASSERT_TRUE(run(keeper_->change(std::move(accept))));
  start();
  EXPECT_TRUE(put("a", "2")) << "the log has noted that there is none";
}

TEST_F(VaultKeeperTest, EachNewChunkGetsANote) {
  start();
  ASSERT_TRUE(put("a", "1"));
  Scope scope(context_.get_executor());
  scope.spawn(keeper_->run(), "run");
  const auto pass = [this] {
    const Instant until = world_.clock.instant() + seconds{6};
    sim_run(context_, world_.clock, until, [] { return false; });
  };
  pass();
  const auto before = noted().size();
  pass();
  EXPECT_EQ(noted().size(), before) << "none in the same chunk";
  chunks_.push_back(log_.end(PartitionId{0}));
  pass();
  ASSERT_EQ(noted().size(), before + 1);
  EXPECT_EQ(noted().back(), noted().front());
}

TEST_F(VaultKeeperTest, ALostNoteIsLookedForInAllOfTheLog) {
  start();
  ASSERT_TRUE(put("a", "1"));
  const std::string older = world_.read(kFile);
  ASSERT_TRUE(put("a", "2"));
  world_.write(kFile, older);
  const Offset end = log_.end(PartitionId{0});
  chunks_ = {chunks_.front(), end, end, end};
  start();
  EXPECT_EQ(vault_->get("vault:a").error().kind, ErrorKind::conflict);
}

TEST_F(VaultKeeperTest, TheEndOfAnOverlapIsTold) {
  start();
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(put("a", "2", seconds{30}));
  const int before = told_;
  Scope scope(context_.get_executor());
  scope.spawn(keeper_->run(), "run");
  sim_run(context_, world_.clock, world_.clock.instant() + seconds{20}, [] { return false; });
  EXPECT_EQ(told_, before);
  sim_run(context_, world_.clock, world_.clock.instant() + seconds{20}, [] { return false; });
  EXPECT_EQ(told_, before + 1);
}

}  // namespace
}  // namespace tenon::testing
