// tenon connector keygen, pack, sign, verify: files in, files out, and each refusal.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/render.hpp"
#include "cli/session.hpp"
#include "ran.hpp"
#include "support/manifest_file.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PackageCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tenon-pack-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    put("tiny.so", so_with(manifest_toml("tiny", "1.0.0")));
    fs::create_directories(at("golden"));
    put("golden/a.json", "{}\n");
    put("CHANGELOG.md", "# Changes\n");
    put("notes.txt", "not for others\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
  }
  std::string get(const std::string& name) const { return *read_file(at(name), 1u << 26); }
  static Ran connector(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "connector");
    return tenon(std::move(arguments));
  }
  static json asked(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--json", "connector"});
    const auto ran = tenon(std::move(arguments));
    EXPECT_EQ(ran.code, kOk) << ran.out << ran.err;
    return json::parse(ran.out, nullptr, false);
  }
  std::string packed() const {
    EXPECT_EQ(connector({"pack", at("tiny.so"), "--out", folder_}).code, kOk);
    return at("tiny-1.0.0.tenonpkg");
  }
  std::string key(const std::string& name) const {
    const auto ran = connector({"keygen", at(name)});
    EXPECT_EQ(ran.code, kOk) << ran.err;
    return ran.out.substr(0, ran.out.size() - 1);
  }
  static void expect_refused(const Ran& ran, const std::string& text) {
    EXPECT_EQ(ran.code, kFailed) << ran.out;
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err << "wanted: " << text;
  }

  std::string folder_;
};

TEST_F(PackageCommand, PacksWhatLiesBesideAndNothingElse) {
  const auto answer = asked({"pack", at("tiny.so"), "--out", folder_});
  EXPECT_EQ(answer["release"], "tiny@1.0.0");
  EXPECT_EQ(answer["file"], at("tiny-1.0.0.tenonpkg"));
  const auto verified = asked({"verify", at("tiny-1.0.0.tenonpkg")});
  EXPECT_EQ(verified["digest"], answer["digest"]);
  EXPECT_EQ(verified["good"], true);
  EXPECT_EQ(verified["architecture"], "x86_64-linux");
  std::vector<std::string> names;
  for (const auto& file : verified["files"]) names.push_back(file["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"CHANGELOG.md", "connector.so", "golden/a.json",
                                             "manifest.toml"}));
}

TEST_F(PackageCommand, TwoFoldersGiveTheSameBytes) {
  const std::string first = get(fs::path(packed()).filename().string());
  fs::create_directories(at("other/golden"));
  for (const char* name : {"CHANGELOG.md", "golden/a.json"}) {
    fs::copy_file(at(name), at(std::string("other/") + name));
    ::chmod(at(std::string("other/") + name).c_str(), 0600);
    fs::last_write_time(at(std::string("other/") + name),
                        fs::file_time_type::min() + std::chrono::hours(24 * 365 * 500));
  }
  ASSERT_EQ(connector({"pack", at("tiny.so"), at("other"), "--out", at("again.tenonpkg")}).code,
            kOk);
  EXPECT_EQ(get("again.tenonpkg"), first);
}

TEST_F(PackageCommand, SignsAndTellsBySignatures) {
  const std::string package = packed();
  const std::string one = key("one"), two = key("two");
  expect_refused(connector({"verify", package, "--key", one}), "");
  EXPECT_EQ(asked({"sign", package, "--key", at("one")})["signers"], json::array({one}));
  EXPECT_EQ(asked({"verify", package, "--key", one})["good"], true);
  const auto other = connector({"verify", package, "--key", one, "--key", two});
  EXPECT_EQ(other.code, kFailed);
  EXPECT_NE(other.out.find("not signed by " + two), std::string::npos) << other.out;
  EXPECT_EQ(asked({"sign", package, "--key", at("two")})["signers"].size(), 2u);
  EXPECT_EQ(asked({"verify", package, "--key", one, "--key", two})["good"], true);
}

TEST_F(PackageCommand, JudgesAsAWorkspaceDoes) {
  const std::string package = packed();
  const std::string one = key("one");
  key("two");
  put("workspace.toml",
      "tenant = \"a\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n[trust]\n"
      "require_signature = true\n[[trust.keys]]\nname = \"team\"\nkey = \"" +
          one + "\"\n");
  const auto verify = [&] {
    return connector({"verify", package, "--workspace", at("workspace.toml")});
  };
  EXPECT_EQ(verify().code, kFailed);
  EXPECT_NE(verify().out.find("it is not signed"), std::string::npos) << verify().out;
  connector({"sign", package, "--key", at("two")});
  EXPECT_EQ(verify().code, kFailed) << "a stranger's key";
  connector({"sign", package, "--key", at("one")});
  EXPECT_EQ(verify().code, kOk) << verify().out;
  EXPECT_NE(verify().out.find("team " + one), std::string::npos) << verify().out;
}

