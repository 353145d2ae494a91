// SecretStore from variables and files: found, not found, and never too much.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backends/file_secrets/file_secrets.hpp"

namespace tenon {
namespace {

class FileSecretsContract : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenon-sec-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes, mode_t mode = 0600) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string folder_;
  FileSecrets store_;
};

TEST_F(FileSecretsContract, Variables) {
  ::setenv("TENON_TEST_SECRET", "value", 1);
  const auto secret = store_.get("env:TENON_TEST_SECRET");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "value");
  ::setenv("TENON_TEST_SECRET", "", 1);
  EXPECT_EQ(store_.get("env:TENON_TEST_SECRET").error().kind, ErrorKind::not_found);
  ::unsetenv("TENON_TEST_SECRET");
  const auto none = store_.get("env:TENON_TEST_SECRET");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_NE(none.error().text().find("env:TENON_TEST_SECRET"), std::string::npos);
}

TEST_F(FileSecretsContract, FilesAreReadAnewWithOneNewlineOff) {
  const std::string path = write("a", "value\n");
  ASSERT_TRUE(store_.get("file:" + path));
  EXPECT_EQ(store_.get("file:" + path)->reveal(), "value");
  write("a", "rotated\r\n");
  EXPECT_EQ(store_.get("file:" + path)->reveal(), "rotated");
  write("a", "two\n\n");
  EXPECT_EQ(store_.get("file:" + path)->reveal(), "two\n");
  write("a", std::string("nul\0byte", 8));
  EXPECT_EQ(store_.get("file:" + path)->reveal().size(), 8u);
  FileSecrets relative(folder_);
  EXPECT_TRUE(relative.get("file:a"));
}

TEST_F(FileSecretsContract, SizesAtTheLimit) {
  const std::string path = write("big", std::string(kMaxSecretBytes, 'x') + "\r\n");
  ASSERT_TRUE(store_.get("file:" + path));
  EXPECT_EQ(store_.get("file:" + path)->reveal().size(), kMaxSecretBytes);
  write("big", std::string(kMaxSecretBytes + 1, 'x'));
  EXPECT_EQ(store_.get("file:" + path).error().kind, ErrorKind::invalid);
  write("big", std::string(kMaxSecretBytes * 4, 'x'));
  EXPECT_EQ(store_.get("file:" + path).error().kind, ErrorKind::invalid);
}

TEST_F(FileSecretsContract, WrongReferencesAreNotRepeated) {
  for (const char* text : {"", "s3cr3t-itself", "env:", "env:A B", "env:A=B", "file:", "ENV:A"}) {
    const auto result = store_.get(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::invalid) << text;
    EXPECT_EQ(result.error().text().find("s3cr3t"), std::string::npos);
  }
}

TEST_F(FileSecretsContract, MissingFilesFoldersAndPipes) {
  EXPECT_EQ(store_.get("file:" + folder_ + "/none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_.get("file:" + folder_).error().kind, ErrorKind::invalid);
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(store_.get("file:" + pipe).error().kind, ErrorKind::invalid) << "and it does not hang";
}

TEST_F(FileSecretsContract, OpenFilesAreWarnedAboutOnce) {
  const std::string closed = write("closed", "x");
  ASSERT_TRUE(store_.get("file:" + closed));
  EXPECT_TRUE(store_.warnings().empty());
  const std::string open = write("open", "x", 0644);
  ASSERT_TRUE(store_.get("file:" + open));
  ASSERT_TRUE(store_.get("file:" + open));
  ASSERT_EQ(store_.warnings().size(), 1u);
  EXPECT_NE(store_.warnings()[0].find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace tenon
