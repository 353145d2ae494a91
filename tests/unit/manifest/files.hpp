// What the tests of manifests and workspaces share: reading files and replacing lines of a good
// one.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tenon {

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  EXPECT_TRUE(in.good()) << path;
  return out.str();
}

inline std::string source_file(const std::string& path) {
  return file_text(std::string(TENON_SOURCE_DIR) + "/" + path);
}

// Paths below the source folder of all manifests that are shipped.
inline std::vector<std::string> shipped_manifests() {
  std::vector<std::string> out{"sdk/template/common/manifest.toml"};
  const std::string root = std::string(TENON_SOURCE_DIR) + "/";
  for (const auto& one : std::filesystem::directory_iterator(root + "manifests")) {
    if (one.path().extension() != ".toml") continue;
    out.push_back("manifests/" + one.path().filename().string());
  }
  EXPECT_GT(out.size(), 2u);
  return out;
}

// `text` with its first `from` replaced; `from` must be there.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace tenon
