// tenon ci: what steps and findings become in each form, programs under a time limit, bad usage.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/child_program.hpp"
#include "cli/ci_steps.hpp"
#include "ran.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

// What tenon-check says, one case of each verdict.
const char* const kAnswer = R"({"cases": [
  {"name": "load.now_local", "result": "pass", "what": "loads", "why": "", "took_ms": 3},
  {"name": "golden.answers", "result": "fail", "what": "Each answer", "why": "one difference\n  /x",
   "took_ms": 4, "matters": "Because.", "debug": "gdb --args x", "notes": ["#0  f at a.c:1"]},
  {"name": "reply.garbage", "result": "crash", "what": "no harm", "why": "signal <9>", "took_ms": 5},
  {"name": "hardening.size", "result": "warn", "what": "small", "why": "20 MiB", "took_ms": 0},
  {"name": "pull.resume", "result": "skip", "what": "resumes", "why": "no pull", "took_ms": 0},
  {"name": "batch.split", "result": "waived", "what": "splits", "why": "fail: differs",
   "waiver": "known, until 2999-01-01", "took_ms": 1}]})";

class CiReport : public ::testing::Test {
 protected:
  CiReport() {
    run_.folder = ".";
    run_.manifest = "manifest.toml";
    run_.release = "acme@1.0.0";
    CiStep step;
    step.name = "check";
    step.verdict = CiVerdict::bad;
    step.about = "1 passed, 2 failed";
    step.items = ci_items_of(Json::parse(kAnswer), {});
    run_.steps = {std::move(step), ci_not_run("package", "a step before failed")};
  }
  CiRun run_;
};

TEST_F(CiReport, EachCaseIsAnItemWithItsVerdict) {
  const auto& items = run_.steps[0].items;
  ASSERT_EQ(items.size(), 6u);
  EXPECT_FALSE(items[0].failed());
  EXPECT_TRUE(items[1].failed());
  EXPECT_EQ(items[1].text, "one difference\n  /x\n  #0  f at a.c:1");
  EXPECT_EQ(items[1].help, "expected Each answer\nmatters  Because.\ndebug    gdb --args x");
  EXPECT_TRUE(items[2].failed());
  for (const std::size_t good : {3, 4, 5}) EXPECT_FALSE(items[good].failed()) << good;
  // What is no report is nothing, and no guess.
  EXPECT_TRUE(ci_items_of(Json::parse("[1]"), {}).empty());
  EXPECT_TRUE(ci_items_of(Json::parse(R"({"cases": 7})"), {}).empty());
}

TEST_F(CiReport, TheTextTellsWhatIsNotGoodAndOneVerdict) {
  const Style plain;
  const auto text = ci_step_text(run_.steps[0], plain);
  EXPECT_EQ(text.find("load.now_local"), std::string::npos) << text;
  EXPECT_NE(text.find("  fail check    1 passed, 2 failed"), std::string::npos) << text;
  EXPECT_NE(text.find("      crash reply.garbage\n          signal <9>\n"), std::string::npos);
  EXPECT_NE(text.find("      waived batch.split\n"), std::string::npos);
  EXPECT_EQ(ci_verdict_text(run_, plain), "\nnot good: acme@1.0.0: check failed\n");
  run_.steps.clear();
  run_.package = "acme-1.0.0.tenonpkg";
  EXPECT_EQ(ci_verdict_text(run_, plain), "\ngood: acme@1.0.0, packed into acme-1.0.0.tenonpkg\n");
}

TEST_F(CiReport, JUnitHasASuitePerStep) {
  const auto xml = ci_junit(run_);
  EXPECT_NE(xml.find("<testsuite name=\"check\" tests=\"6\" failures=\"2\" skipped=\"2\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<failure type=\"crash\" message=\"signal &lt;9&gt;\">"), std::string::npos);
  EXPECT_NE(xml.find("<skipped message=\"skip: a step before failed\"/>"), std::string::npos)
      << xml;
}

