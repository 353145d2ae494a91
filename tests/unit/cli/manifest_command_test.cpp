// tenon manifest: lint of files and folders, the texts it prints, its exit status.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/session.hpp"
#include "ran.hpp"

namespace tenon::cli {
namespace {

Ran manifest(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "manifest");
  return tenon(std::move(arguments));
}

std::string shipped(const std::string& name) {
  return std::string(TENON_SOURCE_DIR) + "/manifests" + (name.empty() ? "" : "/" + name);
}

class ManifestCommand : public testing::Test {
 protected:
  ManifestCommand()
      : folder_(std::filesystem::temp_directory_path() /
                ("tenon-manifest-" +
                 std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
                 testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~ManifestCommand() override { std::filesystem::remove_all(folder_); }

  // A copy of a shipped manifest with one line put in the place of another.
  std::string changed(const std::string& from, const std::string& to) {
    std::ifstream in(shipped("hubspot.toml"));
    std::stringstream text;
    text << in.rdbuf();
    auto toml = text.str();
    const auto at = toml.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    const auto path = (folder_ / "m.toml").string();
    std::ofstream(path) << toml.replace(at, from.size(), to);
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(ManifestCommand, a_folder_of_good_ones_is_good) {
  const auto ran = manifest({"lint", "--strict", shipped("")});
  EXPECT_EQ(ran.code, kOk) << ran.out;
  EXPECT_EQ(ran.out.rfind("good: ", 0), 0u) << ran.out;
  EXPECT_NE(ran.out.find(" 0 errors, 0 warnings\n"), std::string::npos) << ran.out;
}

TEST_F(ManifestCommand, a_mistake_is_told_at_its_place_and_ends_with_one) {
  const auto path = changed("id = \"hubspot\"", "id = \"Hub\"");
  const auto ran = manifest({"lint", path});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_NE(ran.out.find("error " + path + ":4:6: connector.id: wanted a name"), std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("not good: 1 manifest, 1 error, 0 warnings\n"), std::string::npos)
      << ran.out;
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
}

TEST_F(ManifestCommand, a_warning_fails_only_with_strict) {
  const auto path = changed("unique = \"/email\"", "");
  const auto ran = manifest({"lint", path});
  EXPECT_EQ(ran.code, kOk) << ran.out;
  EXPECT_NE(ran.out.find("warning " + path), std::string::npos) << ran.out;
  EXPECT_EQ(manifest({"lint", "--strict", path}).code, kFailed);
}

TEST_F(ManifestCommand, json_has_a_list_per_file) {
  const auto ran = manifest({"lint", "--json", changed("max_attempts = 20", "max_attempts = 0"),
                             shipped("webhook.toml")});
  EXPECT_EQ(ran.code, kFailed);
  const auto answer = nlohmann::json::parse(ran.out);
  EXPECT_EQ(answer.at("good"), false);
  ASSERT_EQ(answer.at("files").size(), 2u);
  EXPECT_TRUE(answer["files"][0].at("release").is_null());
  EXPECT_EQ(answer["files"][0].at("errors")[0].at("detail"),
            "wanted an integer from 1 to 1000, found 0");
  EXPECT_EQ(answer["files"][1].at("release"), "webhook@1.0.0");
}

TEST_F(ManifestCommand, what_is_no_manifest_is_an_error) {
  EXPECT_EQ(manifest({"lint", (folder_ / "none.toml").string()}).code, kFailed);
  const auto empty = manifest({"lint", folder_.string()});
  EXPECT_EQ(empty.code, kFailed);
  EXPECT_NE(empty.err.find("wanted a folder with .toml or .so files"), std::string::npos);
  std::ofstream(folder_ / "x.so") << "no ELF";
  const auto torn = manifest({"lint", folder_.string()});
  EXPECT_EQ(torn.code, kFailed);
  EXPECT_NE(torn.out.find("x.so"), std::string::npos) << torn.out;
}

TEST_F(ManifestCommand, usage_help_reference_and_schema) {
  EXPECT_EQ(manifest({}).code, kUsage);
  EXPECT_EQ(manifest({"lint"}).code, kUsage);
  EXPECT_NE(manifest({"--help"}).out.find("Examples:"), std::string::npos);
  EXPECT_NE(manifest({"reference"}).out.find("# Every key of a manifest"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(manifest({"schema"}).out).contains("$schema"));
}

}  // namespace
}  // namespace tenon::cli
