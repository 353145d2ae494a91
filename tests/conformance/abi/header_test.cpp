// tenon.h is plain C11 and C++20 for gcc and clang: no warning, no padding, the same layout for
// all.
#include "conformance/abi/headers.hpp"

namespace tenon {
namespace {

struct Compiler {
  const char* name;
  const char* program;
  const char* language;
};
void PrintTo(const Compiler& compiler, std::ostream* out) { *out << compiler.name; }

class Header : public ::testing::TestWithParam<Compiler> {
 protected:
  void SetUp() override {
    if (run_command(std::string(GetParam().program) + " --version").exit != 0) {
      GTEST_SKIP() << GetParam().program << " is not installed";
    }
  }
  std::string strict() const {
    return std::string(GetParam().program) + " " + GetParam().language +
           " -Wall -Wextra -Wpadded -pedantic -Werror";
  }
};
INSTANTIATE_TEST_SUITE_P(Compilers, Header,
                         ::testing::Values(Compiler{"gcc_c11", "gcc", "-std=c11 -x c"},
                                           Compiler{"gcc_cpp20", "g++", "-std=c++20 -x c++"},
                                           Compiler{"clang_c11", "clang-16", "-std=c11 -x c"},
                                           Compiler{"clang_cpp20", "clang++-16",
                                                    "-std=c++20 -x c++"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(Header, has_the_layout_of_the_table) {
  const std::string probe = fresh_folder() + "/probe.so";
  const Ran built = build_probe(strict(), kInclude, probe);
  ASSERT_EQ(built.exit, 0) << built.output;
  const Ran held = run_command(kTool + " complete " + kTable + " " + probe);
  EXPECT_EQ(held.exit, 0) << held.output;
  EXPECT_TRUE(held.says(" broken=0 changed=0 appended=0")) << held.output;
}

TEST_P(Header, is_of_use_and_its_warnings_are_on) {
  const std::string file = fresh_folder() + "/use.c";
  const auto compiles = [&](const std::string& text) {
    write_text(file, "#include <tenon/tenon.h>\n" + text);
    return run_command(strict() + " -S -o /dev/null -I'" + kInclude + "' '" + file + "'").exit == 0;
  };
  EXPECT_TRUE(
      compiles("int f(const tenon_call *c);\nint f(const tenon_call *c) {\n"
               "  return TENON_HAS(c, tenon_call, inbound) &&\n"
               "         TENON_AT(c->records, tenon_record, 0)->attempt; }\n"));
  EXPECT_FALSE(
      compiles("struct s { char c; int i; };\nint g(struct s *p);\n"
               "int g(struct s *p) { return p->i; }\n"));
}

TEST(HeaderText, is_short_and_its_rules_begin_their_lines) {
  std::ifstream file(kInclude + "/tenon/tenon.h");
  int lines = 0;
  std::string text;
  for (std::string line; std::getline(file, line); ++lines) {
    EXPECT_LE(line.size(), 100U) << line;
    text += line + "\n";
  }
  EXPECT_GT(lines, 100);
  EXPECT_LT(lines, 500);
  for (const char* rule : {"size", "arrays", "own", "bytes", "enums", "zero"}) {
    EXPECT_NE(text.find("\n *   " + std::string(rule) + " "), std::string::npos) << rule;
  }
}

}  // namespace
}  // namespace tenon
