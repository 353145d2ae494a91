// The spawner of workers: what it holds, what its death means, and disks that are full around it.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/sandbox/capabilities.hpp"
#include "backends/sandbox/spawn.hpp"
#include "backends/sandbox/spawn_request.hpp"
#include "contract/connector_runtime_sandbox.hpp"

namespace tenon {
namespace {

namespace fs = std::filesystem;

std::string proc_of(pid_t pid, const std::string& file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string line_of(const std::string& text, const std::string& name) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return line.substr(name.size());
  }
  return "";
}

class SpawnerTest : public SandboxTest {
 protected:
  bool has_zombie() const {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
  }
  bool said(const std::string& event) const {
    return std::any_of(telemetry_.lines.begin(), telemetry_.lines.end(),
                       [&](const std::string& line) { return line.starts_with(event + " "); });
  }
};

TEST_F(SpawnerTest, ItHoldsNothingOfTheHosts) {
  const std::string secret = ::testing::TempDir() + "tenon_secret";
  std::ofstream(secret) << "a secret";
  // Without close-on-exec, as a library might open it.
  const int held = ::open(secret.c_str(), O_RDONLY);
  ::setenv("TENON_TEST_SECRET", "a secret", 1);
  make({});
  ASSERT_TRUE(one_step("echo", "direct"));
  const pid_t pid = sandbox_->spawner().pid;
  ASSERT_GT(pid, 0);
  EXPECT_EQ(proc_of(pid, "environ"), "");
  std::size_t fds = 0;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const std::string what = fs::read_symlink(entry.path()).string();
    const bool is_socket = entry.path().filename() == "3";
    EXPECT_TRUE(is_socket ? what.starts_with("socket:") : what == "/dev/null")
        << entry.path() << " is " << what;
    ++fds;
  }
  EXPECT_EQ(fds, 5u);
  const std::string status = proc_of(pid, "status");
  EXPECT_EQ(std::stoi(line_of(status, "Threads:")), 1);
  EXPECT_LT(std::stoi(line_of(status, "RssAnon:")), 1'024) << "KiB of its own";
  EXPECT_EQ(std::stoi(line_of(status, "PPid:")), ::getpid());
  ::unsetenv("TENON_TEST_SECRET");
  ::close(held);
  ::unlink(secret.c_str());
}

TEST_F(SpawnerTest, WhenItDiesWorkersRunOnAndTheNextStartHasANewOne) {
  auto id = open("echo");
  ASSERT_TRUE(id);
  const auto before = sandbox_->spawner();
  ASSERT_EQ(before.starts, 1u);
  ASSERT_EQ(::kill(before.pid, SIGKILL), 0);
  for (int i = 0; i < 500 && sandbox_->spawner().pid > 0; ++i) turn_for(milliseconds(10));
  EXPECT_EQ(sandbox_->spawner().pid, -1);
  EXPECT_EQ(sandbox_->spawner().last_end, "was killed by SIGKILL");
  EXPECT_TRUE(said("spawner.ended"));
  EXPECT_TRUE(step(*id, test_call("direct")));
  EXPECT_TRUE(one_step("crash", "live"));
  EXPECT_TRUE(step(*id, test_call("direct")));
  EXPECT_EQ(sandbox_->spawner().starts, 2u);
}

Task<void> open_echo(SandboxRuntime& sandbox, Result<InstanceId>& out) {
  out = co_await sandbox.open(test_release("echo"), "{}");
}

// After each turn of the host's loop: the start succeeds all the same, with a new spawner if need
// be.
TEST_F(SpawnerTest, ItMayDieAtAnyPointOfAStart) {
  std::size_t replaced = 0;
  for (std::size_t turns = 0;; ++turns) {
    ASSERT_LT(turns, 1'000u);
    make({});
    Result<InstanceId> id = unavailable("not run");
    bool done = false;
    boost::asio::co_spawn(io_, open_echo(*sandbox_, id), [&](std::exception_ptr) { done = true; });
    io_.restart();
    for (std::size_t i = 0; i < turns && !done; ++i) io_.run_one();
    if (done) break;
    if (sandbox_->spawner().pid > 0) ::kill(sandbox_->spawner().pid, SIGKILL);
    turn_until(done);
    EXPECT_TRUE(id) << turns << ": " << id.error().text();
    if (sandbox_->spawner().starts > 1) ++replaced;
    // A worker whose spawner died before it told of it ends by itself and is reaped.
    for (int i = 0; i < 500 && has_zombie(); ++i) turn_for(milliseconds(20));
  }
  EXPECT_GE(replaced, 1u);
}

TEST_F(SpawnerTest, OneThatHangsIsKilledAndReplaced) {
  sandbox::Options options;
  options.load_deadline = milliseconds(2'000);
  make(options);
  ASSERT_EQ(::kill(sandbox_->spawner().pid, SIGSTOP), 0);
  auto id = open("echo");
  EXPECT_TRUE(id) << id.error().text();
  EXPECT_EQ(sandbox_->spawner().starts, 2u);
}

TEST_F(SpawnerTest, AMissingSpawnerProgramIsSaidAndNothingElseFails) {
  sandbox::Options options;
  options.spawner_path = "/nonexistent/tenon-spawner";
  make(options);
  EXPECT_TRUE(said("spawner.not_started"));
  auto id = open("echo");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().kind, ErrorKind::unavailable);
  EXPECT_NE(id.error().text().find("/nonexistent/tenon-spawner: the spawner program"),
            std::string::npos)
      << id.error().text();
}

TEST_F(SpawnerTest, RequestsAndAnswersAreReadStrictly) {
  sandbox::SpawnPlan plan;
  plan.so_path = "/connectors/a.so";
  plan.uid = 2'000'001;
  plan.arguments = {"tenon-worker", "", "strict"};
  const std::string request = sandbox::encode_request(plan);
  const auto read = sandbox::decode_request(request);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->so_path, plan.so_path);
  EXPECT_EQ(read->uid, plan.uid);
  EXPECT_EQ(read->arguments, plan.arguments);
  EXPECT_EQ(read->namespaces, sandbox::Namespaces::own);
  for (std::size_t cut = 0; cut < request.size(); ++cut) {
    EXPECT_FALSE(sandbox::decode_request(request.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(sandbox::decode_request(request + "x"));
  const auto refused = sandbox::decode_reply(sandbox::encode_reply({7, unsupported("no")}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->pid, 7);
  EXPECT_EQ(refused->runs.error().kind, ErrorKind::unsupported);
  EXPECT_FALSE(sandbox::decode_reply(""));
}

// What a breach of the rules leaves behind is for people: without room it is not kept, which is
// said, and the breach is one all the same.
TEST_F(SpawnerTest, EvidenceThatFindsNoRoomChangesNothing) {
  sandbox::Options options;
  options.evidence_folder = ::testing::TempDir() + "tenon_no_room";
  fs::remove_all(options.evidence_folder);
  make(options);
  auto id = open("garbage");
  ASSERT_TRUE(id) << id.error().text();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  auto result = step(*id, test_call("frame"));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  const auto told = [](const std::string& line) {
    return line.starts_with("worker.evidence ") && line.find("not kept: writing") != line.npos;
  };
  EXPECT_TRUE(std::any_of(telemetry_.lines.begin(), telemetry_.lines.end(), told));
  EXPECT_TRUE(fs::is_empty(options.evidence_folder)) << "a part of it was left";
  fs::remove_all(options.evidence_folder);
}

// In a child, which makes itself a user namespace with no room for another mount namespace.
TEST_F(SpawnerTest, ALimitOfNamespacesIsATroubleThatPasses) {
  if (!sandbox_->capabilities().namespaces) GTEST_SKIP() << "no namespaces here";
  stop();
  int words[2];
  ASSERT_EQ(::pipe(words), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
    std::string said = "skip";
    if (::unshare(CLONE_NEWUSER) == 0) {
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << uid + " " + uid + " 1";
      std::ofstream("/proc/self/gid_map") << gid + " " + gid + " 1";
      std::ofstream limit("/proc/sys/user/max_mnt_namespaces");
      limit << "0" << std::flush;
      if (limit) {
        const auto probed = sandbox::probe(sandbox::Namespaces::own, std::nullopt);
        said = probed ? "started"
                      : std::string(name_of(probed.error().kind)) + ": " + probed.error().text();
      }
    }
    (void)!::write(words[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(words[1]);
  std::string said(256, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(words[0], said.data(), 256))));
  ::close(words[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  if (said == "skip") GTEST_SKIP() << "no user namespace within this one";
  EXPECT_TRUE(said.starts_with("unavailable")) << said;
}

}  // namespace
}  // namespace tenon
