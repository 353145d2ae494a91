// Rendering: the three forms of one report; hostile text stays text in each.
#include "shadow/render.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tenon::shadow {
namespace {

constexpr const char* kHostile = "</code><script>alert('x')</script>&\"";

Report sample_report(const std::string& text) {
  Report report;
  report.before = "crm@1.0.0";
  report.after = "crm@1.1.0";
  report.before_digest = std::string(64, 'a');
  report.after_digest = std::string(64, 'b');
  report.source = "goldens " + text;
  report.calls = 10'000;
  report.same = 9'687;
  report.different = 312;
  report.diverged = 1;
  report.not_run = {{"pull", 3}};
  PlaceGroup outcome{Rank::outcome, "upsert", "outcome", 1, 1, {}};
  outcome.kinds = {{"unresolved to accepted", 1, 1, {"att_" + text, text, "accepted"}, ""}};
  PlaceGroup phone{Rank::request, "upsert", "body.phone", 312, 340, {}};
  phone.kinds = {{"now E.164", 312, 340, {"att_2", "\"0123\"", "\"+49123\""}, "because " + text}};
  report.places = {outcome, phone};
  DivergedGroup away;
  away.action = "upsert";
  away.step = 1;
  away.asked = "POST api /" + text;
  away.asked_text = "POST api /" + text + "\n\n" + text;
  away.calls = 1;
  away.call = "att_9";
  away.example_why = "it asks for more than the recording has";
  report.divergences = {away};
  report.not_seen = {{"upsert", "body." + text, "", "w"}};
  return report;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ShadowRender, HtmlIsOnePageInTheOrderOfTheReport) {
  const auto page = to_html(sample_report("x"));
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_LT(page.find(">Outcomes<"), page.find(">Requests<"));
  EXPECT_LT(page.find(">Requests<"), page.find(">Diverged<"));
  EXPECT_NE(page.find("312 of 10,000 calls<"), std::string::npos);
  EXPECT_NE(page.find(">340 times<"), std::string::npos);
  EXPECT_NE(page.find("fails: 2 changes are not listed"), std::string::npos);
  // Nothing is loaded and nothing runs.
  for (const char* part : {"<script", "<link", "<img", "http://", "https://", "url(", "@import"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page, to_html(sample_report("x")));
}

TEST(ShadowRender, HostileTextIsNoMarkup) {
  const auto page = to_html(sample_report(kHostile));
  const auto plain = to_html(sample_report("x"));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (const char* tag : {"<code", "</code>", "<div", "</div>", "<mark>", "</mark>", "\""}) {
    EXPECT_EQ(times(page, tag), times(plain, tag)) << tag;
  }
  const auto xml = to_junit(sample_report(kHostile));
  EXPECT_EQ(xml.find("<script"), std::string::npos);
  EXPECT_EQ(times(xml, "\""), times(to_junit(sample_report("x")), "\""));
  EXPECT_EQ(times(xml, "<"), times(to_junit(sample_report("x")), "<"));
}

TEST(ShadowRender, MarksAreBetweenCharacters) {
  auto report = sample_report("x");
  report.places[0].kinds[0].example = {"c", "\"ä€\"", "\"ö€\""};  // ä and ö share their first byte
  report.places[1].kinds[0].example = {"c", "a\xe2\x82\xac", "a\xe2\x82\xac\xe2\x82\xac"};
  const auto page = to_html(report);
  EXPECT_NE(page.find("&quot;<mark>ä</mark>€&quot;"), std::string::npos);
  EXPECT_NE(page.find("&quot;<mark>ö</mark>€&quot;"), std::string::npos);
  EXPECT_NE(page.find("a€<mark>€</mark>"), std::string::npos);
}

TEST(ShadowRender, JunitFailsWhatIsNotListed) {
  const auto xml = to_junit(sample_report("x"));
  EXPECT_NE(xml.find("<testsuite name=\"crm@1.0.0 to crm@1.1.0\" tests=\"4\" failures=\"2\">"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase classname=\"upsert\" name=\"body.phone: now E.164\"/>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<failure message=\"1 of 10,000 calls, not listed in changes.toml\">"),
            std::string::npos)
      << xml;
  auto beyond = sample_report("x");
  beyond.beyond = 4;
  EXPECT_NE(to_junit(beyond).find("failures=\"3\""), std::string::npos);
}

TEST(ShadowRender, JsonHasAllOfIt) {
  const auto json = to_json(sample_report(kHostile));
  EXPECT_EQ(json["calls"], 10'000);
  EXPECT_EQ(json["gate"]["passed"], false);
  EXPECT_EQ(json["gate"]["unlisted"], 2);
  EXPECT_EQ(json["places"][0]["rank"], "outcome");
  EXPECT_EQ(json["places"][0]["kinds"][0]["example"]["before"], kHostile);
  EXPECT_EQ(json["places"][0]["listed"], false);
  EXPECT_EQ(json["places"][1]["kinds"][0]["why"], std::string("because ") + kHostile);
  EXPECT_EQ(json["divergences"][0]["release"], "after");
  EXPECT_EQ(json["not_run"][0]["calls"], 3);
  EXPECT_EQ(json["not_seen"][0]["field"], std::string("body.") + kHostile);
}

TEST(ShadowRender, NumbersAndVerdictsAreForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  Report report;
  report.calls = 1;
  EXPECT_EQ(calls_of(1, report), "1 of 1 call");
  EXPECT_EQ(verdict_text(report), "passes: no difference");
  report.different = 1;
  EXPECT_EQ(verdict_text(report), "passes: every difference is listed in changes.toml");
  report.beyond = 1;
  EXPECT_TRUE(verdict_text(report).starts_with("fails: more differences"));
}

}  // namespace
}  // namespace tenon::shadow
