// The parts of the sandbox that decide without a process: ids, causes of death, capabilities,
// files.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "backends/sandbox/capabilities.hpp"
#include "backends/sandbox/connector_files.hpp"
#include "backends/sandbox/uid_range.hpp"
#include "backends/sandbox/worker_process.hpp"

namespace tenon::sandbox {
namespace {

TEST(UidRange, OnlyAnOverlapIsAConflict) {
  EXPECT_TRUE(check_subordinate("", "subuid"));
  EXPECT_TRUE(check_subordinate("user:100000:65536\nother:1934464:65536\n", "subuid"));
  EXPECT_TRUE(check_subordinate("next:2065536:65536\n", "subuid"));
  EXPECT_TRUE(check_subordinate("odd line\nx:y:z\nempty:2000000:0\n", "subuid"));
  auto last = check_subordinate("a:1:2\nuser:1934465:65536\n", "/etc/subuid");
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().context, "/etc/subuid:2");
  EXPECT_FALSE(check_subordinate("user:2065535:1\n", "subuid"));
  EXPECT_FALSE(check_subordinate("user:1000000:9000000000\n", "subuid"));
  EXPECT_TRUE(check_accounts("root:x:0:0:root:/root:/bin/sh\n", "passwd"));
  EXPECT_FALSE(check_accounts("a:x:2000001:5::/:\n", "passwd"));
}

TEST(Death, IsToldByItsCause) {
  EXPECT_EQ(describe_death(CLD_EXITED, 7, KilledFor::nothing).text, "exited with status 7");
  EXPECT_EQ(describe_death(CLD_KILLED, SIGSEGV, KilledFor::nothing).text, "was killed by SIGSEGV");
  EXPECT_EQ(describe_death(CLD_KILLED, SIGSYS, KilledFor::nothing).cause, "forbidden_call");
  EXPECT_EQ(describe_death(CLD_KILLED, SIGKILL, KilledFor::deadline).cause, "timeout");
  EXPECT_EQ(describe_death(CLD_KILLED, SIGKILL, KilledFor::illegal_frame).cause, "illegal_frame");
}

TEST(Capabilities, WhatIsRequiredIsNamedWithItsCure) {
  Capabilities all;
  all.seccomp = true;
  all.landlock_abi = 1;
  EXPECT_EQ(all.level(), "B");
  all.namespaces = true;
  EXPECT_EQ(all.level(), "A");
  EXPECT_TRUE(all.check());
  Capabilities none = all;
  none.landlock_abi = 0;
  EXPECT_TRUE(none.check());  // the private root stands in
  EXPECT_EQ(none.reduced().size(), 2u);
  none.namespaces = false;
  none.root = true;
  none.uid_drop_reason = "changing the uid: Operation not permitted";
  EXPECT_EQ(none.level(), "none");
  EXPECT_EQ(none.missing().size(), 2u);
  const auto checked = none.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::unsupported);
  EXPECT_NE(checked.error().message.find("lsm="), std::string::npos);
  EXPECT_NE(checked.error().message.find("ordinary user"), std::string::npos);
}

TEST(Capabilities, AMaskTakesAwayAndGivesNothing) {
  Capabilities all;
  all.seccomp = all.gate = all.namespaces = true;
  all.landlock_abi = 3;
  EXPECT_EQ(masked(all, {}).landlock_abi, 3u);
  Mask mask;
  mask.seccomp = false;
  mask.landlock_at_most = 1;
  const Capabilities less = masked(all, mask);
  EXPECT_EQ(less.landlock_abi, 1u);
  EXPECT_FALSE(less.gate);  // it is made of seccomp
  EXPECT_NE(less.missing().at(0).find("seccomp"), std::string::npos);
  Capabilities nothing;
  EXPECT_FALSE(masked(nothing, {}).namespaces);
}

TEST(Pipes, CarryTheLargestFrameWithTheSmallestBuffer) {
  auto pipes = make_pipes(212'992);
  ASSERT_TRUE(pipes) << pipes.error().text();
  const std::string frame(wire::kMaxFrameBytes, 'f');
  EXPECT_EQ(::write(pipes->ipc_ours.get(), frame.data(), frame.size()),
            static_cast<ssize_t>(frame.size()));
}

TEST(ConnectorFiles, AreListedAndDigested) {
  const std::string folder = ::testing::TempDir() + "tenon_connector_files";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder + "/folder.so");
  std::ofstream(folder + "/b.so") << "bytes";
  std::ofstream(folder + "/a.so") << "bytes";
  std::ofstream(folder + "/notes.txt") << "no";
  auto listed = list_connectors(folder);
  ASSERT_TRUE(listed);
  EXPECT_EQ(*listed, (std::vector<std::string>{folder + "/a.so", folder + "/b.so"}));
  EXPECT_EQ(*digest_of_file(folder + "/a.so"), *digest_of_file(folder + "/b.so"));
  EXPECT_EQ(digest_of_file(folder + "/none.so").error().kind, ErrorKind::not_found);
  std::filesystem::resize_file(folder + "/a.so", kMaxConnectorBytes + 1);
  EXPECT_EQ(digest_of_file(folder + "/a.so").error().kind, ErrorKind::invalid);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(list_connectors(folder).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tenon::sandbox
