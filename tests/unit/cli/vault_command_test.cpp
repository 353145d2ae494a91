// Secrets on the command line: where they come from, and how the vault is shown.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/render.hpp"
#include "cli/secret_input.hpp"

namespace tenon::cli {
namespace {

class SecretFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenon-in-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<Secret> read(const std::string& content) {
    SecretInput input;
    input.file = folder_ + "/secret";
    std::ofstream(input.file, std::ios::binary) << content;
    return input.read("secret a");
  }
  std::string folder_;
};

TEST_F(SecretFile, OneNewlineIsNotPartOfIt) {
  EXPECT_EQ(read("value\n")->reveal(), "value");
  EXPECT_EQ(read("value\r\n")->reveal(), "value");
  EXPECT_EQ(read("two\nlines\n\n")->reveal(), "two\nlines\n");
  EXPECT_EQ(read(std::string("nul\0byte", 8))->reveal().size(), 8u);
}

TEST_F(SecretFile, NothingAndTooMuchAreErrors) {
  EXPECT_EQ(read("").error().kind, ErrorKind::invalid);
  EXPECT_EQ(read("\n").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(read(std::string(64 * 1024, 'x') + "\n"));
  EXPECT_EQ(read(std::string(64 * 1024 + 1, 'x')).error().kind, ErrorKind::invalid);
  EXPECT_EQ(read(std::string(1 << 20, 'x')).error().kind, ErrorKind::invalid);
  SecretInput none;
  none.file = folder_ + "/none";
  EXPECT_EQ(none.read("a").error().kind, ErrorKind::not_found);
  none.file.clear();
  none.variable = "TENON_TEST_NO_SUCH";
  EXPECT_EQ(none.read("a").error().kind, ErrorKind::not_found);
}

TEST(Vault, IsShownWithoutValues) {
  const View view{Style{}, time_from_us(1'767'225'600'000'000)};
  const auto vault = nlohmann::json::parse(R"({"state": "open", "generation": 5,
    "key_source": "file:/k", "key_id": "0123456789abcdef", "written": "2025-12-31T23:59:00Z",
    "data": [{"name": "crm/token", "versions": [
      {"version": 2, "key": 1, "actor": "uid:0", "made": "2025-12-31T23:59:00Z"},
      {"version": 1, "key": 1, "actor": "uid:0", "made": "2025-12-31T22:00:00Z",
       "valid_until": "2026-01-01T01:00:00Z"}]}]})");
  const std::string text = render_vault(vault, view);
  EXPECT_NE(text.find("crm/token"), std::string::npos) << text;
  EXPECT_NE(text.find("current"), std::string::npos) << text;
  EXPECT_NE(text.find("ends in 1 h"), std::string::npos) << text;
  EXPECT_NE(text.find("Generation 5, written 1 min ago; locked by file:/k, key 01234567"),
            std::string::npos)
      << text;
  EXPECT_NE(render_vault({{"state", "closed"}, {"problem", "why"}}, view).find("why"),
            std::string::npos);
  EXPECT_NE(render_vault({{"state", "empty"}}, view).find("tenon vault put NAME"),
            std::string::npos);
}

}  // namespace
}  // namespace tenon::cli
