// [rollout] of a workspace: what is asked of a release unless it says so, and each mistake.
#include <gtest/gtest.h>

#include "manifest/workspace.hpp"

namespace tenon {
namespace {

tl::expected<Workspace, WorkspaceErrors> rollout_workspace(const std::string& lines) {
  return parse_workspace(
      "tenant = \"acme\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n" + lines, "w.toml");
}

TEST(WorkspaceRollout, AsksForConformanceWhereThereAreGoldensUnlessItSaysMoreOrLess) {
  for (const char* lines : {"", "[rollout]\n"}) {
    const auto parsed = rollout_workspace(lines);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->rollout.conformance, ConformanceRule::with_goldens);
  }
  const auto required = rollout_workspace("[rollout]\nconformance = \"required\"\n");
  ASSERT_TRUE(required);
  EXPECT_EQ(required->rollout.conformance, ConformanceRule::required);
  const auto off = rollout_workspace("[rollout]\nconformance = \"off\"\n");
  ASSERT_TRUE(off);
  EXPECT_EQ(off->rollout.conformance, ConformanceRule::off);
  EXPECT_EQ(config_diff(*required, *off),
            std::vector<std::string>{"workspace: rollout.conformance required -> off"});
}

TEST(WorkspaceRollout, TellsEachMistake) {
  const auto error_of = [](const std::string& lines) {
    const auto parsed = rollout_workspace("[rollout]\n" + lines + "\n");
    return parsed ? "no error" : parsed.error().errors.front().text();
  };
  EXPECT_NE(error_of("conformance = \"on\"").find("wanted \"required\" or \"off\", found \"on\""),
            std::string::npos)
      << error_of("conformance = \"on\"");
  EXPECT_NE(error_of("conformance = true").find("conformance"), std::string::npos);
  EXPECT_NE(error_of("conform = \"off\"").find("conform"), std::string::npos);
}

}  // namespace
}  // namespace tenon
