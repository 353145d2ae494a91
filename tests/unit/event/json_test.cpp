// The JSON reader and writer: what is read, what is kept to the byte, what is refused and where.
#include "event/json.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tenon {
namespace {

constexpr int kDepth = 32;

std::string message_of(std::string_view text, int depth = kDepth) {
  JsonParser parser;
  const auto parsed = parser.parse(text, depth);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(Json, ReadsEachKind) {
  JsonParser parser;
  const auto doc = parser.parse(
      R"( {"n":null,"t":true,"f":false,"i":-7,"u":18446744073709551615,"d":-1e-7,"s":"aé\u0000","a":[1,2],"o":{}} )",
      kDepth);
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->size(), 9u);
  EXPECT_EQ(doc->member("n")->kind(), JsonKind::null);
  EXPECT_EQ(doc->member("t")->as_bool(), true);
  EXPECT_EQ(doc->member("f")->as_bool(), false);
  EXPECT_EQ(doc->member("i")->as_int(), -7);
  EXPECT_EQ(doc->member("i")->as_double(), -7.0);
  EXPECT_FALSE(doc->member("u")->as_int());
  EXPECT_EQ(doc->member("u")->as_double(), 18446744073709551615.0);
  EXPECT_EQ(doc->member("d")->as_double(), -1e-7);
  EXPECT_FALSE(doc->member("d")->as_int());
  EXPECT_EQ(doc->member("s")->as_string(), std::string_view("aé\0", 4));
  EXPECT_EQ(doc->member("a")->size(), 2u);
  EXPECT_EQ(doc->member("o")->size(), 0u);
  EXPECT_FALSE(doc->member("missing"));
  EXPECT_FALSE(doc->member("i")->as_string());
  EXPECT_FALSE(JsonView().as_bool());
}

TEST(Json, FollowsPointers) {
  JsonParser parser;
  const auto doc = parser.parse(R"({"a":[{"b/c":1},{"~d":2}],"":3})", kDepth);
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->at("/a/0/b~1c")->as_int(), 1);
  EXPECT_EQ(doc->at("/a/1/~0d")->as_int(), 2);
  EXPECT_EQ(doc->at("/")->as_int(), 3);
  EXPECT_EQ(doc->at("")->kind(), JsonKind::object);
  for (const auto* nowhere : {"/x", "/a/2", "/a/-", "/a/00", "/a/0/b~2c", "a", "/a/0/b~1c/x"}) {
    EXPECT_FALSE(doc->at(nowhere)) << nowhere;
  }
}

TEST(Json, KeepsTheBytesOfEachValue) {
  JsonParser parser;
  const auto doc = parser.parse(
      " [ 1.50 , 123456789012345678901234567890, \"\\u00e9 \\/\" ,{ \"a\" : [ null ] } ,-0 ] ",
      kDepth);
  ASSERT_TRUE(doc);
  std::vector<std::string> sources;
  doc->each_item([&](JsonView value) {
    sources.emplace_back(value.source());
    return true;
  });
  EXPECT_EQ(sources, (std::vector<std::string>{"1.50", "123456789012345678901234567890",
                                               "\"\\u00e9 \\/\"", "{ \"a\" : [ null ] }", "-0"}));
  EXPECT_EQ(doc->to_json(), R"([1.50,123456789012345678901234567890,"\u00e9 \/",{"a":[null]},-0])");
  EXPECT_EQ(doc->at("/1")->as_double(), 123456789012345678901234567890.0);
  EXPECT_EQ(doc->at("/3")->to_json(), R"({"a":[null]})");
}

TEST(Json, FindsValuesBehindLongNumbers) {
  JsonParser parser;
  const auto doc = parser.parse(
      R"({"a":-99999999999999999999999,"s":"12345678901234567890123","b":[20000000000000000000,{"c":7}]})",
      kDepth);
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->at("/a")->source(), "-99999999999999999999999");
  EXPECT_EQ(doc->at("/s")->as_string(), "12345678901234567890123");
  EXPECT_EQ(doc->at("/b/1/c")->source(), "7");
  EXPECT_EQ(doc->at("/b/0")->as_double(), 2e19);
}

TEST(Json, MeasuresDepth) {
  JsonParser parser;
  const auto doc = parser.parse(R"([1.5,[],{"a":[[2]]}])", kDepth);
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->depth(), 4);
  EXPECT_EQ(doc->at("/0")->depth(), 0);
  EXPECT_EQ(doc->at("/1")->depth(), 1);
  EXPECT_EQ(doc->at("/2")->depth(), 3);
}

TEST(Json, StopsAtTheAllowedDepth) {
  EXPECT_EQ(message_of("[[[1]]]", 3), "accepted");
  EXPECT_EQ(message_of("[[[[1]]]]", 3), "wanted at most 3 levels of nesting, found more at byte 3");
  EXPECT_EQ(message_of("1", 0), "accepted");
  std::string bomb(100'000, '[');
  EXPECT_EQ(message_of(bomb), "wanted JSON, found something else at byte 100000");
  bomb.append(100'000, ']');
  EXPECT_EQ(message_of(bomb), "wanted at most 32 levels of nesting, found more at byte 32");
}

TEST(Json, NamesTheByteOfAMistake) {
  EXPECT_EQ(message_of(R"({"a":tru})"),
            "wanted JSON, found a word that is not true, false or null at byte 8");
  EXPECT_EQ(message_of(R"({"a":1)"), "wanted JSON, found something else at byte 6");
  EXPECT_EQ(message_of(""), "wanted JSON, found nothing at byte 0");
  EXPECT_EQ(message_of(R"({"a":1} x)"), "wanted JSON, found something else at byte 8");
  EXPECT_EQ(message_of("{\"a\":\"\xff\"}"),
            "wanted JSON, found bytes that are not UTF-8 at byte 6");
  EXPECT_EQ(message_of("\"\\ud800\""), "wanted JSON, found a string with a wrong escape at byte 7");
  EXPECT_EQ(message_of("[\"a\nb\"]"),
            "wanted JSON, found a string with a bare control character at byte 3");
  EXPECT_EQ(message_of("[\"a"), "wanted JSON, found a string that does not end at byte 3");
  EXPECT_NE(message_of("[01]"), "accepted");
  EXPECT_NE(message_of("[1e999]"), "accepted");
  EXPECT_NE(message_of("[123456789012345678901234567890x]"), "accepted");
  EXPECT_NE(message_of("[1,]"), "accepted");
  EXPECT_NE(message_of("{'a':1}"), "accepted");
}

TEST(Json, ParserServesAgainAfterAMistake) {
  JsonParser parser;
  EXPECT_FALSE(parser.parse("[1", kDepth));
  const auto doc = parser.parse("[2]", kDepth);
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->at("/0")->as_int(), 2);
}

TEST(JsonString, EscapesWhatMustBe) {
  std::string out;
  append_json_string(out, std::string_view("a\"\\\n\r\t\0\x1f/é\x7f", 12));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001f/é\x7f\"");
}

TEST(JsonString, ReplacesWhatIsNoUtf8) {
  std::string out;
  append_json_string(out,
                     "a\xff"
                     "b\xc3");
  EXPECT_EQ(out,
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  JsonWriter out;
  out.begin_object().key("a").begin_array().number(1).string("x").end_array();
  out.key("b").boolean(true).key("c").null().key("d").json("[2]").key("e").begin_object();
  out.end_object().end_object();
  EXPECT_EQ(std::move(out).take(), R"({"a":[1,"x"],"b":true,"c":null,"d":[2],"e":{}})");
}

}  // namespace
}  // namespace tenon
