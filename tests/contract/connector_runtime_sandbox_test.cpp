// What the sandbox adds: deaths, deadlines, hostile workers, and what a connector cannot do.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "backends/sandbox/connector_files.hpp"
#include "contract/connector_runtime_sandbox.hpp"

namespace tenon {
namespace {

TEST_F(SandboxTest, ACrashIsUnavailableWithItsCauseAndTheNextOpenWorks) {
  for (int round = 0; round < 2; ++round) {
    auto id = open("crash");
    ASSERT_TRUE(id) << id.error().text();
    auto result = step(*id, test_call("die"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::unavailable) << result.error().text();
    EXPECT_NE(result.error().text().find("SIGSEGV"), std::string::npos) << result.error().text();
    EXPECT_EQ(step(*id, test_call("live")).error().kind, ErrorKind::not_found);
  }
  auto id = open("crash");
  ASSERT_TRUE(id);
  EXPECT_TRUE(step(*id, test_call("live")));
  EXPECT_EQ(telemetry_.counted("worker_deaths release=crash@1.0.0 cause=signal"), 2u);
  auto result = step(*id, test_call("exit"));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("exited with status 7"), std::string::npos);
}

TEST_F(SandboxTest, AWorkerKilledFromOutsideIsReplaced) {
  auto id = open("echo");
  ASSERT_TRUE(id);
  const auto workers = sandbox_->workers();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0].state, sandbox::WorkerState::ready);
  EXPECT_EQ(workers[0].level, sandbox_->capabilities().level());
  ASSERT_EQ(::kill(workers[0].pid, SIGKILL), 0);
  auto result = step(*id, test_call("direct"));
  ASSERT_FALSE(result);
  if (result.error().kind != ErrorKind::not_found) {
    EXPECT_NE(result.error().text().find("SIGKILL"), std::string::npos) << result.error().text();
  }
  id = open("echo");
  ASSERT_TRUE(id);
  EXPECT_TRUE(step(*id, test_call("direct")));
}

TEST_F(SandboxTest, AHangIsKilledAtItsDeadline) {
  for (const char* action : {"busy", "sleep"}) {
    auto id = open("hang");
    ASSERT_TRUE(id);
    const Instant began = clock_.instant();
    auto result = step(*id, test_call(action), milliseconds(200));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::timeout) << result.error().text();
    EXPECT_GE(clock_.instant() - began, milliseconds(200));
  }
  EXPECT_EQ(telemetry_.counted("worker_deaths release=hang@1.0.0 cause=timeout"), 2u);
}