TEST_F(CiReport, AStepThatFailedBeforeItsCasesIsACaseItself) {
  CiStep step;
  step.name = "build";
  step.verdict = CiVerdict::bad;
  step.about = "cmake: ended with status 2";
  step.log = "error: no such file";
  run_.steps = {step};
  EXPECT_NE(ci_junit(run_).find("failures=\"1\""), std::string::npos);
  const auto sarif = Json::parse(ci_sarif(run_));
  ASSERT_EQ(sarif["runs"][0]["results"].size(), 1u);
  EXPECT_EQ(sarif["runs"][0]["results"][0]["ruleId"], "tenon/build");
}

TEST_F(CiReport, SarifNamesRulesLevelsAndPlaces) {
  run_.steps[0].items[1].file = "golden/answers.json";
  run_.steps[0].items[1].line = 12;
  const auto sarif = Json::parse(ci_sarif(run_));
  EXPECT_EQ(sarif["version"], "2.1.0");
  const auto& results = sarif["runs"][0]["results"];
  ASSERT_EQ(results.size(), 4u);  // not what passed or was skipped
  EXPECT_EQ(results[0]["ruleId"], "tenon/golden");
  EXPECT_EQ(results[0]["level"], "error");
  const auto& place = results[0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "golden/answers.json");
  EXPECT_EQ(place["region"]["startLine"], 12);
  EXPECT_EQ(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "manifest.toml");
  EXPECT_EQ(results[2]["level"], "warning");
  EXPECT_EQ(results[3]["level"], "note");
  EXPECT_EQ(results[3]["suppressions"].size(), 1u);
  // Each rule that a result names is described.
  EXPECT_EQ(sarif["runs"][0]["tool"]["driver"]["rules"].size(), 4u);
}

TEST(ChildProgram, GivesOutputStatusAndFolder) {
  const auto done =
      run_child({{"sh", "-c", "pwd; echo no >&2; exit 3"}, "/", std::chrono::seconds(60), {}});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->status, 3);
  EXPECT_EQ(done->output, "/\nno\n");
  const auto dropped = run_child({{"sh", "-c", "echo yes; echo no >&2"},
                                  "",
                                  std::chrono::seconds(60),
                                  ChildProgram::Errors::dropped});
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->output, "yes\n");
}

TEST(ChildProgram, WhatIsTooLateIsEndedWithAllThatItStarted) {
  const auto late =
      run_child({{"sh", "-c", "sleep 600 & sleep 600"}, "", std::chrono::seconds(1), {}});
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->in_time);
  EXPECT_EQ(late->status, 128 + 9);
  const auto none = run_child({{"no-such-program-here"}, "", std::chrono::seconds(60), {}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
}

TEST(ChildProgram, LastLinesAreTheEnd) {
  EXPECT_EQ(last_lines(""), "");
  EXPECT_EQ(last_lines("a\nb\n"), "a\nb\n");
  std::string many;
  for (int i = 0; i < 100; ++i) many += std::to_string(i) + "\n";
  const auto end = last_lines(many);
  EXPECT_EQ(end.rfind("60\n61\n", 0), 0u) << end;
  EXPECT_TRUE(end.ends_with("99\n"));
}

TEST(CiCommand, RefusesWhatItCannotRun) {
  const auto none = tenon({"ci", "run", "/nonexistent"});
  EXPECT_EQ(none.code, kUsage);
  EXPECT_NE(none.err.find("wanted a connector's folder"), std::string::npos) << none.err;
  EXPECT_EQ(tenon({"ci"}).code, kUsage);
}

// A folder with neither manifest nor build: each is told, and nothing behind them is guessed.
TEST(CiCommand, AnEmptyFolderFailsByLintAndBuild) {
  namespace fs = std::filesystem;
  const auto folder = fs::path(::testing::TempDir()) / "ci_empty";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const auto done = tenon({"ci", "run", folder.string()});
  EXPECT_EQ(done.code, kFailed) << done.err;
  for (const char* line : {"fail lint", "fail build", "skip unit", "skip goldens", "skip check",
                           "skip scan", "skip package", "lint, build failed"}) {
    EXPECT_NE(done.out.find(line), std::string::npos) << line << "\n" << done.out;
  }
  EXPECT_FALSE(fs::exists(folder / "build"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tenon::cli
