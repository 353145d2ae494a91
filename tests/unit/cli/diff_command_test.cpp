// tenon connector diff: what it is given, what it refuses, and what it prints; the runs themselves
// are in integration/diff_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/diff_calls.hpp"
#include "cli/render_diff.hpp"
#include "ports/captured_call_json.hpp"
#include "ran.hpp"
#include "support/manifest_file.hpp"
#include "support/sample_capture.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

class DiffCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tenon-diff-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    put("one.so", so_with(manifest_toml("tiny", "1.0.0")));
    put("two.so", so_with(manifest_toml("tiny", "1.1.0")));
    put("other.so", so_with(manifest_toml("other", "1.0.0")));
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
  }
  // Exit 2: nothing was compared, so there is no verdict.
  void unusable(std::vector<std::string> arguments, const std::string& text) const {
    arguments.insert(arguments.begin(), {"connector", "diff"});
    const auto ran = tenon(std::move(arguments));
    EXPECT_EQ(ran.code, kUsage) << ran.out << ran.err;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err << "wanted: " << text;
  }
  std::string fault_of_captures(const std::string& text) const {
    put("calls.jsonl", text);
    const auto read =
        each_capture(at("calls.jsonl"), [](const CapturedCall&) -> Result<void> { return {}; });
    return read ? "none" : read.error().text().substr(folder_.size() + 1);
  }

  std::string folder_;
};

TEST_F(DiffCommand, WantsTwoReleasesOfOneConnectorAndOneSourceOfCalls) {
  unusable({at("one.so"), at("two.so")}, "wanted one source of calls");
  unusable({at("one.so"), at("two.so"), "--captures", "x", "--goldens"}, "found several");
  unusable({at("gone.so"), at("two.so"), "--goldens"}, "found no such file");
  unusable({at("one.so"), at("other.so"), "--goldens"}, "found tiny@1.0.0 and other@1.0.0");
  unusable({at("one.so"), at("two.so"), "--goldens", at("nowhere")}, "wanted a folder of goldens");
  put("bad.toml", "[[change]]\nfeild = \"x\"\n");
  unusable({at("one.so"), at("two.so"), "--goldens", folder_, "--changes", at("bad.toml")},
           "bad.toml:1");
  put("not.tenonpkg", "no package");
  unusable({at("not.tenonpkg"), at("two.so"), "--goldens"}, "not.tenonpkg");
}

TEST_F(DiffCommand, AReleaseOfTheHostNeedsAHost) {
  const auto ran = tenon(
      {"--socket", at("no.sock"), "connector", "diff", "tiny@1.0.0", at("two.so"), "--goldens"});
  EXPECT_EQ(ran.code, kUnreachable) << ran.err;
}

TEST_F(DiffCommand, CapturesAreReadLineByLineAndEachMistakeHasItsNumber) {
  const std::string good = to_json_line(test::sample_capture("att_1")) + "\n";
  put("calls.jsonl", good + "\n" + to_json_line(test::sample_capture("att_2")));
  std::vector<std::string> seen;
  const auto read = each_capture(at("calls.jsonl"), [&](const CapturedCall& call) -> Result<void> {
    seen.push_back(call.attempt);
    return {};
  });
  EXPECT_TRUE(read) << read.error().text();
  EXPECT_EQ(seen, (std::vector<std::string>{"att_1", "att_2"}));
  EXPECT_TRUE(fault_of_captures(good + "{}\n").starts_with("calls.jsonl:2"));
  EXPECT_TRUE(fault_of_captures(good + "\n\x01\xff\n").starts_with("calls.jsonl:3"));
  const auto large = fault_of_captures(std::string(kMaxCapturedCallBytes + 10, 'x'));
  EXPECT_NE(large.find("in one line, found more"), std::string::npos) << large;
  put("calls.jsonl", good);
  const auto stopped = each_capture(
      at("calls.jsonl"), [](const CapturedCall&) -> Result<void> { return unsupported("stop"); });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "stop");
}

