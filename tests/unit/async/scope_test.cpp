// Scope and Signal: tasks are owned, cancelled, awaited; a notification is neither lost nor kept.
#include "async/scope.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <string>

#include "async/signal.hpp"

namespace tenon {
namespace {
namespace asio = boost::asio;

using Trace = std::vector<std::string>;

Task<void> wait_and_tell(Signal& signal, Trace& trace, std::string name) {
  trace.push_back(name + " waits");
  try {
    co_await signal.wait();
  } catch (const boost::system::system_error& e) {
    trace.push_back(name + " aborted");
    throw;
  }
  trace.push_back(name + " woke");
}

Task<void> join_and_tell(Scope& scope, Trace& trace) {
  co_await scope.join();
  trace.push_back("joined");
}

TEST(Scope, RunsTasksAndForgetsThem) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  scope.spawn(wait_and_tell(signal, trace, "a"), "a");
  scope.spawn(wait_and_tell(signal, trace, "b"), "b");
  EXPECT_EQ(scope.running(), 2u);
  context.poll();
  signal.notify();
  context.poll();
  EXPECT_EQ(trace, (Trace{"a waits", "b waits", "a woke", "b woke"}));
  EXPECT_EQ(scope.running(), 0u);
}

TEST(Scope, CancelEndsEveryWaitAndJoinSeesTheEnd) {
  asio::io_context context;
  Scope scope(context.get_executor()), outer(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  scope.spawn(wait_and_tell(signal, trace, "a"), "a");
  scope.spawn(wait_and_tell(signal, trace, "b"), "b");
  outer.spawn(join_and_tell(scope, trace), "join");
  context.poll();
  EXPECT_EQ(trace, (Trace{"a waits", "b waits"}));
  scope.cancel();
  EXPECT_TRUE(scope.cancelled());
  context.poll();
  EXPECT_EQ(trace, (Trace{"a waits", "b waits", "a aborted", "b aborted", "joined"}));
  EXPECT_EQ(outer.running(), 0u);
}

TEST(Scope, ATaskSpawnedAfterCancelIsCancelledAtItsFirstWait) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  scope.cancel();
  scope.spawn(wait_and_tell(signal, trace, "late"), "late");
  context.poll();
  EXPECT_EQ(trace, (Trace{"late waits", "late aborted"}));
  EXPECT_EQ(scope.running(), 0u);
}

Task<void> cancel_own(Scope& scope, Signal& signal, Trace& trace) {
  scope.cancel();
  trace.push_back("cancelled itself");
  try {
    co_await signal.wait();
  } catch (const boost::system::system_error&) {
    trace.push_back("aborted");
    throw;
  }
}

TEST(Scope, ATaskMayCancelItsOwnScope) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  scope.spawn(cancel_own(scope, signal, trace), "self");
  scope.spawn(wait_and_tell(signal, trace, "other"), "other");
  context.poll();
  EXPECT_EQ(trace, (Trace{"cancelled itself", "other waits", "aborted", "other aborted"}));
  EXPECT_EQ(scope.running(), 0u);
}

// Ends without ever waiting, and spawns a child that does the same.
Task<void> spawn_nested(Scope& scope, Trace& trace, int depth) {
  trace.push_back("depth " + std::to_string(depth));
  if (depth < 3) scope.spawn(spawn_nested(scope, trace, depth + 1), "nested");
  trace.push_back("end " + std::to_string(depth));
  co_return;
}

TEST(Scope, ASpawnInsideATaskStartsOnlyAfterTheSpawnerHasWaitedOrEnded) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Trace trace;
  scope.spawn(spawn_nested(scope, trace, 1), "first");
  EXPECT_TRUE(trace.empty());  // nothing runs inside spawn
  context.poll();
  EXPECT_EQ(trace, (Trace{"depth 1", "end 1", "depth 2", "end 2", "depth 3", "end 3"}));
  EXPECT_EQ(scope.running(), 0u);
}

TEST(Scope, DestroyingTheContextWithRunningTasksIsClean) {
  Trace trace;
  auto context = std::make_unique<asio::io_context>();
  auto scope = std::make_unique<Scope>(context->get_executor());
  auto signal = std::make_unique<Signal>(context->get_executor());
  scope->spawn(wait_and_tell(*signal, trace, "a"), "a");
  context->poll();
  scope.reset();
  signal.reset();
  context.reset();
  EXPECT_EQ(trace, (Trace{"a waits"}));
}

Task<void> throw_bug() {
  throw std::runtime_error("a bug");
  co_return;
}

TEST(ScopeDeathTest, AnExceptionThatIsNoCancellationEndsTheProcess) {
  EXPECT_DEATH(
      {
        asio::io_context context;
        Scope scope(context.get_executor());
        scope.spawn(throw_bug(), "buggy");
        context.poll();
      },
      "task buggy ended by an exception: a bug");
}

Task<void> wait_twice(Signal& signal, Trace& trace) {
  co_await signal.wait();
  trace.push_back("first");
  co_await signal.wait();
  trace.push_back("second");
}

TEST(Signal, WakesOnlyThoseWhoWaitNow) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  signal.notify();  // nobody waits: not kept
  scope.spawn(wait_twice(signal, trace), "twice");
  context.poll();
  EXPECT_TRUE(trace.empty());
  signal.notify();
  signal.notify();  // the second finds nobody new
  context.poll();
  EXPECT_EQ(trace, (Trace{"first"}));
  signal.notify();
  context.poll();
  EXPECT_EQ(trace, (Trace{"first", "second"}));
}

TEST(Signal, NotifyBetweenWakeAndResumeIsNotMistakenForANewRound) {
  asio::io_context context;
  Scope scope(context.get_executor());
  Signal signal(context.get_executor());
  Trace trace;
  scope.spawn(wait_twice(signal, trace), "twice");
  context.poll();
  signal.notify();
  context.poll_one();  // "first" runs and waits again
  signal.notify();
  context.poll();
  EXPECT_EQ(trace, (Trace{"first", "second"}));
}

}  // namespace
}  // namespace tenon
