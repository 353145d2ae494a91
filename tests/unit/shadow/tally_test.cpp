// Counting: calls and times, order, limits, and the verdict by what a release lists.
#include "shadow/tally.hpp"
#include "unit/shadow/shadow_world.hpp"

namespace tenon::shadow {
namespace {

Replayed sends(std::string body, Verdict verdict = Verdict::accepted) {
  Replayed out;
  out.steps.resize(2);
  out.steps[0].requests = {post("/x", std::move(body))};
  out.steps[1].outcomes = ends({verdict}).outcomes;
  out.places = {{0}, {}};
  return out;
}

Replayed away(std::string path) {
  Replayed out;
  out.diverged = Divergence{1, post(std::move(path)), post("/write"), "it asks for another"};
  return out;
}

IntendedChange change(std::string field, std::string kind = {}) {
  return {"upsert", std::move(field), std::move(kind), "as agreed"};
}

TEST(ShadowTally, CountsCallsOnceAndTimesEach) {
  Tally tally;
  tally.add(recorded_call("att_1"), sends(R"({"l":[{"a":1},{"a":1}]})"),
            sends(R"({"l":[{"a":2},{"a":3}]})"));
  tally.add(recorded_call("att_2"), sends(R"({"l":[{"a":1}]})"), sends(R"({"l":[{}]})"));
  tally.add(recorded_call("att_3"), sends("{}"), sends("{}"));
  const auto report = tally.report();
  EXPECT_EQ(report.calls, 3u);
  EXPECT_EQ(report.same, 1u);
  EXPECT_EQ(report.different, 2u);
  ASSERT_EQ(report.places.size(), 1u);
  const auto& place = report.places[0];
  EXPECT_EQ(place.action, "upsert");
  EXPECT_EQ(place.place, "body.l.*.a");
  EXPECT_EQ(place.calls, 2u);
  EXPECT_EQ(place.times, 3u);
  ASSERT_EQ(place.kinds.size(), 2u);
  EXPECT_EQ(place.kinds[0].kind, "changed");
  EXPECT_EQ(place.kinds[0].calls, 1u);
  EXPECT_EQ(place.kinds[0].times, 2u);
  EXPECT_EQ(place.kinds[0].example, (Example{"att_1", "1", "2"}));
  EXPECT_EQ(place.kinds[1].kind, "now absent");
}

TEST(ShadowTally, OutcomesComeFirstHoweverFewTheyAre) {
  Tally tally;
  for (int i = 0; i < 5; ++i) {
    tally.add(recorded_call(), sends(R"({"a":1,"b":1})"), sends(R"({"a":2,"b":1})"));
  }
  tally.add(recorded_call(), sends(R"({"b":1})", Verdict::unresolved), sends(R"({"b":2})"));
  const auto report = tally.report();
  ASSERT_EQ(report.places.size(), 3u);
  EXPECT_EQ(report.places[0].place, "outcome");
  EXPECT_EQ(report.places[1].place, "body.a") << "then those in most calls";
  EXPECT_EQ(report.places[2].place, "body.b");
  const auto judged = tally.report({change("outcome"), change("body.a")});
  EXPECT_EQ(judged.places[0].place, "outcome") << "listed or not";
  EXPECT_EQ(judged.places[1].place, "body.b") << "what is not listed is looked for";
}

TEST(ShadowTally, DivergedCallsAreCountedApartAndComparedNoFurther) {
  Tally tally;
  tally.add(recorded_call("att_1"), sends("{}"), away("/create"));
  tally.add(recorded_call("att_2"), sends("{}"), away("/create"));
  tally.add(recorded_call("att_3"), away("/old"), sends("{}"));
  const auto report = tally.report();
  EXPECT_EQ(report.diverged, 3u);
  EXPECT_EQ(report.different, 0u);
  EXPECT_TRUE(report.places.empty());
  ASSERT_EQ(report.divergences.size(), 2u);
  EXPECT_EQ(report.divergences[0].calls, 2u);
  EXPECT_TRUE(report.divergences[0].newer);
  EXPECT_EQ(report.divergences[0].asked, "POST api /create");
  EXPECT_EQ(report.divergences[0].recorded, "POST api /write");
  EXPECT_EQ(report.divergences[0].call, "att_1");
  EXPECT_FALSE(report.divergences[1].newer);
  EXPECT_FALSE(report.passed());
  EXPECT_TRUE(tally.report({change("diverged")}).passed());
}

TEST(ShadowTally, IdsInPathsDoNotMakeGroups) {
  Tally tally;
  for (const char* path : {"/v3/c/1001/notes", "/v3/c/1002/notes", "/v3/c/ada%40example.com/notes",
                           "/v3/c/ada@example.com/notes", "/v3/c/0123456789abcdef0123/notes"}) {
    tally.add(recorded_call(), sends("{}"), away(path));
  }
  tally.add(recorded_call(), sends("{}"), away("/v3/c/all/notes"));
  const auto report = tally.report();
  ASSERT_EQ(report.divergences.size(), 2u);
  EXPECT_EQ(report.divergences[0].asked, "POST api /v3/c/*/notes");
  EXPECT_EQ(report.divergences[0].calls, 5u);
  EXPECT_TRUE(report.divergences[0].asked_text.starts_with("POST api /v3/c/1001/notes\n"))
      << "the example has it whole";
  EXPECT_EQ(report.divergences[1].asked, "POST api /v3/c/all/notes");
}

TEST(ShadowTally, WhatIsListedPassesAndTheRestDoesNot) {
  Tally tally;
  tally.add(recorded_call(), sends(R"({"a":"x ","b":1})"), sends(R"({"a":"x","b":1})"));
  tally.add(recorded_call(), sends(R"({"a":"x","b":1})"), sends(R"({"a":"y","b":1})"));
  EXPECT_EQ(tally.report().unlisted(), 2u);
  const auto one = tally.report({change("body.a", "trimmed")});
  EXPECT_EQ(one.unlisted(), 1u);
  EXPECT_FALSE(one.passed());
  EXPECT_FALSE(one.places[0].listed());
  const auto both = tally.report({change("body.a")});
  EXPECT_TRUE(both.passed());
  EXPECT_EQ(both.places[0].kinds[0].why, "as agreed");
  auto other = change("body.a");
  other.action = "delete";
  EXPECT_FALSE(tally.report({other}).passed()) << "another action's changes are not meant by it";
}

TEST(ShadowTally, ListedAndNotSeenIsToldAndNoFault) {
  Tally tally;
  tally.add(recorded_call(), sends("{}"), sends("{}"));
  const auto report = tally.report({change("body.gone")});
  EXPECT_TRUE(report.passed());
  ASSERT_EQ(report.not_seen.size(), 1u);
  EXPECT_EQ(report.not_seen[0].field, "body.gone");
}

TEST(ShadowTally, GroupsAreBoundedAndWhatIsBeyondFails) {
  Tally tally;
  std::vector<IntendedChange> all;
  for (std::size_t i = 0; i < kMaxPlaceGroups + 5; ++i) {
    const std::string name = "k" + std::to_string(i);
    tally.add(recorded_call(), sends("{\"" + name + "\":1}"), sends("{\"" + name + "\":2}"));
    all.push_back(change("body." + name));
  }
  for (std::size_t i = 0; i < kMaxDivergedGroups + 5; ++i) {
    const std::string name = {static_cast<char>('a' + i / 26), static_cast<char>('a' + i % 26)};
    tally.add(recorded_call(), sends("{}"), away("/c/" + name));
  }
  all.push_back(change("diverged"));
  const auto report = tally.report(all);
  EXPECT_EQ(report.places.size(), kMaxPlaceGroups);
  EXPECT_EQ(report.divergences.size(), kMaxDivergedGroups);
  EXPECT_EQ(report.beyond, 10u);
  EXPECT_EQ(report.unlisted(), 0u);
  EXPECT_FALSE(report.passed());
}

TEST(ShadowTally, KindsOfOnePlaceAreBounded) {
  Tally tally;
  for (std::uint32_t i = 0; i < kMaxKindGroups + 5; ++i) {
    auto before = sends("{}"), after = sends("{}");
    before.failure = "f" + std::to_string(i);
    tally.add(recorded_call(), before, after);
  }
  const auto report = tally.report();
  ASSERT_EQ(report.places.size(), 1u);
  EXPECT_EQ(report.places[0].kinds.size(), kMaxKindGroups + 1);
  EXPECT_EQ(report.places[0].kinds[0].kind, "other");
  EXPECT_EQ(report.places[0].kinds[0].calls, 5u);
}

TEST(ShadowTally, CallsThatWereNotRunAreTold) {
  Tally tally;
  tally.add_not_run("pull");
  tally.add_not_run("pull");
  const auto report = tally.report();
  EXPECT_EQ(report.calls, 0u);
  ASSERT_EQ(report.not_run.size(), 1u);
  EXPECT_EQ(report.not_run[0].second, 2u);
}

TEST(ShadowTally, ActionsOfOtherOpsHaveNamesOfTheirOwn) {
  auto call = recorded_call();
  EXPECT_EQ(action_of(call), "upsert");
  call.op = Op::readback;
  EXPECT_EQ(action_of(call), "readback/upsert");
  call.op = Op::check;
  call.action.clear();
  EXPECT_EQ(action_of(call), "check");
}

}  // namespace
}  // namespace tenon::shadow
