// Differences of JSON are told by field, and shown so that they can be read.
#include "testkit/diff.hpp"

#include <gtest/gtest.h>

#include "testkit/json_text.hpp"

namespace tenon::testkit {
namespace {

Differences between(const char* wanted, const char* found) {
  Differences out;
  compare(Json::parse(wanted), Json::parse(found), "", out);
  return out;
}
std::vector<std::string> paths(const Differences& differences) {
  std::vector<std::string> all;
  for (const Difference& difference : differences) all.push_back(difference.path);
  return all;
}
using Paths = std::vector<std::string>;

TEST(Diff, names_the_field) {
  EXPECT_EQ(between(R"({"a":[1,{"b":2}]})", R"({"a":[1,{"b":2}]})"), Differences());
  EXPECT_EQ(paths(between(R"({"a":[1,{"b/~":2,"c":3}]})", R"({"a":[1,{"b/~":3,"d":3}]})")),
            (Paths{"/a/1/b~1~0", "/a/1/c", "/a/1/d"}));
  EXPECT_EQ(paths(between(R"({"a":1})", R"([1])")), Paths{""});
}

TEST(Diff, one_item_more_in_the_middle_is_one_difference) {
  const auto more = between("[1,2,3]", "[1,9,2,3]");
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0], (Difference{"/1", std::nullopt, Json(9), ""}));
  EXPECT_EQ(paths(between("[1,2,3,4]", "[1,4]")), (Paths{"/1", "/2"}));
  EXPECT_EQ(paths(between("[1,2]", "[]")), (Paths{"/0", "/1"}));
}

TEST(Diff, a_number_counts_as_it_is_written) {
  EXPECT_EQ(paths(between(R"({"n":5})", R"({"n":5.0})")), Paths{"/n"});
  EXPECT_EQ(paths(between("[1,2]", "[1.0,2,3]")), (Paths{"/0", "/2"}));
  EXPECT_EQ(paths(between("[0]", "[-0.0]")), Paths{"/0"});
  EXPECT_EQ(between("[1e3,-7]", "[1000.0,-7]"), Differences());
}

TEST(Diff, another_order_of_members_is_a_difference) {
  const auto other = between(R"({"a":1,"b":2})", R"({"b":2,"a":1})");
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].note, "the members stand in another order");
}

TEST(Diff, only_named_members_count_where_that_is_asked_for) {
  Differences out;
  compare_named(Json::parse(R"({"a":1})"), Json::parse(R"({"a":1,"b":2})"), "", out);
  EXPECT_EQ(out, Differences());
}

TEST(Diff, is_shown_with_place_wanted_and_found) {
  EXPECT_EQ(shown(between(R"({"outcomes":[{"verdict":"rejected"}]})",
                          R"({"outcomes":[{"verdict":"retry","reason":202}]})")),
            "  /outcomes/0/verdict\n"
            "      wanted  \"rejected\"\n"
            "      found   \"retry\"\n"
            "  /outcomes/0/reason\n"
            "      wanted  nothing\n"
            "      found   202\n");
}

TEST(Diff, of_a_long_text_only_the_place_is_shown) {
  const std::string head(500, 'a'), tail(500, 'b');
  Differences out;
  compare(Json(head + "X" + tail), Json(head + "Y" + tail), "/body", out);
  const std::string text = shown(out);
  EXPECT_NE(text.find("from byte 500 on"), std::string::npos) << text;
  EXPECT_NE(text.find("aaaX"), std::string::npos);
  EXPECT_NE(text.find("aaaY"), std::string::npos);
  EXPECT_LT(text.size(), 250u);
  // One that is the beginning of the other.
  out.clear();
  compare(Json(head), Json(head + "é"), "/body", out);
  EXPECT_NE(shown(out).find("é"), std::string::npos);
}

TEST(Diff, shows_no_more_than_a_page) {
  Json wanted = Json::array(), found = Json::array();
  for (int i = 0; i < 100; ++i) wanted.push_back(i), found.push_back(-i - 1);
  Differences out;
  compare(wanted, found, "", out);
  EXPECT_NE(shown(out).find("and 80 more"), std::string::npos);
}

TEST(JsonText, keeps_on_one_line_what_fits) {
  EXPECT_EQ(pretty(Json::parse(R"({"a":[1,2],"b":{}})")), R"({"a": [1, 2], "b": {}})");
  const std::string word(60, 'x');
  EXPECT_EQ(pretty(Json{{"a", word}, {"b", {1, word}}}),
            "{\n  \"a\": \"" + word + "\",\n  \"b\": [1, \"" + word + "\"]\n}");
}

}  // namespace
}  // namespace tenon::testkit
