// Pulls: no page is lost, none is doubled, and what goes wrong is told.
#include "unit/sync/puller_world.hpp"

namespace tenon::sync {
namespace {

TEST_F(PullerTest, PagesBecomeEventsOfTheSourceEachInThePartitionOfItsKey) {
  vendor_of(25, 10);
  start();
  configure();
  let(seconds(1));
  expect_each_once(25);
  const auto now = status();
  EXPECT_EQ(now.phase, PullPhase::idle);
  EXPECT_EQ(now.state.cursor, "25");
  EXPECT_EQ(now.state.pages, 3u);
  EXPECT_EQ(now.state.events, 25u);
  EXPECT_FALSE(now.state.open);
  EXPECT_EQ(now.runs, 1u);
  EXPECT_EQ(runtime.calls[0].stream, "contacts");
  EXPECT_EQ(runtime.calls[0].cursor, "");
  EXPECT_EQ(runtime.calls[1].cursor, "10");
}

TEST_F(PullerTest, RunsAgainByItsIntervalAndWritesNothingWithoutNews) {
  vendor_of(3, 10);
  start();
  configure();
  let(seconds(1));
  const auto calls = runtime.calls.size();
  const auto appends = dying->appends;
  let(seconds(58));
  EXPECT_EQ(runtime.calls.size(), calls);
  let(seconds(65));
  EXPECT_EQ(runtime.calls.size(), calls + 2);
  EXPECT_EQ(dying->appends, appends);
  expect_each_once(3);
}

TEST_F(PullerTest, ADeathAtAnyAppendNeitherLosesNorDoublesARecord) {
  constexpr int kRecords = 23;
  vendor_of(kRecords, 10);
  start();
  configure();
  let(seconds(1));
  const std::size_t whole = dying->appends;
  ASSERT_GE(whole, 9u);  // page, events, mark; three times
  end_life();
  for (std::size_t dies_at = 0; dies_at < whole; ++dies_at) {
    for (const std::size_t kept : {0, 1, 4, 1'000}) {
      for (const bool state_lost : {false, true}) {
        SCOPED_TRACE("append " + std::to_string(dies_at) + " keeps " + std::to_string(kept));
        pages = std::make_unique<MemoryEventLog>(context.get_executor(), LogId{7}, clock);
        stores.forget();
        start();
        dying->dies_at = dies_at;
        dying->kept = kept;
        configure();
        let(seconds(1));
        EXPECT_TRUE(dying->dead);
        end_life();  // without a flush of what was folded since the last one
        if (state_lost) stores.forget();
        start();
        configure();
        let(seconds(1));
        expect_each_once(kRecords);
        EXPECT_EQ(status().state.cursor, std::to_string(kRecords));
        EXPECT_EQ(status().state.events, static_cast<std::uint64_t>(kRecords));
        end_life();
      }
    }
  }
}

TEST_F(PullerTest, WhatACrashLeftOpenEntersWithoutAskingTheVendorAgain) {
  vendor_of(10, 10);
  start();
  dying->dies_at = 1;
  configure();
  let(seconds(2));
  ASSERT_TRUE(dying->dead);
  ASSERT_TRUE(events().empty());
  end_life();
  runtime.on_step = [](const Call&) -> Result<StepResult> { return unavailable("vendor gone"); };
  start();
  configure();
  let(seconds(1));
  expect_each_once(10);
}

TEST_F(PullerTest, WhatACrashLeftOpenEntersThoughThePullIsConfiguredNoLonger) {
  for (const bool state_lost : {false, true}) {
    SCOPED_TRACE(state_lost);
    pages = std::make_unique<MemoryEventLog>(context.get_executor(), LogId{7}, clock);
    stores.forget();
    vendor_of(10, 10);
    start();
    dying->dies_at = 1;
    configure();
    let(seconds(2));
    ASSERT_TRUE(dying->dead);
    ASSERT_TRUE(events().empty());
    end_life();
    if (state_lost) stores.forget();
    const auto with_pull = workspace;
    workspace = parse(without_pulls(kToml));
    start();
    configure();
    let(seconds(1));
    expect_each_once(10);
    EXPECT_TRUE(sync->status()->empty());
    end_life();
    workspace = with_pull;
  }
}

TEST_F(PullerTest, PullsThatShareAPartitionCountEachPageOnce) {
  const std::string twin = twin_of("people");
  workspace = parse(std::string(kToml) + "[[pulls]]\nname = \"" + twin +
                    "\"\ndestination = \"sales\"\nstream = \"contacts\"\nsource = " +
                    "\"crm-events\"\ninterval = \"1m\"\n");
  vendor_of(25, 10);
  for (const bool state_lost : {false, true}) {
    start();
    configure();
    let(seconds(1));
    const auto all = *sync->status();
    ASSERT_EQ(all.size(), 2u);
    for (const auto& one : all) {
      SCOPED_TRACE(one.name);
      EXPECT_EQ(one.state.pages, 3u);
      EXPECT_EQ(one.state.events, 25u);
      EXPECT_FALSE(one.state.open);
    }
    end_life();
    if (!state_lost) stores.forget();
  }
}

TEST_F(PullerTest, AConnectorWithoutCheckpointIsToldAndNothingIsTaken) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.emits = {person(1), person(2)};
    return result;
  };
  start();
  configure();
  let(seconds(1));
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(status().phase, PullPhase::failing);
  EXPECT_NE(status().reason.find("without a checkpoint; its 2 records"), std::string::npos)
      << status().reason;
  vendor_of(5, 10);
  let(seconds(60));
  EXPECT_EQ(status().phase, PullPhase::idle);
  expect_each_once(5);
}

TEST_F(PullerTest, AnEndlessPageAnEndlessWayAndACursorThatStandsAreStopped) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    for (int i = 0; i < 300; ++i) result.emits.push_back(person(i));
    result.requests.push_back(test::get_request());
    result.suspended = true;
    return result;
  };
  start();
  configure();
  let(seconds(1));
  EXPECT_NE(status().reason.find("smaller pages"), std::string::npos) << status().reason;
  EXPECT_LE(runtime.calls.size(), 8u);

  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    result.checkpointed = result.more = true;
    result.cursor = call.cursor + "x";
    return result;
  };
  let(seconds(60));
  EXPECT_NE(status().reason.find("pages without a record"), std::string::npos) << status().reason;

  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    result.checkpointed = result.more = true;
    result.cursor = call.cursor;
    return result;
  };
  let(seconds(120));
  EXPECT_NE(status().reason.find("does not move"), std::string::npos) << status().reason;
  EXPECT_TRUE(events().empty());
}

