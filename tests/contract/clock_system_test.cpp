// SystemClock and SystemRandom against the real machine, with waits of a few milliseconds at most.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <set>

#include "async/scope.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "ports/with_deadline.hpp"

namespace tenon {
namespace {

Task<void> nap(Clock& clock, MonotonicClock::duration time, Instant& woke) {
  co_await clock.sleep_until(clock.instant() + time);
  woke = clock.instant();
}

TEST(SystemClock, WakesAtTheTimeOrAfterAndAtOnceIfPast) {
  boost::asio::io_context context;
  Scope scope(context.get_executor());
  SystemClock clock;
  const Instant before = clock.instant();
  Instant first{}, second{};
  scope.spawn(nap(clock, milliseconds{2}, first), "nap");
  scope.spawn(nap(clock, -seconds{1}, second), "nap");
  context.run();
  EXPECT_GE(first - before, milliseconds{2});
  EXPECT_GE(second, before);
  EXPECT_LT(second, first);
}

TEST(SystemClock, ACancelledSleepEnds) {
  boost::asio::io_context context;
  Scope scope(context.get_executor());
  SystemClock clock;
  Instant woke{};
  scope.spawn(nap(clock, std::chrono::hours{1}, woke), "nap");
  context.poll();
  scope.cancel();
  context.run();
  EXPECT_EQ(woke, Instant{});
  EXPECT_EQ(scope.running(), 0u);
}

TEST(SystemClock, WallTimeIsOfThisCentury) {
  EXPECT_GT(SystemClock().now(), *parse_rfc3339("2024-01-01T00:00:00Z"));
}

TEST(SystemRandom, DoesNotRepeat) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(random.bytes(13).size(), 13u);
}

}  // namespace
}  // namespace tenon
