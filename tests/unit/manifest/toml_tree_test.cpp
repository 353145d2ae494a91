// Tests of reading TOML: text that is no TOML is an error with its place, whatever its letters.
#include "manifest/toml_tree.hpp"

#include <gtest/gtest.h>

namespace tenon::manifest {
namespace {

// The first letter of each range that Unicode tables like to treat apart, and some everyday ones.
constexpr const char* kLetters[] = {"\u00a1", "\u00e9", "\u0249", "\u03b1", "\u0416",    "\u0499",
                                    "\u049a", "\u1681", "\u2010", "\u4e2d", "\U0001f600"};

TEST(toml_tree, a_letter_beyond_ascii_outside_of_strings_is_an_error_with_its_place) {
  for (const std::string letter : kLetters) {
    for (const std::string& line :
         {letter + " = 1", "k" + letter + "y = 1", "[" + letter + "]", "key = 1 " + letter,
          "key = " + letter, "key = [1, " + letter + "]", "a." + letter + " = 1"}) {
      const auto read = parse_toml("first = 1\n" + line + "\n", "f.toml");
      ASSERT_FALSE(read) << line;
      EXPECT_NE(read.error().context.find("f.toml:2"), std::string::npos) << line << "\n"
                                                                          << read.error().message;
    }
  }
}

TEST(toml_tree, letters_beyond_ascii_are_fine_in_strings_and_comments) {
  for (const std::string letter : kLetters) {
    const auto read =
        parse_toml("# " + letter + "\n'" + letter + "' = \"" + letter + "\"\n", "f.toml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->members.at(0).name, letter);
    EXPECT_EQ(read->members.at(0).node.text, letter);
  }
}

}  // namespace
}  // namespace tenon::manifest
