// What the READMEs of the SDK show is there: the example's lines, the goldens that are named.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tenon {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(TENON_SOURCE_DIR "/sdk/" + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  EXPECT_FALSE(lines.empty()) << path;
  return lines;
}

// The first indented block under the heading, without its indentation.
std::vector<std::string> block_under(const std::string& heading,
                                     const std::vector<std::string>& lines) {
  std::vector<std::string> block;
  auto at = std::find(lines.begin(), lines.end(), heading);
  for (; at != lines.end(); ++at) {
    if (at->starts_with("    ")) {
      block.push_back(at->substr(4));
    } else if (!at->empty() && !block.empty()) {
      break;
    }
  }
  return block;
}

// Each line in the order of the file; "..." stands for what is left out.
TEST(SdkReadme, shows_the_template) {
  const auto shown = block_under("## What it looks like", lines_of("README.md"));
  const auto code = lines_of("template/cpp/connector.cpp");
  ASSERT_GT(shown.size(), 20u);
  auto from = code.begin();
  for (const std::string& line : shown) {
    if (line.ends_with("...")) continue;
    const auto at = std::find(from, code.end(), line);
    ASSERT_NE(at, code.end()) << line;
    from = at + 1;
  }
}

TEST(TemplateReadme, names_goldens_that_are_there) {
  int named = 0;
  for (const std::string& line : lines_of("template/common/README.md")) {
    const auto at = line.find("--case golden.");
    if (at == std::string::npos) continue;
    const std::string name = line.substr(at + 14, line.find(' ', at + 14) - at - 14);
    EXPECT_TRUE(
        std::filesystem::exists(TENON_SOURCE_DIR "/sdk/template/common/golden/" + name + ".json"))
        << line;
    ++named;
  }
  EXPECT_EQ(named, 1);
}

}  // namespace
}  // namespace tenon
