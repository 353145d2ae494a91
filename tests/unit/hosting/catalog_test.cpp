// Which files become releases, and what is said of the others.
#include "hosting/catalog.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tenon {
namespace {

struct File {
  std::string release, digest;
  std::optional<Error> error;
};

// A file system in a map: folder/name -> file.
CatalogFiles files_of(std::map<std::string, File> all) {
  CatalogFiles files;
  files.list = [all](const std::string& folder) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const auto& [path, file] : all) {
      if (path.rfind(folder + "/", 0) == 0) out.push_back(path);
    }
    if (out.empty()) return not_found("no such folder");
    return out;
  };
  files.read_manifest = [all](const std::string& path) -> Result<Manifest> {
    const File& file = all.at(path);
    if (file.error) return Error(*file.error);
    Manifest manifest;
    manifest.id = file.release.substr(0, file.release.find('@'));
    manifest.version = file.release.substr(file.release.find('@') + 1);
    return manifest;
  };
  files.digest = [all](const std::string& path) -> Result<std::string> {
    return all.at(path).digest;
  };
  return files;
}

TEST(ReleaseCatalog, SoundFilesAreReleasesAndOthersHaveTheirError) {
  const auto catalog = ReleaseCatalog::scan(
      {"a", "b", "none"},
      files_of({{"a/hubspot.so", {"hubspot@1.0.0", "d1", {}}},
                {"a/broken.so", {"", "", corrupt("not an ELF file")}},
                {"b/webhook.so", {"webhook@2.0.0", "d2", {}}},
                {"b/plain.so", {"", "", unsupported("not a Tenon connector")}}}));
  ASSERT_EQ(catalog.releases().size(), 2u);
  EXPECT_EQ(catalog.manifests().size(), 2u);
  ASSERT_NE(catalog.find(ReleaseId("webhook@2.0.0")), nullptr);
  EXPECT_EQ(catalog.find(ReleaseId("webhook@2.0.0"))->so_path, "b/webhook.so");
  EXPECT_EQ(catalog.find(ReleaseId("webhook@3.0.0")), nullptr);
  ASSERT_EQ(catalog.errors().size(), 3u);
  EXPECT_EQ(catalog.errors()[0].text(), "a/broken.so: not an ELF file");
  EXPECT_EQ(catalog.errors()[1].text(), "b/plain.so: not a Tenon connector");
  EXPECT_EQ(catalog.errors()[2].text(), "none: no such folder");
}

TEST(ReleaseCatalog, ReleasesComeAndGoWhileItIsInUse) {
  auto catalog = ReleaseCatalog::scan(
      {"a"}, files_of({{"a/hubspot.so", {"hubspot@1.0.0", "d1", {}}},
                       {"a/broken.so", {"", "", corrupt("not an ELF file", "a/broken.so")}}}));
  InstalledRelease fresh;
  fresh.id = ReleaseId("b@1.0.0");
  fresh.manifest.id = "b";
  fresh.manifest.version = "1.0.0";
  fresh.digest = "d2";
  catalog.add(fresh);
  ASSERT_EQ(catalog.releases().size(), 2u);
  EXPECT_EQ(catalog.releases()[0].id, fresh.id) << "in order";
  EXPECT_EQ(catalog.manifests().size(), 2u);
  fresh.digest = "d3";
  catalog.add(fresh);
  EXPECT_EQ(catalog.releases().size(), 2u);
  EXPECT_EQ(catalog.find(fresh.id)->digest, "d3");
  catalog.remove(ReleaseId("hubspot@1.0.0"));
  ASSERT_EQ(catalog.manifests().size(), 1u);
  EXPECT_EQ(catalog.manifests()[0].id, "b");
  ASSERT_EQ(catalog.errors().size(), 1u);
  catalog.forget_errors("other");
  EXPECT_EQ(catalog.errors().size(), 1u);
  catalog.forget_errors("broken");
  EXPECT_TRUE(catalog.errors().empty());
}

TEST(ReleaseCatalog, TheSameBytesTwiceAreOneReleaseAndOtherBytesNone) {
  const auto same = ReleaseCatalog::scan(
      {"a", "b"}, files_of({{"a/x.so", {"x@1.0.0", "d", {}}}, {"b/x.so", {"x@1.0.0", "d", {}}}}));
  EXPECT_EQ(same.releases().size(), 1u);
  EXPECT_TRUE(same.errors().empty());
  const auto other = ReleaseCatalog::scan(
      {"a", "b"}, files_of({{"a/x.so", {"x@1.0.0", "d", {}}}, {"b/x.so", {"x@1.0.0", "e", {}}}}));
  EXPECT_TRUE(other.releases().empty());
  ASSERT_EQ(other.errors().size(), 1u);
  EXPECT_EQ(other.errors()[0].kind, ErrorKind::conflict);
  EXPECT_NE(other.errors()[0].text().find("a/x.so"), std::string::npos);
  EXPECT_NE(other.errors()[0].text().find("b/x.so"), std::string::npos);
}

}  // namespace
}  // namespace tenon
