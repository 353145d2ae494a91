// Comparing: each place and kind that the README names, and that nothing is told where nothing is.
#include <algorithm>

#include "shadow/body_compare.hpp"
#include "shadow/change_kind.hpp"
#include "shadow/compare.hpp"
#include "shadow/shown.hpp"
#include "unit/shadow/shadow_world.hpp"

namespace tenon::shadow {
namespace {

Replayed one_request(ConnectorRequest request, Verdict verdict = Verdict::accepted) {
  Replayed out;
  out.steps.resize(2);
  out.steps[0].requests = {std::move(request)};
  out.steps[0].suspended = true;
  out.steps[1].outcomes = ends({verdict}).outcomes;
  out.places = {{0}, {}};
  return out;
}

std::vector<Difference> differences(const Replayed& before, const Replayed& after) {
  return compare(recorded_call(), before, after).differences;
}

// "place: kind" of each, in order.
std::vector<std::string> told(const std::vector<Difference>& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.push_back(one.place + ": " + one.kind);
  return out;
}

std::vector<std::string> bodies(std::string_view before, std::string_view after) {
  Comparison out;
  compare_bodies(before, after, "body", out);
  return told(out.differences);
}

using Told = std::vector<std::string>;

TEST(ShadowCompare, TheSameIsNoDifference) {
  const auto one = one_request(post("/x"));
  EXPECT_TRUE(differences(one, one).empty());
}

TEST(ShadowCompare, OutcomesComeWithAllThatIsToldOfThem) {
  auto before = one_request(post("/x"), Verdict::unresolved), after = one_request(post("/x"));
  before.steps[1].outcomes[0].detail = "the reply is empty";
  after.steps[1].outcomes[0].vendor_ref = "901";
  const auto found = differences(before, after);
  ASSERT_EQ(told(found), (Told{"outcome: unresolved to accepted"}));
  EXPECT_EQ(found[0].rank, Rank::outcome);
  EXPECT_EQ(found[0].before, "unresolved: the reply is empty");
  EXPECT_EQ(found[0].after, "accepted, id 901");
  // A record without an outcome is unresolved, as the host takes it.
  auto silent = before;
  silent.steps[1].outcomes.clear();
  EXPECT_EQ(told(differences(silent, after)), (Told{"outcome: unresolved to accepted"}));
}

TEST(ShadowCompare, DetailsOfEqualVerdicts) {
  const auto before = one_request(post("/x"), Verdict::retry);
  auto after = before;
  auto& outcome = after.steps[1].outcomes[0];
  outcome.applied = Applied::no;
  outcome.reason = 400;
  outcome.retry_after_ms = 3'000;
  outcome.vendor_ref = "1";
  outcome.vendor_code = "429";
  outcome.detail = "over the limit";
  const auto found = differences(before, after);
  EXPECT_EQ(told(found), (Told{"outcome.applied: maybe to no", "outcome.reason: changed",
                               "outcome.retry_after_ms: changed", "outcome.vendor_ref: now filled",
                               "outcome.vendor_code: now filled", "outcome.detail: now filled"}));
  for (const auto& one : found) EXPECT_EQ(one.rank, Rank::detail);
}

TEST(ShadowCompare, AFailureStandsForWhatFollowsFromIt) {
  const auto before = one_request(post("/x"));
  auto after = before;
  after.failure = "worker_died";
  after.steps[1].outcomes.clear();
  EXPECT_EQ(told(differences(before, after)), (Told{"failure: came to its end to worker_died"}));
  auto other = after;
  EXPECT_TRUE(differences(after, other).empty());
  after.failure = other.failure = "step_failed";
  after.failure_text = "no reason";
  other.failure_text = "a reason";
  EXPECT_EQ(told(differences(after, other)), (Told{"failure.text: changed"}));
}

TEST(ShadowCompare, EachPartOfARequest) {
  auto request = post("/c/%7Eada", R"({"a":1})");
  request.headers = {{"Accept", "text/html"}, {"x-old", "1"}};
  request.query = {{"q", "1"}, {"q", "2"}};
  const auto before = one_request(request);
  request.path = "/c/~ada";
  request.headers = {{"accept", "application/json"}, {"x-new", "1"}};
  request.query = {{"q", "2"}, {"q", "1"}};
  request.effect = Effect::idempotent;
  request.idempotency_key = "idk_1";
  request.bucket = "search";
  request.cost = 2;
  SecretRef secret;
  secret.place = SecretPlace::header;
  secret.slot = "token";
  request.secrets = {secret};
  request.body = R"({"a":2})";
  const auto found = differences(before, one_request(request));
  EXPECT_EQ(told(found),
            (Told{"request.path: changed", "request.query.q: changed",
                  "request.header.accept: changed", "request.header.x-old: now absent",
                  "request.header.x-new: new", "request.effect: once to idempotent",
                  "request.idempotency_key: now filled", "request.secrets: now filled",
                  "request.bucket: now filled", "request.cost: changed", "body.a: changed"}));
  for (const auto& one : found) EXPECT_EQ(one.rank, Rank::request);
  EXPECT_EQ(found[1].before, "1, 2");
  // A header's name has no case.
  auto upper = post("/x");
  upper.headers = {{"ACCEPT", "a"}};
  auto low = post("/x");
  low.headers = {{"accept", "a"}};
  EXPECT_TRUE(differences(one_request(upper), one_request(low)).empty());
}

TEST(ShadowCompare, NumberAndOrderOfRequests) {
  Replayed before;
  before.steps.resize(1);
  before.steps[0].requests = {post("/a"), post("/b")};
  before.places = {{0, 1}};
  auto swapped = before;
  swapped.steps[0].requests = {post("/b"), post("/a")};
  swapped.places = {{1, 0}};
  const auto order = differences(before, swapped);
  ASSERT_EQ(told(order), (Told{"requests: order"}));
  EXPECT_EQ(order[0].before, "first POST api /a");
  EXPECT_EQ(order[0].after, "first POST api /b");
  auto fewer = before;
  fewer.steps[0].requests = {post("/b")};
  fewer.places = {{1}};
  EXPECT_EQ(told(differences(before, fewer)), (Told{"requests: now absent"}));
  EXPECT_EQ(told(differences(fewer, before)), (Told{"requests: new"}));
}

TEST(ShadowCompare, DelaysHintsAndAnswersOfAReadBack) {
  auto before = one_request(post("/x"));
  auto after = before;
  after.steps[0].delay_ms = 500;
  before.hints = {Hint{1, "default", 5}, Hint{1, "default", 9}, Hint{3, "api", 0}};
  after.hints = {Hint{1, "default", 9}, Hint{2, "token", 0}};
  EXPECT_EQ(told(differences(before, after)),
            (Told{"delay_ms: changed", "hint.vendor_down.api: now absent",
                  "hint.auth_rejected.token: new"}));
  Emit emit;
  emit.kind = EmitKind::absent;
  Replayed none, found;
  none.emits = {emit};
  emit.kind = EmitKind::found;
  emit.body = R"({"email":"a"})";
  found.emits = {emit};
  EXPECT_EQ(told(differences(none, found)),
            (Told{"emit: absent to found", "emit.body: now filled"}));
}

TEST(ShadowBodies, MembersAreToldByNameAndListsAreFolded) {
  EXPECT_EQ(bodies(R"({"inputs":[{"p":{"phone":"+44 7700 900123"}},{"p":{"phone":"1"}}]})",
                   R"({"inputs":[{"p":{"phone":"+447700900123"}},{"p":{"phone":"2"}}]})"),
            (Told{"body.inputs.*.p.phone: now E.164", "body.inputs.*.p.phone: changed"}));
  EXPECT_EQ(bodies(R"({"a":1,"b":null})", R"({"a":"1","c":true})"),
            (Told{"body.a: number to text", "body.b: now absent", "body.c: new"}));
  EXPECT_EQ(bodies(R"({"a.b":1,"*":1,"~":1})", R"({"a.b":2,"*":2,"~":2})"),
            (Told{"body.~2: changed", "body.a~1b: changed", "body.~0: changed"}));
}

TEST(ShadowBodies, ListsOfOtherLengthAndOrder) {
  EXPECT_EQ(bodies("[1,2,3]", "[3,1,2]"), (Told{"body: order"}));
  EXPECT_EQ(bodies("[1,2]", "[1,2,3]"), (Told{"body: longer"}));
  EXPECT_EQ(bodies("[1,2]", "[5]"), (Told{"body: shorter", "body.*: changed"}));
}

TEST(ShadowBodies, BytesThatMeanTheSameAreStillOtherBytes) {
  EXPECT_EQ(bodies(R"({"a":1,"b":2})", R"({"b":2,"a":1})"), (Told{"body: written otherwise"}));
  EXPECT_EQ(bodies(R"({"a":1})", R"({"a":1.0})"), (Told{"body.a: changed"}));
  EXPECT_EQ(bodies("", ""), Told());
}

TEST(ShadowBodies, WhatIsNoJsonIsText) {
  EXPECT_EQ(bodies("email=Ada", "email=ada"), (Told{"body: case"}));
  EXPECT_EQ(bodies("{\"a\":1}", "{\"a\":"), (Told{"body: cut"}));
  EXPECT_EQ(bodies("\xff\xfe", "\xff\xfd"), (Told{"body: changed"}));
  // Deeper than anything is looked into: no recursion follows a hostile body.
  const std::string deep(200'000, '[');
  EXPECT_EQ(bodies(deep + "1", deep + "2"), (Told{"body: changed"}));
}

TEST(ShadowBodies, OneCallCannotGiveDifferencesWithoutEnd) {
  std::string before = "{\"x\":0", after = before;
  for (std::size_t i = 0; i < 2 * kMaxDifferences; ++i) {
    before += ",\"k" + std::to_string(i) + "\":1";
    after += ",\"k" + std::to_string(i) + "\":2";
  }
  Comparison out;
  compare_bodies(before + "}", after + "}", "body", out);
  EXPECT_EQ(out.differences.size(), kMaxDifferences);
  EXPECT_TRUE(out.more);
}

TEST(ShadowKinds, AreToldWhereTheyAreCertain) {
  EXPECT_EQ(kind_of_texts("07700 900123", "+447700900123"), "now E.164");
  EXPECT_EQ(kind_of_texts("+44 (7700) 900-123", "+447700900123"), "now E.164");
  EXPECT_EQ(kind_of_texts("0044 7700 900123", "+447700900123"), "now E.164");
  EXPECT_EQ(kind_of_texts("ext. 900123", "+447700900123"), "changed");
  EXPECT_EQ(kind_of_texts("08800 900123", "+447700900123"), "changed");
  EXPECT_EQ(kind_of_texts("+447700900124", "+447700900123"), "changed");
  EXPECT_EQ(kind_of_texts("000", "+447700900123"), "changed");
  EXPECT_EQ(kind_of_texts(" Ada ", "Ada"), "trimmed");
  EXPECT_EQ(kind_of_texts("Ada", "ADA"), "case");
  EXPECT_EQ(kind_of_texts("Ada Lovelace", "Ada"), "cut");
  EXPECT_EQ(kind_of_texts("Ada", ""), "now empty");
  EXPECT_EQ(kind_of_texts("", "Ada"), "now filled");
  EXPECT_EQ(kind_of_texts("Ada", "Bob"), "changed");
}

TEST(ShadowShown, IsOneHarmlessLine) {
  EXPECT_EQ(shown("a\nb\tc\x1b[31m"), "a\\nb\\tc\\u001b[31m");
  EXPECT_EQ(shown("\xff\xc3\x28"), "\xEF\xBF\xBD\xEF\xBF\xBD(");
  EXPECT_EQ(shown("\xe2\x80\xae"
                  "abc"),
            "\\u202eabc")
      << "text must not run backwards";
  EXPECT_EQ(shown("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(shown("äöü€😀"), "äöü€😀");
  EXPECT_EQ(shown("€€€€", 6), "€€…") << "cut between characters";
}

}  // namespace
}  // namespace tenon::shadow
