// Tests of map_record and its steps: tables of value, steps and what comes out, or which error.
#include <gtest/gtest.h>

#include "domain/routing/route.hpp"

namespace tenon::routing {
namespace {

Result<std::string> mapped(const std::string& toml, const std::string& event) {
  const auto text =
      "tenant = \"a\"\nworkspace = \"b\"\nconsent = \"not_enforced\"\n"
      "[[destinations]]\nname = \"d\"\nconnector = \"c\"\n"
      "[[routes]]\nname = \"r\"\ndestination = \"d\"\naction = \"x\"\n" +
      (toml.empty() ? "" : "[routes.map]\n" + toml);
  auto parsed = parse_workspace(text, "w");
  EXPECT_TRUE(parsed) << parsed.error().errors.front().text();
  JsonParser parser;
  const auto view = parser.parse(event, 32);
  EXPECT_TRUE(view) << view.error().text();
  if (!parsed || !view) return invalid("test");
  return map_record(parsed->routes.at(0), *view, event);
}

TEST(mapping, of_none_is_the_event_as_it_is) { EXPECT_EQ(*mapped("", R"({"a":1})"), R"({"a":1})"); }

TEST(mapping, builds_the_record_in_the_order_of_the_file) {
  const struct {
    const char* toml;
    const char* event;
    const char* record;
  } kCases[] = {
      {"z = \"/a\"\ny = \"/b\"", R"({"a":1,"b":"x"})", R"({"z":1,"y":"x"})"},
      {"z = \"/nope\"", R"({"a":1})", R"({})"},
      {"z = \"/a\"", R"({"a":null})", R"({"z":null})"},
      {"z = { from = \"/a\", default = 7 }", R"({"a":null})", R"({"z":7})"},
      {"z = { from = \"/a\", default = \"d\" }", R"({})", R"({"z":"d"})"},
      {"z = { from = \"/a\", default = \"d\" }", R"({"a":false})", R"({"z":false})"},
      {"z = { from = \"/a\", steps = [\"lower\"], default = \"D\" }", R"({})", R"({"z":"D"})"},
      {"z = { from = \"/a\", steps = [\"lower\"] }", R"({"a":null})", R"({"z":null})"},
      {"z = { constant = [1, { b = true }] }", R"({})", R"({"z":[1,{"b":true}]})"},
      {"\"/p/q\" = \"/a\"\n\"/p/r\" = \"/b\"", R"({"a":1,"b":2})", R"({"p":{"q":1,"r":2}})"},
      {"\"/p~1q/a~0\" = \"/a\"", R"({"a":1})", R"({"p/q":{"a~":1}})"},
      {"\"q\\\"uote\" = \"/a\"", R"({"a":1})", R"({"q\"uote":1})"},
      {"z = \"/a\"", R"({"a":{"b":[1,2.50,"x\n"]}})", R"({"z":{"b":[1,2.50,"x\n"]}})"},
      {"\"\" = \"/a\"", R"({"a":{"b":1}})", R"({"b":1})"},
      {"\"\" = \"/a\"\nb = \"/c\"\nd = \"/c\"", R"({"a":{"b":1,"e":2},"c":3})",
       R"({"b":3,"e":2,"d":3})"},
      {"\"\" = \"\"\n\"/a/x\" = \"/c\"", R"({"a":{"b":1,"x":1},"c":3})",
       R"({"a":{"b":1,"x":3},"c":3})"},
      {"\"\" = \"\"\n\"/a/x\" = \"/c\"", R"({"a":5,"c":3})", R"({"a":{"x":3},"c":3})"},
  };
  for (const auto& one : kCases) {
    const auto got = mapped(one.toml, one.event);
    ASSERT_TRUE(got) << one.toml << ": " << got.error().text();
    EXPECT_EQ(*got, one.record) << one.toml << " of " << one.event;
  }
}

struct StepCase {
  const char* steps;
  const char* value;
  const char* result;  // JSON, or part of the error's text after "!"
};

TEST(mapping, each_step) {
  const StepCase kCases[] = {
      {"\"trim\"", R"("  a b\t\n")", R"("a b")"},
      {"\"trim\"", R"("  ")", R"("")"},
      {"\"trim\"", "5", "!step trim: wanted a string, found a number"},
      {"\"lower\"", R"("AbÄ")", R"("abÄ")"},
      {"\"upper\"", R"("abz{")", R"("ABZ{")"},
      {"\"upper\"", "[1]", "!step upper: wanted a string, found an array"},
      {"\"lower\"", "true", "!step lower: wanted a string, found true or false"},
      {"\"to_string\"", "12.50", R"("12.50")"},
      {"\"to_string\"", "9007199254740993", R"("9007199254740993")"},
      {"\"to_string\"", "true", R"("true")"},
      {"\"to_string\"", R"("x")", R"("x")"},
      {"\"to_string\"", "{}",
       "!step to_string: wanted a string, a number, true or false, found an"},
      {"\"to_number\"", R"("12.50")", "12.50"},
      {"\"to_number\"", R"("-9223372036854775808")", "-9223372036854775808"},
      {"\"to_number\"", "7", "7"},
      {"\"to_number\"", R"("9223372036854775808")", "!step to_number: wanted a number such as"},
      {"\"to_number\"", R"("1e999")", "!step to_number"},
      {"\"to_number\"", R"("007")", "!step to_number"},
      {"\"to_number\"", R"(" 7")", "!step to_number"},
      {"\"to_number\"", R"("0x10")", "!step to_number"},
      {"\"to_number\"", R"("secret")", "!step to_number"},
      {"\"to_number\"", R"("")", "!found a string that is none"},
      {"\"trim\", \"to_number\"", R"(" 7 ")", "7"},
      {"\"e164_digits\"", R"("+49 (170) 123-45")", R"("+4917012345")"},
      {"\"e164_digits\"", R"("0049.170/12345")", R"("+4917012345")"},
      {"\"e164_digits\"", R"("0170 12345")", "!wanted a telephone number in international form"},
      {"\"e164_digits\"", R"("+49170x1234")", "!step e164_digits"},
      {"\"e164_digits\"", R"("+123456")", "!step e164_digits"},
      {"\"e164_digits\"", R"("+1234567")", R"("+1234567")"},
      {"\"e164_digits\"", R"("+123456789012345")", R"("+123456789012345")"},
      {"\"e164_digits\"", R"("+1234567890123456")", "!step e164_digits"},
      {"\"e164_digits\"", R"("++1234567")", "!step e164_digits"},
      {"\"e164_digits\"", "491701234567", "!step e164_digits"},
      {"\"rfc3339\"", R"("2026-01-02T03:04:05+01:00")", R"("2026-01-02T02:04:05.000000Z")"},
      {"\"rfc3339\"", R"("2026-01-02T03:04:05.5")", R"("2026-01-02T03:04:05.500000Z")"},
      {"\"rfc3339\"", R"("2026-01-02")", R"("2026-01-02T00:00:00.000000Z")"},
      {"\"rfc3339\"", "1767323045", R"("2026-01-02T03:04:05.000000Z")"},
      {"\"rfc3339\"", "1767323045678", R"("2026-01-02T03:04:05.678000Z")"},
      {"\"rfc3339\"", "1767323045.5", R"("2026-01-02T03:04:05.500000Z")"},
      {"\"rfc3339\"", R"("1767323045678")", R"("2026-01-02T03:04:05.678000Z")"},
      {"\"rfc3339\"", "100000000000000", "!step rfc3339: wanted a time"},
      {"\"rfc3339\"", "-99999999999", "!step rfc3339"},
      {"\"rfc3339\"", R"("yesterday")", "!step rfc3339: wanted a time as RFC 3339, a date, or"},
      {"\"rfc3339\"", "true", "!found true or false"},
      {"\"sha256_hex\"", R"("abc")",
       R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"},
      {"\"sha256_hex\"", "5", "!step sha256_hex: wanted a string, found a number"},
      {"\"trim\", \"lower\", \"sha256_hex\"", R"(" ABC ")",
       R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"},
  };
  for (const auto& one : kCases) {
    const auto got = mapped("z = { from = \"/v\", steps = [" + std::string(one.steps) + "] }",
                            "{\"v\":" + std::string(one.value) + "}");
    if (one.result[0] != '!') {
      ASSERT_TRUE(got) << one.steps << " of " << one.value << ": " << got.error().text();
      EXPECT_EQ(*got, "{\"z\":" + std::string(one.result) + "}")
          << one.steps << " of " << one.value;
      continue;
    }
    ASSERT_FALSE(got) << one.steps << " of " << one.value << " gave " << *got;
    const auto text = got.error().text();
    EXPECT_NE(text.find(one.result + 1), std::string::npos) << text;
    EXPECT_EQ(text.find("route r: field /z: step "), 0u) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  }
}

TEST(mapping, the_whole_record_must_be_an_object) {
  for (const char* event : {R"({"a":5})", R"({"a":[1]})", "{}"}) {
    const auto got = mapped("\"\" = \"/a\"", event);
    ASSERT_FALSE(got) << event;
    EXPECT_EQ(got.error().kind, ErrorKind::invalid);
    EXPECT_NE(got.error().text().find("wanted an object as the whole record"), std::string::npos);
  }
}

TEST(mapping, the_record_has_a_limit) {
  const auto event = "{\"a\":\"" + std::string(10'000, 'x') + "\"}";
  const auto rules = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "f" + std::to_string(i) + " = \"/a\"\n";
    return out;
  };
  EXPECT_TRUE(mapped(rules(104), event));
  const auto got = mapped(rules(105), event);
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().text().find("at most 1 MiB"), std::string::npos);
}

}  // namespace
}  // namespace tenon::routing