TEST_F(DiffCommand, AGoldenThatBothHaveIsRunOnce) {
  const std::string one = R"({"settings": {}, "action": "a", "records": [], "title": "old"})";
  const std::string expects =
      R"({"settings": {}, "action": "a", "records": [], "title": "new", "outcomes": []})";
  const std::string differs = R"({"settings": {"n": 1}, "action": "a", "records": []})";
  const auto calls = scripted_calls(
      {{"golden/a.json", one}, {"golden/b.json", one}},
      {{"golden/a.json", expects}, {"golden/b.json", differs}, {"golden/c.json", one}});
  ASSERT_TRUE(calls) << calls.error().text();
  ASSERT_EQ(calls->size(), 4u);
  EXPECT_EQ((*calls)[1].call.attempt, "golden/b.json");
  EXPECT_EQ((*calls)[2].call.attempt, "golden/b.json (new)");
  EXPECT_EQ((*calls)[2].owner, shadow::Owner::after);
  EXPECT_EQ((*calls)[3].call.attempt, "golden/c.json");
  EXPECT_FALSE(scripted_calls({{"golden/a.json", "{"}}, {}));
}

TEST_F(DiffCommand, PackRefusesChangesThatCannotBeRead) {
  put("changes.toml", "[[change]]\naction = \"send\"\n");
  const auto bad = tenon({"connector", "pack", at("one.so"), "--out", folder_});
  EXPECT_EQ(bad.code, kFailed);
  EXPECT_NE(bad.err.find("changes.toml:1"), std::string::npos) << bad.err;
  EXPECT_FALSE(fs::exists(at("tiny-1.0.0.tenonpkg")));
  put("changes.toml", "[[change]]\naction = \"send\"\nfield = \"outcome\"\nwhy = \"agreed\"\n");
  EXPECT_EQ(tenon({"connector", "pack", at("one.so"), "--out", folder_}).code, kOk);
}

TEST(RenderDiff, IsShortAlignedAndHarmless) {
  shadow::Report report;
  report.before = "crm@1.0.0";
  report.after = "crm@1.1.0";
  report.source = "goldens";
  report.calls = 1'200;
  report.same = 1'196;
  report.different = 3;
  report.diverged = 1;
  shadow::PlaceGroup outcome{shadow::Rank::outcome, "upsert", "outcome", 1, 1, {}};
  outcome.kinds = {
      {"unresolved to accepted", 1, 1, {"golden/a.json", "unresolved", "accepted"}, ""}};
  shadow::PlaceGroup phone{shadow::Rank::request, "upsert", "body.phone", 2, 5, {}};
  phone.kinds = {{"new", 2, 5, {"golden/b.json", "", "\"+49\x1b[2J\""}, "as agreed"}};
  report.places = {outcome, phone};
  shadow::DivergedGroup away;
  away.action = "upsert";
  away.asked_text = "POST api /create\ncovers records 0\n\n{}\n";
  away.calls = 1;
  away.call = "golden/c.json";
  away.example_why = "it asks for more than the recording has";
  report.divergences = {away};
  report.not_run = {{"of the op pull", 3}};
  EXPECT_EQ(render_diff(report, Style{}),
            "crm@1.0.0 -> crm@1.1.0  goldens\n"
            "1,200 calls: 1,196 alike, 3 different, 1 diverged\n"
            "\nOutcomes\n"
            "  outcome  upsert\n"
            "    unresolved to accepted  1 of 1,200 calls  not listed\n"
            "      before  unresolved\n"
            "      after   accepted\n"
            "      in golden/a.json\n"
            "\nRequests\n"
            "  body.phone  upsert\n"
            "    new  2 of 1,200 calls, 5 times  meant: as agreed\n"
            "      before  nothing\n"
            "      after   \"+49·[2J\"\n"
            "      in golden/b.json\n"
            "\nDiverged\n"
            "  step 0  upsert  1 of 1,200 calls  not listed\n"
            "    crm@1.1.0: it asks for more than the recording has\n"
            "      asked    POST api /create\n"
            "               covers records 0\n"
            "               {}\n"
            "      recorded nothing\n"
            "      in golden/c.json\n"
            "\nNotes\n"
            "  3 not run: of the op pull\n"
            "\nfails: 2 changes are not listed in changes.toml\n");
}

}  // namespace
}  // namespace tenon::cli
