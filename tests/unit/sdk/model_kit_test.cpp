// What models are made of: quotas in several windows, routes with parameters, stores with pages.
#include <gtest/gtest.h>

#include "testkit/dice.hpp"
#include "testkit/model_json.hpp"
#include "testkit/object_store.hpp"
#include "testkit/quota.hpp"
#include "testkit/routes.hpp"

namespace tenon::testkit {
namespace {

TEST(ModelQuota, RollingCountsAnyWindow) {
  const std::vector<QuotaWindow> rules{{"ten", 2, 10'000}};
  QuotaUse use;
  EXPECT_FALSE(take(rules, use, 0));
  EXPECT_FALSE(take(rules, use, 4'000));
  const auto over = take(rules, use, 9'999);
  ASSERT_TRUE(over);
  EXPECT_EQ(over->name, "ten");
  EXPECT_EQ(over->wait_ms, 1);
  EXPECT_FALSE(take(rules, use, 10'000));
  EXPECT_TRUE(take(rules, use, 10'001));
}

TEST(ModelQuota, FixedBeginsAnewAtItsHour) {
  const std::vector<QuotaWindow> rules{{"daily", 2, 1'000, QuotaKind::fixed}};
  QuotaUse use;
  EXPECT_FALSE(take(rules, use, 5'900));
  EXPECT_FALSE(take(rules, use, 5'950));
  const auto over = take(rules, use, 5'999);
  ASSERT_TRUE(over);
  EXPECT_EQ(over->wait_ms, 1);
  EXPECT_FALSE(take(rules, use, 6'000));
}

TEST(ModelQuota, ABucketHasABurstThenASteadyFlow) {
  const std::vector<QuotaWindow> rules{{"burst", 4, 4'000, QuotaKind::bucket}};
  QuotaUse use;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(rules, use, 1'000)) << i;
  const auto over = take(rules, use, 1'000);
  ASSERT_TRUE(over);
  EXPECT_TRUE(take(rules, use, 1'000 + over->wait_ms - 2));
  EXPECT_FALSE(take(rules, use, 1'000 + over->wait_ms));
  EXPECT_EQ(remaining(rules[0], use.windows[0], 60'000), 4U);
}

// All or none: what one window refuses is not counted in another.
TEST(ModelQuota, TheLongestWaitIsToldAndNothingIsCountedThen) {
  const std::vector<QuotaWindow> rules{{"second", 1, 1'000}, {"day", 2, 86'400'000}};
  QuotaUse use;
  EXPECT_FALSE(take(rules, use, 0));
  EXPECT_EQ(take(rules, use, 10)->name, "second");
  EXPECT_EQ(remaining(rules[1], use.windows[1], 10), 1U);
  EXPECT_FALSE(take(rules, use, 1'000));
  EXPECT_EQ(take(rules, use, 1'001)->name, "day");
}

TEST(ModelQuota, LimitsMayChangeAndMayBeNone) {
  QuotaUse use;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(take({{"w", 5, 1'000}}, use, i));
  EXPECT_EQ(take({{"w", 2, 1'000}}, use, 10)->wait_ms, 1'003 - 10);
  EXPECT_EQ(take({{"w", 0, 1'000}}, use, 10)->wait_ms, 1'000);
  EXPECT_FALSE(take({}, use, 10));
  // Too many to be remembered one by one.
  EXPECT_FALSE(take({{"big", kMaxRolling + 1, 1'000}}, use, 10));
  EXPECT_TRUE(use.windows[0].times.empty());
}

TEST(ModelQuota, RetryAfterIsNeverTooEarly) {
  EXPECT_EQ(retry_after_s(0), 0);
  EXPECT_EQ(retry_after_s(1), 1);
  EXPECT_EQ(retry_after_s(1'000), 1);
  EXPECT_EQ(retry_after_s(1'001), 2);
}

TEST(ModelRoutes, PathsFitByWholeSegments) {
  std::map<std::string, std::string> values;
  EXPECT_TRUE(path_fits("/v1/{kind}/{id}", "/v1/contacts/7%2F8", values));
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"id", "7%2F8"}, {"kind", "contacts"}}));
  for (const char* path :
       {"/v1/contacts", "/v1/contacts/", "/v1//7", "/v1/contacts/7/x", "/v2/a/b", ""}) {
    EXPECT_FALSE(path_fits("/v1/{kind}/{id}", path, values)) << path;
  }
  EXPECT_TRUE(path_fits("/a/{x}.json", "/a/b.json", values) == false);  // a {name} is a segment
}

class Names {
 public:
  ModelReply get(const ModelCall& call) {
    ++asked;
    return json_reply(200, call.path.at("name") + "," + call.query("q") + "," + call.query("none"));
  }
  int asked = 0;
};

TEST(ModelRoutes, TheFirstRowThatFitsAnswers) {
  const Routes<Names> routes{{"GET", "/n/{name}", &Names::get}};
  Names names, other;
  ModelRequest request{"GET", "/n/ada", "p=1&q=a%20b&q=c", {}, ""};
  EXPECT_EQ(routes.answer(names, request, 0, 0)->body, "ada,a%20b,");
  EXPECT_EQ(names.asked, 1);
  EXPECT_EQ(other.asked, 0);
  request.method = "POST";
  EXPECT_FALSE(routes.answer(names, request, 0, 0));
}

struct Thing {
  std::string id;
  int n = 0;
};

TEST(ModelStore, KeysIdsAndPages) {
  ObjectStore<Thing> store("t_", 7);
  bool created = false;
  for (const char* key : {"b", "a", "c"}) store.at_or_new(key, created).n = key[0];
  EXPECT_EQ(store.find("b")->id, "t_7");
  store.at_or_new("b", created);
  EXPECT_FALSE(created);
  EXPECT_EQ(store.key_of("t_9"), "c");
  EXPECT_EQ(store.key_of("t_10"), "");
  const auto first = store.page("", 2);
  ASSERT_EQ(first.objects.size(), 2U);
  EXPECT_EQ(first.objects[0]->n, 'a');
  store.at_or_new("aa", created);  // what is written behind a cursor moves no page
  const auto second = store.page(first.next, 2);
  ASSERT_EQ(second.objects.size(), 1U);
  EXPECT_EQ(second.objects[0]->n, 'c');
  EXPECT_EQ(second.next, "");
  EXPECT_TRUE(store.erase("c"));
  EXPECT_FALSE(store.erase("c"));
  EXPECT_EQ(store.key_of("t_9"), "");
}

TEST(ModelOptions, AreSetByNameAndKind) {
  int number = 0;
  std::string text;
  enum class Mood { good, bad } mood = Mood::good;
  const Options options{{"number", option(number)},
                        {"text", option(text)},
                        {"mood", option(mood, {{"good", Mood::good}, {"bad", Mood::bad}})}};
  EXPECT_EQ(set_options(options, R"({"number":3,"text":"x","mood":"bad"})"), "");
  EXPECT_EQ(number, 3);
  EXPECT_EQ(mood, Mood::bad);
  EXPECT_EQ(set_options(options, "[]"), "wanted a JSON object of options");
  EXPECT_EQ(set_options(options, R"({"nmber":3})"),
            "nmber: no such option; wanted one of mood, number, text");
  EXPECT_EQ(set_options(options, R"({"number":"3"})"),
            "number: wanted another kind of value, found string");
  EXPECT_EQ(set_options(options, R"({"mood":"so"})"),
            "mood: wanted one of bad, good, found \"so\"");
  EXPECT_EQ(dumped("\xff"), "\"\xEF\xBF\xBD\"");
}

TEST(ModelDice, SpreadsAndRepeats) {
  EXPECT_EQ(draw(1, 2), draw(1, 2));
  EXPECT_NE(draw(1, 2), draw(2, 1));
  EXPECT_EQ(below(0, 5, 1), 0U);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_LT(below(3, draw(0, i), 1), 3U);
}

}  // namespace
}  // namespace tenon::testkit