TEST_F(SandboxTest, AStepHasItsOwnWallAndCpuBudget) {
  sandbox::Options options;
  options.step_wall = milliseconds(150);
  make(options);
  auto id = open("hang");
  ASSERT_TRUE(id);
  EXPECT_EQ(step(*id, test_call("sleep"), milliseconds(60'000)).error().kind, ErrorKind::timeout);
  options.step_wall = milliseconds(60'000);
  options.step_cpu = milliseconds(100);
  make(options);
  id = open("hang");
  ASSERT_TRUE(id);
  auto result = step(*id, test_call("busy"), milliseconds(60'000));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("CPU"), std::string::npos) << result.error().text();
}

// The bytes may be a customer's: the log says what they are, only the folder has them.
TEST_F(SandboxTest, IllegalFramesAreCorruptAndKeptOutOfTheLog) {
  sandbox::Options options;
  options.evidence_folder = ::testing::TempDir() + "tenon_evidence";
  std::filesystem::remove_all(options.evidence_folder);
  make(options);
  for (const char* action : {"frame", "empty"}) {
    auto id = open("garbage");
    ASSERT_TRUE(id) << id.error().text();
    auto result = step(*id, test_call(action));
    ASSERT_FALSE(result) << action;
    if (std::string(action) == "empty") continue;  // looks like a hang-up; any refusal will do
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt) << result.error().text();
    EXPECT_NE(result.error().text().find("illegal frame"), std::string::npos);
  }
  const auto is_evidence = [](const std::string& line) {
    return line.rfind("worker.evidence", 0) == 0 && line.find("packet=size=") != std::string::npos;
  };
  EXPECT_TRUE(std::any_of(telemetry_.lines.begin(), telemetry_.lines.end(), is_evidence));
  for (const auto& line : telemetry_.lines) {
    EXPECT_EQ(line.find("these are not frames"), std::string::npos) << line;
  }
  std::string kept;
  for (const auto& file : std::filesystem::directory_iterator(options.evidence_folder)) {
    EXPECT_EQ(file.status().permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::ifstream in(file.path(), std::ios::binary);
    kept.append(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_NE(kept.find("these are not frames"), std::string::npos);
  std::filesystem::remove_all(options.evidence_folder);
  auto id = open("garbage");
  ASSERT_TRUE(id);
  EXPECT_EQ(step(*id, test_call("hang_up")).error().kind, ErrorKind::unavailable);
}

TEST_F(SandboxTest, ACrashInALoadedFileIsTheFailureOfItsOpen) {
  auto id = open("constructor_crash");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().kind, ErrorKind::unavailable) << id.error().text();
  EXPECT_NE(id.error().text().find("before it was ready"), std::string::npos);
}

TEST_F(SandboxTest, AFloodOfOutputIsBoundedAndEscaped) {
  auto id = open("flood");
  ASSERT_TRUE(id);
  ASSERT_TRUE(step(*id, test_call("")));
  stop();
  std::size_t lines = 0;
  bool dropped = false;
  for (const auto& line : telemetry_.lines) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find('\r'), std::string::npos);
    lines += line.rfind("worker.output ", 0) == 0 ? 1 : 0;
    dropped = dropped || line.rfind("worker.output_dropped", 0) == 0;
  }
  EXPECT_EQ(lines, 200u);
  EXPECT_TRUE(dropped);
}

TEST_F(SandboxTest, AnIdleWorkerStopsAndComesBack) {
  sandbox::Options options;
  options.idle = milliseconds(40);
  make(options);
  auto id = open("echo");
  ASSERT_TRUE(id);
  for (int i = 0; i < 100 && !sandbox_->workers().empty(); ++i) turn_for(milliseconds(20));
  EXPECT_TRUE(sandbox_->workers().empty());
  EXPECT_EQ(step(*id, test_call("direct")).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(open("echo"));
}

TEST_F(SandboxTest, AtMostSoManyStepsWaitForOneWorker) {
  auto id = open("hang");
  ASSERT_TRUE(id);
  std::map<ErrorKind, std::size_t> ended;
  std::size_t all = 0;
  const auto start = [&](milliseconds within, std::uint32_t number = 0) {
    ++all;
    Call call = test_call("sleep");
    call.step = number;
    auto task = sandbox_->step(*id, std::move(call), clock_.instant() + within);
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr, Result<StepResult> result) {
      ASSERT_FALSE(result);
      ++ended[result.error().kind];
      --all;
    });
  };
  start(milliseconds(500));
  start(milliseconds(50));  // its deadline passes while it waits
  for (std::size_t i = 1; i < sandbox::kMaxWaitingSteps + 2; ++i) start(seconds(20));
  start(seconds(20), 1);  // its call has begun
  io_.restart();
  while (all > 0) io_.run_one();
  EXPECT_EQ(ended[ErrorKind::timeout], 1u);                           // the one that ran
  EXPECT_EQ(ended[ErrorKind::limited], 3u);                           // two too many, one late
  EXPECT_EQ(ended[ErrorKind::not_found], sandbox::kMaxWaitingSteps);  // its worker is gone
}

TEST_F(SandboxTest, StepsOfOneWorkerRunInTheOrderInWhichTheyCame) {
  auto id = open("echo");
  ASSERT_TRUE(id);
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    auto task = sandbox_->step(*id, test_call("direct"), clock_.instant() + seconds(20));
    boost::asio::co_spawn(io_, std::move(task), [&, i](std::exception_ptr, Result<StepResult> r) {
      EXPECT_TRUE(r);
      order.push_back(i);
    });
  }
  io_.restart();
  while (order.size() < 20) io_.run_one();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(SandboxTest, ManyOpensStartOneWorker) {
  std::size_t ended = 0;
  for (int i = 0; i < 10; ++i) {
    auto task = sandbox_->open(test_release("echo"), "{}");
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr, Result<InstanceId> id) {
      EXPECT_TRUE(id);
      ++ended;
    });
  }
  io_.restart();
  while (ended < 10) io_.run_one();
  EXPECT_EQ(telemetry_.counted("worker_starts release=echo@1.0.0"), 1u);
}

TEST_F(SandboxTest, NothingIsLeakedByDeathsAndStarts) {
  (void)one_step("echo", "direct");  // whatever is opened once
  (void)one_step("crash", "die");
  turn_for(milliseconds(20));
  const std::size_t before = open_fds();
  for (int i = 0; i < 10; ++i) {
    (void)one_step("crash", "die");
    (void)open("missing");
    (void)open("corrupt");
  }
  turn_for(milliseconds(50));
  EXPECT_EQ(open_fds(), before);
}

// Each of these works without the sandbox, which is checked, and not with it.
TEST_F(SandboxTest, WhatAConnectorMustNotDoItCannot) {
  const std::vector<std::string> deeds = {"open",   "write",  "socket", "fork",   "exec",  "kill",
                                          "ptrace", "shared", "wx",     "memory", "thread"};
  for (const auto& deed : deeds) {
    auto result = one_step("escape", deed);
    if (result) {
      EXPECT_EQ(result->outcomes.at(0).detail, "refused") << deed;
    } else {
      EXPECT_EQ(result.error().kind, ErrorKind::corrupt) << deed << ": " << result.error().text();
      EXPECT_NE(result.error().text().find("forbidden system call"), std::string::npos) << deed;
    }
  }
  EXPECT_EQ(one_step("escape", "environment")->outcomes.at(0).detail, "refused");
  EXPECT_EQ(one_step("constructor_reads", "")->outcomes.at(0).detail, "refused");

  make({}, "strict", sandbox::Isolation::none_i_accept);
  for (const auto& deed : deeds) {
    auto result = one_step("escape", deed);
    if (deed == "exec") {  // the worker becomes /bin/true and ends well
      ASSERT_FALSE(result);
      EXPECT_NE(result.error().text().find("exited with status 0"), std::string::npos);
      continue;
    }
    ASSERT_TRUE(result) << deed << ": " << result.error().text();
    EXPECT_EQ(result->outcomes.at(0).detail, "done") << deed;
  }
  EXPECT_EQ(one_step("constructor_reads", "")->outcomes.at(0).detail, "done");
  ::unlink("/tmp/tenon-escape-test");
}

TEST_F(SandboxTest, TheDefaultProfileAllowsThreadsAndNothingElse) {
  make({}, "default");
  auto result = one_step("escape", "thread");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->outcomes.at(0).detail, "done");
  auto fork = one_step("escape", "fork");
  EXPECT_TRUE(!fork || fork->outcomes.at(0).detail == "refused");
}

// Each machine is this one with an ability masked: it runs as documented, or it says what is
// missing.
TEST_F(SandboxTest, ALesserMachineIsReportedOrRefused) {
  const bool namespaces = sandbox_->capabilities().namespaces;
  sandbox::Options old_landlock, no_landlock, no_gate, no_namespaces, no_files, no_seccomp;
  old_landlock.mask.landlock_at_most = 1;
  no_landlock.mask.landlock_at_most = 0;
  no_gate.mask.gate = false;
  no_namespaces.mask.namespaces = false;
  no_files.mask.namespaces = false;
  no_files.mask.landlock_at_most = 0;
  no_seccomp.mask.seccomp = false;
  for (const auto& options : {old_landlock, no_landlock, no_gate, no_namespaces}) {
    make(options);
    EXPECT_FALSE(sandbox_->capabilities().reduced().empty());
    if (options.mask.landlock_at_most == 0 && !namespaces) continue;
    auto result = one_step("constructor_reads", "");
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->outcomes.at(0).detail, "refused");
  }
  for (const auto& [options, word] :
       {std::pair(no_files, "Landlock"), std::pair(no_seccomp, "seccomp")}) {
    make(options);
    EXPECT_EQ(sandbox_->capabilities().level(), "none");
    auto id = open("echo");
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().kind, ErrorKind::unsupported) << id.error().text();
    EXPECT_NE(id.error().text().find(word), std::string::npos) << id.error().text();
  }
}

