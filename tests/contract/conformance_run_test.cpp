// tenon-check on real connectors, confined; and what a program that means harm can do there.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/conformance/conformance_run.hpp"

namespace tenon {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kTestUid = 2'065'535;

std::string text_of_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class ConformanceRuns : public ::testing::Test {
 protected:
  ConformanceRuns() {
    std::string name = (fs::temp_directory_path() / "tenon-conformance-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());  // mode 0700, as a data folder may be
  }
  ~ConformanceRuns() override { fs::remove_all(folder_); }

  ConformancePlan plan_of(const std::string& connector, const std::string& so) const {
    ConformancePlan plan;
    plan.confine = TENON_BINARY_DIR "/bin/tenon-confine";
    plan.check = TENON_BINARY_DIR "/bin/tenon-check";
    plan.folder = folder_ / "run";
    plan.connector = connector;
    plan.so_path = so;
    if (::geteuid() == 0) plan.uid = kTestUid;
    return plan;
  }
  // The shipped connector "webhook" with its goldens.
  ConformancePlan webhook() const {
    auto plan = plan_of("webhook", TENON_BINARY_DIR "/connectors/webhook.so");
    for (const auto& entry :
         fs::directory_iterator(TENON_SOURCE_DIR "/connectors/webhook/golden")) {
      plan.goldens.push_back({entry.path().filename().string(), text_of_file(entry.path())});
    }
    return plan;
  }
  // A script in the place of connector and tenon-check.
  ConformancePlan script(const std::string& text) const {
    const std::string path = folder_ / "script";
    std::ofstream(path) << text;
    auto plan = plan_of("script", path);
    plan.check = "/bin/bash";
    plan.within = milliseconds{30'000};
    return plan;
  }
  static Result<ConformanceReport> run(ConformancePlan plan) {
    const std::string folder = plan.folder;
    ConformanceRun running(std::move(plan));
    while (!running.done()) ::usleep(2'000);
    EXPECT_FALSE(fs::exists(folder)) << "what it laid out is gone";
    return running.take();
  }
  static ErrorKind kind_of(const Result<ConformanceReport>& result) {
    return result ? ErrorKind::cancelled : result.error().kind;
  }

  fs::path folder_;
};

TEST_F(ConformanceRuns, AGoodReleasePassesWithItsGoldens) {
  const auto with = run(webhook());
  ASSERT_TRUE(with) << with.error().text();
  EXPECT_EQ(with->failed, 0u) << with->failures.front().name << ": " << with->failures.front().why;
  EXPECT_GT(with->passed, 20u);
}

// It cannot know settings that the connector takes, so some of what it does then fails.
TEST_F(ConformanceRuns, WithoutGoldensLittleIsKnown) {
  auto plan = webhook();
  plan.goldens.clear();
  const auto report = run(std::move(plan));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_GT(report->skipped, 5u);
}

TEST_F(ConformanceRuns, WhatFailsIsTold) {
  auto plan = webhook();
  for (auto& golden : plan.goldens) {
    const auto at = golden.bytes.find("\"POST\"");
    if (at != std::string::npos) golden.bytes.replace(at, 6, "\"PUT\"");
  }
  const auto report = run(std::move(plan));
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_GT(report->failed, 0u);
  EXPECT_FALSE(report->failures.front().name.empty());
  EXPECT_FALSE(report->failures.front().why.empty());
}

TEST_F(ConformanceRuns, OneThatCrashesOrIsNoConnectorIsAReport) {
  const auto report =
      run(plan_of("crash", TENON_BINARY_DIR "/tests/connectors/constructor_crash.so"));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_GT(report->failed, 0u);
  const auto none = run(plan_of("none", TENON_SOURCE_DIR "/LICENSE"));
  ASSERT_TRUE(none) << none.error().text();
  EXPECT_GT(none->failed, 0u);
}

// Each line of the script is something that vendor code would like to do.
TEST_F(ConformanceRuns, NothingOfTheMachineIsReached) {
  const std::string secret = folder_ / "secret";
  std::ofstream(secret) << "the vault's key";
  fs::permissions(secret, fs::perms(0666));
  fs::permissions(folder_, fs::perms(0777));
  const std::string pid = std::to_string(::getpid());
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const int port = ntohs(address.sin_port);
  const std::string text =
      "try() { if eval \"$2\" >/dev/null 2>&1; then r=fail; else r=pass; fi\n"
      "  cases=\"$cases{\\\"name\\\":\\\"$1\\\",\\\"result\\\":\\\"$r\\\"},\"; }\n"
      "try file 'cat " +
      secret + "'\n" + "try accounts 'cat /etc/passwd'\n" + "try environ 'cat /proc/" + pid +
      "/environ'\n" + "try write 'echo x > " + (folder_ / "written").string() + "'\n" +
      "try write_here 'echo x > here'\n" + "try signal 'kill -0 " + pid + "'\n" +
      "try network '(exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port) + ")'\n" +
      "try environment 'test -n \"$HOME$PATH_OF_HOST$TENON_DATA\"'\n" +
      "try udp '(exec 4<>/dev/udp/127.0.0.1/9)'\n"
      "cases=\"$cases{\\\"name\\\":\\\"goes on\\\",\\\"result\\\":\\\"fail\\\"}\"\n"
      "failed=$(( $(grep -o fail <<<\"$cases\" | wc -l) )) passed=$(( $(grep -o '\"pass' "
      "<<<\"$cases\" | wc -l) ))\n"
      "printf '{\"cases\":[%s],\"passed\":%d,\"failed\":%d,\"skipped\":0}' \"$cases\" $passed "
      "$failed\n"
      "exit 1\n";
  ::setenv("TENON_DATA", "of the host", 1);
  const auto report = run(script(text));
  ::unsetenv("TENON_DATA");
  ::close(listener);
  ASSERT_TRUE(report) << report.error().text();
  std::string failures;
  for (const auto& failure : report->failures) failures += failure.name + " ";
  EXPECT_EQ(failures, "goes on ") << "and no more than that";
  EXPECT_EQ(report->passed, 9u);
  EXPECT_FALSE(fs::exists(folder_ / "written"));
}

TEST_F(ConformanceRuns, OneWithoutAnEndIsEnded) {
  auto plan = script("sleep 987654 & sleep 987654; echo never");
  plan.within = milliseconds{300};
  const auto result = run(std::move(plan));
  EXPECT_EQ(kind_of(result), ErrorKind::timeout);
  const auto is_left = [] {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      if (text_of_file(entry.path() / "cmdline").find("987654") != std::string::npos) return true;
    }
    return false;
  };
  for (int i = 0; i < 500 && is_left(); ++i) ::usleep(10'000);
  EXPECT_FALSE(is_left());
}

TEST_F(ConformanceRuns, GivingUpDoesNotWaitForTheEnd) {
  const auto began = std::chrono::steady_clock::now();
  { ConformanceRun running(script("sleep 100")); }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ConformanceRuns, WhatIsNoReportIsAnError) {
  EXPECT_EQ(kind_of(run(script("echo all is well"))), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(run(script("exit 3"))), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(run(script("kill -9 $$"))), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(run(
                script("printf '{\"cases\":[],\"passed\":0,\"failed\":0,\"skipped\":0}'; exit 1"))),
            ErrorKind::corrupt)
      << "it ended as if something had failed";
  EXPECT_EQ(kind_of(run(script("while :; do echo more and more of it; done"))), ErrorKind::corrupt);
  // What it complains of does not stop it, however much that is.
  const auto loud = run(
      script("for ((i = 0; i < 20000; ++i)); do echo a long complaint about something >&2; done\n"
             "printf '{\"cases\":[],\"passed\":0,\"failed\":0,\"skipped\":0}'"));
  EXPECT_TRUE(loud) << loud.error().text();
}

TEST_F(ConformanceRuns, AMissingProgramIsNamed) {
  auto plan = webhook();
  plan.check = "/nonexistent/tenon-check";
  const auto result = run(std::move(plan));
  ASSERT_EQ(kind_of(result), ErrorKind::not_found);
  EXPECT_NE(result.error().text().find("/nonexistent/tenon-check"), std::string::npos);
}

}  // namespace
}  // namespace tenon
