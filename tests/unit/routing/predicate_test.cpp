// Tests of matches: each test of the language against one event, with its limits of kind and
// number.
#include <gtest/gtest.h>

#include "domain/routing/route.hpp"

namespace tenon::routing {
namespace {

constexpr const char* kEvent = R"({"type":"track","event":"Order Completed","userId":"u1",
  "properties":{"total":12.5,"count":9007199254740993,"big":1e3,"plan":"pro","test":false,
  "quote":"a\"b","none":null,"tags":["x","y"],"huge":18446744073709551615},"name":"ignored"})";

Predicate when(const std::string& toml) {
  const auto text =
      "tenant = \"a\"\nworkspace = \"b\"\nconsent = \"not_enforced\"\n"
      "[[destinations]]\nname = \"d\"\nconnector = \"c\"\n"
      "[[routes]]\nname = \"r\"\ndestination = \"d\"\naction = \"x\"\n"
      "when = { " +
      toml + " }\n";
  auto parsed = parse_workspace(text, "w");
  EXPECT_TRUE(parsed) << parsed.error().errors.front().text();
  return parsed ? parsed->routes.at(0).when : Predicate{};
}

bool holds(const std::string& toml, const std::string& event = kEvent) {
  JsonParser parser;
  const auto view = parser.parse(event, 32);
  EXPECT_TRUE(view);
  return matches(when(toml), *view);
}

TEST(predicate, each_test) {
  const struct {
    const char* toml;
    bool holds;
  } kCases[] = {
      {"type = \"track\"", true},
      {"type = [\"page\", \"track\"]", true},
      {"type = \"page\"", false},
      {"event = \"Order Completed\"", true},
      {"event = \"order completed\"", false},
      {"event = \"ignored\"", false},
      {"exists = \"/userId\"", true},
      {"exists = [\"/userId\", \"/nope\"]", false},
      {"exists = \"/properties/none\"", false},
      {"exists = \"/properties/tags/1\"", true},
      {"eq = { \"/properties/plan\" = \"pro\" }", true},
      {"eq = { \"/properties/plan\" = \"PRO\" }", false},
      {"eq = { \"/properties/quote\" = 'a\"b' }", true},
      {"eq = { \"/properties/test\" = false }", true},
      {"eq = { \"/properties/test\" = true }", false},
      {"eq = { \"/properties/test\" = \"false\" }", false},
      {"eq = { \"/properties/total\" = 12.5 }", true},
      {"eq = { \"/properties/total\" = \"12.5\" }", false},
      {"eq = { \"/properties/big\" = 1000 }", true},
      {"eq = { \"/properties/count\" = 9007199254740993 }", true},
      {"eq = { \"/properties/count\" = 9007199254740992 }", false},
      {"eq = { \"/properties/count\" = 9007199254740992.0 }", false},
      {"gt = { \"/properties/count\" = 9007199254740992.0 }", true},
      {"gt = { \"/properties/huge\" = 9223372036854775807 }", true},
      {"lt = { \"/properties/huge\" = 9223372036854775807 }", false},
      {"eq = { \"/properties/tags\" = \"x\" }", false},
      {"eq = { \"/properties/nope\" = 1 }", false},
      {"in = { \"/properties/plan\" = [\"free\", \"pro\"] }", true},
      {"in = { \"/properties/plan\" = [1, true] }", false},
      {"prefix = { \"/properties/plan\" = \"pr\" }", true},
      {"prefix = { \"/properties/plan\" = \"pros\" }", false},
      {"prefix = { \"/properties/total\" = \"1\" }", false},
      {"prefix = { \"/properties/quote\" = 'a\"' }", true},
      {"gt = { \"/properties/total\" = 12 }", true},
      {"gt = { \"/properties/total\" = 12.5 }", false},
      {"lt = { \"/properties/total\" = 13 }", true},
      {"gt = { \"/properties/plan\" = \"pra\" }", true},
      {"gt = { \"/properties/plan\" = 5 }", false},
      {"lt = { \"/properties/plan\" = 5 }", false},
      {"not = { type = \"page\" }", true},
      {"not = { eq = { \"/properties/nope\" = 1 } }", true},
      {"not = { type = \"track\", event = \"Other\" }", true},
      {"any = [{ type = \"page\" }, { event = \"Order Completed\" }]", true},
      {"any = [{ type = \"page\" }, { event = \"Other\" }]", false},
      {"all = [{ type = \"track\" }, { event = \"Order Completed\" }]", true},
      {"type = \"track\", event = \"Other\"", false},
  };
  for (const auto& one : kCases) EXPECT_EQ(holds(one.toml), one.holds) << one.toml;
}

TEST(predicate, pages_and_screens_are_named_by_name) {
  EXPECT_TRUE(holds("event = \"Home\"", R"({"type":"page","name":"Home","event":"x"})"));
  EXPECT_TRUE(holds("event = \"Home\"", R"({"type":"screen","name":"Home"})"));
  EXPECT_FALSE(holds("event = \"Home\"", R"({"type":"identify","name":"Home"})"));
}

TEST(predicate, odd_events_do_not_match_and_do_no_harm) {
  for (const char* event : {"{}", "[]", "null", "5", R"({"type":5,"event":{}})"}) {
    EXPECT_FALSE(holds("type = \"track\"", event)) << event;
    EXPECT_FALSE(holds("event = \"x\"", event)) << event;
    EXPECT_FALSE(holds("gt = { \"/a/b\" = 1 }", event)) << event;
  }
  EXPECT_TRUE(matches(Predicate{}, JsonView()));
}

}  // namespace
}  // namespace tenon::routing
