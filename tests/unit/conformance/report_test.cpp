// What tenon-check prints, read: counts that add up, failures told shortly, and nothing believed.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "backends/conformance/conformance_report.hpp"

namespace tenon {
namespace {

using nlohmann::json;

json case_of(const std::string& name, const std::string& result, const std::string& why = {}) {
  return {{"name", name}, {"result", result}, {"why", why}, {"took_ms", 1}};
}

json report_of(std::vector<json> cases, int passed, int failed, int skipped) {
  return {{"subject", "crm.so"},
          {"cases", std::move(cases)},
          {"passed", passed},
          {"failed", failed},
          {"skipped", skipped}};
}

TEST(ConformanceReports, AreReadWithTheirFailures) {
  const auto read = read_conformance(
      report_of({case_of("load", "pass"), case_of("golden.new", "fail", "body differs\nmore of it"),
                 case_of("hangs", "timeout", "no end"), case_of("dies", "crash", "signal"),
                 case_of("other", "skip", "no goldens")},
                1, 3, 1)
          .dump());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->passed, 1u);
  EXPECT_EQ(read->failed, 3u);
  EXPECT_EQ(read->skipped, 1u);
  ASSERT_EQ(read->failures.size(), 3u);
  EXPECT_EQ(read->failures[0], (FailedCase{"golden.new", "body differs"}));
  EXPECT_EQ(read->failures[2].name, "dies");
}

TEST(ConformanceReports, AreCutToWhatPeopleRead) {
  std::vector<json> cases;
  for (int i = 0; i < 50; ++i) {
    cases.push_back(case_of(std::string(500, 'n'), "fail", "\x1b[31m" + std::string(999, 'w')));
  }
  cases[0]["why"] = std::string(299, 'w') + "\xc3\xa4\xc3\xa4";  // ä would be cut in two
  const auto read = read_conformance(report_of(cases, 0, 50, 0).dump());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->failed, 50u);
  ASSERT_EQ(read->failures.size(), kMaxFailuresTold);
  EXPECT_EQ(read->failures[0].name, std::string(100, 'n') + "...");
  EXPECT_EQ(read->failures[0].why, std::string(299, 'w') + "...");
  EXPECT_EQ(read->failures[1].why.substr(0, 5), "?[31m");
}

TEST(ConformanceReports, WhatIsNoneIsAnError) {
  const json good = report_of({case_of("load", "pass")}, 1, 0, 0);
  const auto kind_of = [](const std::string& text) {
    const auto read = read_conformance(text);
    return read ? ErrorKind::cancelled : read.error().kind;
  };
  EXPECT_EQ(kind_of(""), ErrorKind::corrupt);
  EXPECT_EQ(kind_of("59 passed"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of("[]"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of("{\"cases\":{}}"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(good.dump() + "x"), ErrorKind::corrupt);
  for (const char* count : {"passed", "failed", "skipped"}) {
    json other = good;
    other[count] = 7;
    EXPECT_EQ(kind_of(other.dump()), ErrorKind::corrupt) << count;
    other[count] = "1";
    EXPECT_EQ(kind_of(other.dump()), ErrorKind::corrupt) << count;
    other.erase(count);
    EXPECT_EQ(kind_of(other.dump()), ErrorKind::corrupt) << count;
  }
  json nameless = good;
  nameless["cases"][0].erase("name");
  EXPECT_EQ(kind_of(nameless.dump()), ErrorKind::corrupt);
  nameless["cases"][0] = 7;
  EXPECT_EQ(kind_of(nameless.dump()), ErrorKind::corrupt);
}

}  // namespace
}  // namespace tenon
