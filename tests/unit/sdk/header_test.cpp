// tenon.h is plain C11 and C++20 for gcc and clang, without padding nobody wrote, and short.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace tenon::testkit {
namespace {

const std::string kInclude = std::string(TENON_SOURCE_DIR) + "/sdk/include";

// The header states the size of each struct itself, so one that compiles has equal sizes.
bool compiles(const std::string& compiler, const std::string& language, const std::string& text) {
  const std::string file = ::testing::TempDir() + "tenon_header." + language;
  std::ofstream(file) << text;
  const std::string standard = language == "c" ? "c11" : "c++20";
  const std::string command = compiler + " -std=" + standard +
                              " -Wall -Wextra -Wpadded -pedantic -Werror -S -o /dev/null -I'" +
                              kInclude + "' " + file + " 2>/dev/null";
  return std::system(command.c_str()) == 0;
}

class Header : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Compilers, Header,
                         ::testing::Values(std::pair{"gcc", "c"}, std::pair{"g++", "cc"},
                                           std::pair{"clang-16", "c"},
                                           std::pair{"clang++-16", "cc"}));

TEST_P(Header, compiles_without_a_warning) {
  const auto& [compiler, language] = GetParam();
  if (std::system((std::string(compiler) + " --version >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << compiler << " is not installed";
  }
  const std::string includes = "#include \"tenon/tenon.h\"\n#include \"tenon/reasons.h\"\n";
  EXPECT_TRUE(compiles(compiler, language, includes));
  EXPECT_TRUE(compiles(compiler, language,
                       includes + "int f(const tenon_call *c);\nint f(const tenon_call *c) {\n"
                                  "  return TENON_HAS(c, tenon_call, inbound) &&\n"
                                  "         TENON_AT(c->records, tenon_record, 0)->attempt; }\n"));
  // The same words do fail where they should.
  EXPECT_FALSE(compiles(compiler, language,
                        includes + "struct s { char c; int i; };\n"
                                   "int g(struct s *p);\n"
                                   "int g(struct s *p) { return p->i; }\n"));
}

TEST(Header, is_short) {
  std::ifstream file(kInclude + "/tenon/tenon.h");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_GT(lines, 100);
  EXPECT_LT(lines, 500);
}

}  // namespace
}  // namespace tenon::testkit
