// A sandbox in trouble: workers that die at each point, again and again, and a host without
// descriptors.
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>

#include "contract/connector_runtime_sandbox.hpp"

// Of the sanitizer's allocator, where there is one: its own heap never shrinks.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace tenon {
namespace {

std::size_t heap_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) {
    return __sanitizer_get_current_allocated_bytes();
  }
  return ::mallinfo2().uordblks;
}

Task<void> open_and_step(SandboxRuntime& sandbox, Clock& clock, Result<StepResult>& out) {
  auto id = co_await sandbox.open(test_release("echo"), "{}");
  if (!id) {
    out = std::move(id).error();
    co_return;
  }
  Call call = test_call("direct");
  const Instant deadline = clock.instant() + milliseconds(20'000);
  out = co_await sandbox.step(*id, std::move(call), deadline);
}

// After each turn of the host's loop: before its gate, at it, loading, ready, opening, in the step.
TEST_F(SandboxTest, AWorkerMayDieAtAnyPointOfStartAndCall) {
  std::set<std::string> ways;
  std::size_t killed = 0;
  for (std::size_t turns = 1;; ++turns) {
    ASSERT_LT(turns, 1'000u);
    make({});
    Result<StepResult> result = unavailable("not run");
    bool done = false;
    boost::asio::co_spawn(io_, open_and_step(*sandbox_, clock_, result),
                          [&](std::exception_ptr) { done = true; });
    io_.restart();
    for (std::size_t i = 0; i < turns && !done; ++i) io_.run_one();
    if (done) break;
    for (const auto& worker : sandbox_->workers()) {
      if (worker.pid > 0 && ::kill(worker.pid, SIGKILL) == 0) ++killed;
    }
    turn_until(done);
    if (!result) {
      const ErrorKind kind = result.error().kind;
      EXPECT_TRUE(kind == ErrorKind::unavailable || kind == ErrorKind::not_found)
          << turns << ": " << result.error().text();
      ways.insert(result.error().text());
    }
    // It may have answered before it died: then the next call is the one that meets a dead worker.
    if (result) (void)one_step("echo", "direct");
    EXPECT_TRUE(one_step("echo", "direct")) << "after a death at turn " << turns;
  }
  EXPECT_GE(killed, 8u);
  EXPECT_GE(ways.size(), 2u);  // before it was ready, and after
}

TEST_F(SandboxTest, AThousandCrashesLeaveNothingBehind) {
  constexpr std::size_t kWarm = 50, kCrashes = 1'000;
  std::size_t fds = 0, bytes = 0;
  for (std::size_t i = 0; i < kWarm + kCrashes; ++i) {
    auto id = open("crash");
    ASSERT_TRUE(id) << i << ": " << id.error().text();
    ASSERT_FALSE(step(*id, test_call("die"))) << i;
    telemetry_.lines.clear();
    telemetry_.counts.clear();
    if (i + 1 == kWarm) {
      fds = open_fds();
      bytes = heap_bytes();
    }
  }
  EXPECT_EQ(open_fds(), fds);
  EXPECT_LE(heap_bytes(), bytes + 64 * 1024);
  EXPECT_TRUE(sandbox_->workers().empty());
}

TEST_F(SandboxTest, WithoutDescriptorsAStartFailsAndNothingIsHeldAgainstTheRelease) {
  ASSERT_TRUE(one_step("echo", "direct"));
  make({});
  const std::size_t before = open_fds();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  std::size_t refused = 0;
  bool started = false;
  for (rlim_t left = 0; !started && left < 40; ++left) {
    // The lowest free number is what counts, and all below are taken.
    const rlimit low{before + left, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    auto result = one_step("echo", "direct");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    started = result.has_value();
    if (started) continue;
    ++refused;
    EXPECT_EQ(result.error().kind, ErrorKind::unavailable) << left << ": " << result.error().text();
    EXPECT_EQ(open_fds(), before) << left << ": " << result.error().text();
  }
  EXPECT_TRUE(started);
  EXPECT_GE(refused, 3u);
}

TEST_F(SandboxTest, AGateThatFindsNoDescriptorIsNoBreachOfTheRelease) {
  if (!sandbox_->capabilities().gate) GTEST_SKIP() << "no gate here";
  // The sanitizer looks at each type once, for which it needs descriptors.
  ASSERT_TRUE(one_step("echo", "direct"));
  ASSERT_FALSE(one_step("crash", "die"));
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  // A quick worker may have handed it over before the limit is low.
  Result<StepResult> result = StepResult{};
  for (int tries = 0; result && tries < 50; ++tries) {
    make({});
    bool done = false;
    boost::asio::co_spawn(io_, open_and_step(*sandbox_, clock_, result),
                          [&](std::exception_ptr) { done = true; });
    io_.restart();
    const auto spawned = [&] {
      const auto workers = sandbox_->workers();
      return !workers.empty() && workers[0].pid > 0;
    };
    while (!spawned()) io_.run_one();
    const int lowest = ::dup(0);
    ::close(lowest);
    const rlimit none{static_cast<rlim_t>(lowest), limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    turn_until(done);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unavailable) << result.error().text();
  EXPECT_TRUE(one_step("echo", "direct"));
}

}  // namespace
}  // namespace tenon