// Whatever they think of empty settings: they are loaded, and answer, under the full lock-down.
TEST_F(SandboxTest, TheConnectorsOfThisTreeRun) {
  auto files = sandbox::list_connectors(std::string(TENON_BINARY_DIR) + "/connectors");
  if (!files || files->empty()) GTEST_SKIP() << "no connectors are built here";
  for (const auto& file : *files) {
    const ReleaseId release(file);
    sandbox_->install(release, {file, "strict"});
    auto id = run(sandbox_->open(release, "{}"));
    if (!id) {
      EXPECT_EQ(id.error().kind, ErrorKind::invalid) << id.error().text();
      continue;
    }
    auto result = step(*id, test_call("no_such_action"));
    ASSERT_TRUE(result) << file << ": " << result.error().text();
    EXPECT_EQ(result->status, -4) << file << ": " << result->explain;
  }
}

TEST_F(SandboxTest, TheSelfTestLocksAWorkerAndAFailureIsRemembered) {
  auto took = run(sandbox_->self_test());
  ASSERT_TRUE(took) << took.error().text();
  EXPECT_TRUE(sandbox_->capabilities().missing().empty());
  sandbox::Options options;
  options.worker_path = "/bin/false";
  SandboxRuntime other(io_.get_executor(), clock_, random_, telemetry_, options);
  EXPECT_FALSE(run(other.self_test()));
  EXPECT_EQ(other.capabilities().level(), "none");
  other.install(test_release("echo"), {test_connector("echo"), "strict"});
  auto id = run(other.open(test_release("echo"), "{}"));
  ASSERT_FALSE(id);
  EXPECT_NE(id.error().text().find("self-test"), std::string::npos) << id.error().text();
  run(other.stop());
}

