// tenon connector new: projects from the templates, and what is refused.
#include "cli/new_connector.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class NewProject : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tenon-new-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  NewConnector wanted(const std::string& name) const {
    return {name, "cpp", (folder_ / name).string(), TENON_SOURCE_DIR "/sdk/template"};
  }
  std::size_t made() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(NewProject, EachLanguageIsWholeAndBearsTheName) {
  for (const char* language : {"cpp", "c", "rust"}) {
    auto project = wanted("acme_crm");
    project.language = language;
    project.folder += language;
    const auto files = make_project(project);
    ASSERT_TRUE(files) << files.error().text();
    const fs::path at = project.folder;
    for (const char* file : {"manifest.toml", "CMakeLists.txt", "README.md", "workspace.toml",
                             "try", "golden/answers.json", "fake/model.cpp", ".gitignore",
                             ".github/packages.txt", ".github/workflows/connector.yml"}) {
      EXPECT_TRUE(fs::is_regular_file(at / file)) << language << ": " << file;
      EXPECT_NE(std::find(files->begin(), files->end(), file), files->end()) << file;
    }
    for (const auto& file : *files) {
      const std::string text = content(at / file);
      EXPECT_EQ(text.find("my_vendor"), std::string::npos) << file;
      EXPECT_EQ(text.find("My Vendor"), std::string::npos) << file;
      if (project.language != "cpp") {
        EXPECT_EQ(text.find("connector.cpp"), std::string::npos) << file;
      }
    }
    EXPECT_NE(content(at / "manifest.toml").find("id = \"acme_crm\""), std::string::npos);
    EXPECT_NE(content(at / "manifest.toml").find("title = \"Acme Crm\""), std::string::npos);
    EXPECT_NE(fs::status(at / "try").permissions() & fs::perms::owner_exec, fs::perms::none);
  }
}

TEST_F(NewProject, BadNamesAreRefusedWithOneThatWouldDo) {
  const std::pair<const char*, const char*> names[] = {{"", ""},
                                                       {"Google-Ads", "\"google_ads\" would do"},
                                                       {"9lives", "\"lives\" would do"},
                                                       {"a b", "\"a_b\""},
                                                       {"../up", "\"up\" would do"},
                                                       {"\xc3\xa9t\xc3\xa9", ""},
                                                       {"_x", "\"x\""},
                                                       {"a/b", "\"a_b\""}};
  for (const auto& [name, help] : names) {
    const auto files = make_project(wanted(name));
    ASSERT_FALSE(files) << name;
    EXPECT_EQ(files.error().kind, ErrorKind::invalid);
    EXPECT_NE(files.error().message.find(help), std::string::npos) << files.error().text();
  }
  EXPECT_FALSE(make_project(wanted(std::string(65, 'a'))));
  EXPECT_EQ(made(), 0u);
}

TEST_F(NewProject, WhatIsThereIsNeverTouched) {
  fs::create_directory(folder_ / "acme");
  EXPECT_EQ(make_project(wanted("acme")).error().kind, ErrorKind::conflict);
  fs::create_symlink("/nowhere", folder_ / "link");
  EXPECT_EQ(make_project(wanted("link")).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(fs::is_empty(folder_ / "acme"));
  EXPECT_EQ(made(), 2u);
}

TEST_F(NewProject, WhatLiesBesideItIsNeverTouched) {
  fs::create_directory(folder_ / "acme.part");
  std::ofstream(folder_ / "acme.part" / "mine") << "x";
  EXPECT_TRUE(make_project(wanted("acme")));
  EXPECT_EQ(content(folder_ / "acme.part" / "mine"), "x");
  EXPECT_EQ(made(), 2u);
}

TEST_F(NewProject, AFolderMayEndInASlashAndLieInOneThatIsNotThereYet) {
  auto project = wanted("acme");
  project.folder += "/";
  ASSERT_TRUE(make_project(project));
  EXPECT_TRUE(fs::is_regular_file(folder_ / "acme" / "manifest.toml"));
  EXPECT_NE(fs::status(folder_ / "acme").permissions() & fs::perms::group_read, fs::perms::none);
  EXPECT_EQ(made(), 1u);
  EXPECT_EQ(make_project(project).error().kind, ErrorKind::conflict);
  project.folder = (folder_ / "new" / "acme").string();
  EXPECT_TRUE(make_project(project));
}

TEST_F(NewProject, NoTemplatesAndNoPlaceAreTold) {
  auto project = wanted("acme");
  project.templates = (folder_ / "none").string();
  EXPECT_EQ(make_project(project).error().kind, ErrorKind::not_found);
  project = wanted("acme");
  project.language = "cobol";
  EXPECT_EQ(make_project(project).error().kind, ErrorKind::not_found);
  project = wanted("acme");
  project.folder = "/proc/acme";
  EXPECT_FALSE(make_project(project));
  EXPECT_EQ(made(), 0u);
}

TEST(Title, IsForPeople) {
  EXPECT_EQ(title_of("google_ads"), "Google Ads");
  EXPECT_EQ(title_of("x9"), "X9");
  EXPECT_EQ(title_of("a__b"), "A  B");
}

}  // namespace
}  // namespace tenon::cli