TEST_F(PackageCommand, AKeyIsForItsOwnerAlone) {
  const std::string open = key("k");
  EXPECT_EQ(open.rfind("ed25519:", 0), 0u);
  struct stat info {};
  ASSERT_EQ(::stat(at("k").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_NE(key("l"), open);
  const std::string before = get("k");
  expect_refused(connector({"keygen", at("k")}), "something is there");
  EXPECT_EQ(get("k"), before);
  const auto shown = connector({"keygen", at("m")});
  EXPECT_EQ((shown.out + shown.err).find(get("m").substr(get("m").size() - 40, 30)),
            std::string::npos)
      << "the private half was shown";
  const std::string package = packed();
  ASSERT_EQ(::chmod(at("k").c_str(), 0640), 0);
  expect_refused(connector({"sign", package, "--key", at("k")}), "chmod 600");
  expect_refused(connector({"sign", package, "--key", at("none")}), "found none");
  put("no-key", "hello");
  ASSERT_EQ(::chmod(at("no-key").c_str(), 0600), 0);
  expect_refused(connector({"sign", package, "--key", at("no-key")}), "tenon connector keygen");
}

TEST_F(PackageCommand, MistakesAreToldAtTheirFile) {
  expect_refused(connector({"pack", at("none.so")}), "none.so: wanted a connector");
  expect_refused(connector({"pack", at("tiny.so"), at("none")}), "none: wanted a folder");
  expect_refused(connector({"pack", at("notes.txt")}), "notes.txt");
  put("golden/my case.json", "{}");
  expect_refused(connector({"pack", at("tiny.so"), "--out", folder_}), "golden/my case.json");
  fs::remove(at("golden/my case.json"));
  const std::string package = packed();
  fs::copy_file(package, at("tiny-2.0.0.tenonpkg"));
  expect_refused(connector({"verify", at("tiny-2.0.0.tenonpkg")}), "rename it");
  std::string bytes = get("tiny-1.0.0.tenonpkg");
  bytes[bytes.size() / 2] ^= 1;
  put("tiny-1.0.0.tenonpkg", bytes);
  expect_refused(connector({"verify", package}), "tiny-1.0.0.tenonpkg: wanted a package");
  expect_refused(connector({"verify", at("gone.tenonpkg")}), "gone.tenonpkg");
  EXPECT_EQ(connector({"verify", package, "--key"}).code, kUsage);
}

TEST(Packages, AreShown) {
  const View view{Style{}, {}};
  const auto page = json::parse(R"({"data": [
    {"id": "a", "version": "1.0.0", "ok": true, "digest": "00", "destinations": ["crm"],
     "package": {"digest": "abcdefabcdefabcdef", "bytes": 2048, "files": [{"name": "LICENSE", "bytes": 3}],
                 "signers": [{"key": "ed25519:11", "name": "team"}]}},
    {"id": "b", "version": "1.0.0", "ok": true, "digest": "11",
     "package": {"digest": "22", "signers": [{"key": "ed25519:33"}], "doubt": "it is signed by ..."}},
    {"id": "c", "version": "1.0.0", "ok": true, "digest": "44",
     "package": {"digest": "55", "signers": [], "doubt": "it is not signed"}},
    {"id": "d", "version": "1.0.0", "ok": true, "digest": "66"}]})");
  const auto text = render_packages(page, view);
  for (const char* part : {"team", "an unknown key", "nobody", "abcdefabcdefabcd ", "crm"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  json one = page["data"][0];
  one["changelog"] = "# 1.0.0\n\x1b[31mred\n";
  const auto shown = render_package(one, view);
  EXPECT_NE(shown.find("team ed25519:11"), std::string::npos) << shown;
  EXPECT_NE(shown.find("LICENSE  3 B"), std::string::npos) << shown;
  EXPECT_EQ(shown.find('\x1b'), std::string::npos) << "the author's text may not paint";
  EXPECT_NE(render_package(page["data"][3], view).find("without a package"), std::string::npos);
}

}  // namespace
}  // namespace tenon::cli