TEST_F(SandboxTest, ASelfTestThatFailedForAPassingReasonIsTriedAgain) {
  const std::string program = ::testing::TempDir() + "tenon_passing_trouble";
  std::filesystem::remove(program);
  std::filesystem::create_symlink("/bin/false", program);
  sandbox::Options options;
  options.worker_path = program;
  SandboxRuntime other(io_.get_executor(), clock_, random_, telemetry_, options);
  other.install(test_release("echo"), {test_connector("echo"), "strict"});
  EXPECT_FALSE(run(other.self_test()));
  EXPECT_EQ(run(other.open(test_release("echo"), "{}")).error().kind, ErrorKind::unavailable);
  std::filesystem::remove(program);
  std::filesystem::create_symlink(std::string(TENON_BINARY_DIR) + "/bin/tenon-worker", program);
  auto id = run(other.open(test_release("echo"), "{}"));
  EXPECT_TRUE(id) << id.error().text();
  EXPECT_TRUE(other.capabilities().missing().empty());
  run(other.stop());
  std::filesystem::remove(program);
}

TEST_F(SandboxTest, AFileThatChangedSinceItWasInstalledIsNotLoaded) {
  const std::string file = ::testing::TempDir() + "tenon_changed.so";
  std::filesystem::remove(file);
  std::filesystem::copy_file(test_connector("echo"), file);
  sandbox_->install(ReleaseId("changed"), {file, "strict"});
  sandbox::Installed other_bytes{file, "strict"};
  other_bytes.digest = std::string(64, '0');
  sandbox_->install(ReleaseId("other bytes"), std::move(other_bytes));
  std::ofstream(file, std::ios::app) << "more";
  for (const char* release : {"changed", "other bytes"}) {
    auto id = run(sandbox_->open(ReleaseId(release), "{}"));
    ASSERT_FALSE(id) << release;
    EXPECT_EQ(id.error().kind, ErrorKind::unsupported);
    EXPECT_NE(id.error().text().find("changed"), std::string::npos) << id.error().text();
  }
  std::filesystem::remove(file);
}

TEST_F(SandboxTest, AMissingWorkerProgramIsSaid) {
  sandbox::Options options;
  SandboxRuntime other(io_.get_executor(), clock_, random_, telemetry_, options);
  other.install(test_release("echo"), {test_connector("echo"), "strict"});
  auto id = run(other.open(test_release("echo"), "{}"));
  ASSERT_FALSE(id);
  EXPECT_NE(id.error().text().find("worker program"), std::string::npos);
  run(other.stop());
}

}  // namespace
}  // namespace tenon