TEST_F(PullerTest, ACursorThatStandsIsStoppedThoughRecordsComeWithIt) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    result.emits = {person(1)};
    result.checkpointed = result.more = true;
    result.emits_covered = 1;
    result.cursor = call.cursor.empty() ? "stands" : call.cursor;
    return result;
  };
  start();
  configure();
  let(seconds(1));
  EXPECT_EQ(status().phase, PullPhase::failing);
  EXPECT_NE(status().reason.find("does not move"), std::string::npos) << status().reason;
  EXPECT_EQ(status().state.pages, 1u);
  EXPECT_LE(runtime.calls.size(), 8u);
}

TEST_F(PullerTest, APageThatCameInEndsARowOfFailures) {
  bool good = false;
  runtime.on_step = [&good](const Call& call) -> Result<StepResult> {
    good = !good;
    StepResult result;
    if (!good) {
      result.status = -3;
      result.explain = "not this time";
      return result;
    }
    result.checkpointed = result.more = true;
    result.emits = {person(static_cast<int>(call.cursor.size()))};
    result.emits_covered = 1;
    result.cursor = call.cursor + "x";
    return result;
  };
  start();
  configure();
  for (int i = 0; i < 10; ++i) {
    let(seconds(60));
    EXPECT_LE(status().failures, 1u);
  }
  EXPECT_GE(status().state.pages, 10u);
}

