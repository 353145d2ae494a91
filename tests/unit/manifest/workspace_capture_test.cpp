// [capture] of a workspace: off unless it is there, what it says, and each mistake at its place.
#include <gtest/gtest.h>

#include "manifest/workspace.hpp"

namespace tenon {
namespace {

tl::expected<Workspace, WorkspaceErrors> capture_workspace(const std::string& capture) {
  return parse_workspace(
      "tenant = \"acme\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n" + capture, "w.toml");
}

std::string capture_error_of(const std::string& capture) {
  const auto parsed = capture_workspace("[capture]\n" + capture + "\n");
  return parsed ? "no error" : parsed.error().errors.front().text();
}

TEST(WorkspaceCapture, IsOffWithoutTheTable) {
  const auto parsed = capture_workspace("");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->capture);
}

TEST(WorkspaceCapture, AnEmptyTableKeepsAllAndRedactsWhatIsPersonal) {
  const auto parsed = capture_workspace("[capture]\n");
  ASSERT_TRUE(parsed);
  ASSERT_TRUE(parsed->capture);
  EXPECT_EQ(parsed->capture->sample, 1.0);
  EXPECT_EQ(parsed->capture->budget_mib, 256u);
  EXPECT_EQ(parsed->capture->keep_days, 7u);
  const auto& redact = parsed->capture->redact;
  EXPECT_NE(std::find(redact.begin(), redact.end(), "/email"), redact.end());
}

TEST(WorkspaceCapture, IsReadAndShownInADiff) {
  const auto none = capture_workspace("");
  const auto some = capture_workspace(
      "[capture]\nsample = 0.25\nbudget_mib = 16\nkeep_days = 1\nredact = [\"/traits/email\"]\n");
  ASSERT_TRUE(some);
  EXPECT_EQ(some->capture->sample, 0.25);
  EXPECT_EQ(some->capture->redact, std::vector<std::string>{"/traits/email"});
  const auto diff = config_diff(*none, *some);
  ASSERT_EQ(diff.size(), 1u);
  EXPECT_EQ(diff[0],
            "workspace: capture off -> sample 0.25, budget_mib 16, keep_days 1, redact "
            "[/traits/email]");
  EXPECT_TRUE(capture_workspace("[capture]\nsample = 0\nredact = []\n")->capture->redact.empty());
}

TEST(WorkspaceCapture, MistakesAreToldAtTheirPlace) {
  EXPECT_EQ(capture_error_of("sample = 1.5"),
            "w.toml:5:10: capture.sample: wanted a number from 0.0 to 1.0, found another one");
  EXPECT_EQ(capture_error_of("sample = nan"),
            "w.toml:5:10: capture.sample: wanted a number from 0.0 to 1.0, found another one");
  EXPECT_EQ(capture_error_of("sample = \"all\""),
            "w.toml:5:10: capture.sample: wanted a number from 0.0 to 1.0, found a string");
  EXPECT_NE(capture_error_of("budget_mib = 8").find("capture.budget_mib: wanted"),
            std::string::npos);
  EXPECT_NE(capture_error_of("keep_days = 0").find("capture.keep_days: wanted"), std::string::npos);
  EXPECT_NE(capture_error_of("redact = [\"email\"]").find("capture.redact: wanted pointers"),
            std::string::npos);
  EXPECT_NE(capture_error_of("days = 3").find("capture.days"), std::string::npos);
}

}  // namespace
}  // namespace tenon