TEST_F(PullerTest, ABadRecordIsKeptAsRejectedAndTheOthersGoOn) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.emits = {person(1), person(2), person(3)};
    result.emits[1].type = "purchase";
    result.checkpointed = true;
    result.emits_covered = 3;
    result.cursor = "end";
    return result;
  };
  start();
  configure();
  let(seconds(1));
  expect_each_once(2);
  EXPECT_EQ(events(Stream::rejected).count("person-2"), 1u);
  EXPECT_EQ(status().state.rejected, 1u);
}

TEST_F(PullerTest, AHoldAndAPauseStopItWithTheReasonAndItGoesOnFromItsCursor) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.status = -3;
    result.explain = "HTTP 401";
    Hint hint;
    hint.kind = 2;
    hint.name = "token";
    result.hints.push_back(hint);
    return result;
  };
  start();
  configure();
  let(seconds(1));
  EXPECT_EQ(status().phase, PullPhase::waiting);
  EXPECT_NE(status().reason.find("auth_rejected (slot token)"), std::string::npos);
  const auto calls = runtime.calls.size();
  let(seconds(20));
  EXPECT_EQ(runtime.calls.size(), calls);
  paused = "maintenance";
  vendor_of(5, 10);
  let(seconds(120));
  EXPECT_EQ(runtime.calls.size(), calls);
  EXPECT_EQ(run(sync->run_now("people", milliseconds(0))).error().kind, ErrorKind::conflict);
  paused.clear();
  let(seconds(60));
  expect_each_once(5);
}

TEST_F(PullerTest, RunNowRunsAtOnceAndWaitsForTheEnd) {
  vendor_of(0, 10);
  start();
  configure();
  let(seconds(1));
  vendor_of(12, 10);
  const auto ended = run(sync->run_now("people", milliseconds(20'000)));
  ASSERT_TRUE(ended) << ended.error().text();
  EXPECT_EQ(ended->state.events, 12u);
  EXPECT_EQ(ended->phase, PullPhase::idle);
  EXPECT_EQ(run(sync->run_now("other", milliseconds(0))).error().kind, ErrorKind::not_found);
}

TEST_F(PullerTest, AStartByTimeIsTheFirstCursorOnly) {
  vendor_of(3, 10);
  workspace = parse(std::string(kToml) + "start = \"2026-01-31T00:00:00Z\"\n");
  start();
  configure();
  let(seconds(70));
  EXPECT_EQ(runtime.calls[0].cursor, "2026-01-31T00:00:00.000000Z");
  EXPECT_EQ(runtime.calls[1].cursor, "3");
}

// What changes between the first look and the first answer must be read, whatever happens between.
TEST_F(PullerTest, AStartOfNowIsTheTimeOfTheFirstLookThroughFailuresPausesAndRestarts) {
  workspace = parse(std::string(kToml) + "start = \"now\"\n");
  const std::string begin = to_rfc3339(clock.now());
  runtime.on_step = [](const Call&) -> Result<StepResult> { return unavailable("vendor gone"); };
  paused = "until the vendor is ready";
  start();
  configure();
  let(seconds(30));
  EXPECT_TRUE(runtime.calls.empty());
  paused.clear();
  sync->wake();
  let(seconds(200));
  ASSERT_GE(runtime.calls.size(), 2u);
  end_life();
  stores.forget();
  start();
  configure();
  let(seconds(70));
  // The vendor has nothing since, and says so with the cursor that it was asked with: that is
  // durable already.
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    result.checkpointed = true;
    result.cursor = call.cursor;
    return result;
  };
  let(seconds(300));
  for (const auto& call : runtime.calls) EXPECT_EQ(call.cursor, begin);
  EXPECT_EQ(status().phase, PullPhase::idle);
  EXPECT_EQ(status().state.pages, 1u);
}

}  // namespace
}  // namespace tenon::sync
