// tenon-layers: checks the tree against ci/layers.toml; prints file:line: rule: cure.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "layers/rules.hpp"

namespace {

namespace fs = std::filesystem;

// A vendor is a folder of connectors/; webhook is the general one and may be named anywhere.
std::vector<std::string> vendors_of(const fs::path& root) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(root / "connectors")) {
    const auto name = entry.path().filename().string();
    if (entry.is_directory() && name != "webhook") out.push_back(name);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tenon::layers;
  if (argc != 2) {
    std::fprintf(stderr, "usage: tenon-layers ROOT_OF_THE_TREE\n");
    return 2;
  }
  const fs::path root = argv[1];
  try {
    std::ifstream in(root / "ci/layers.toml", std::ios::binary);
    if (!in) throw std::runtime_error("cannot read ci/layers.toml below " + root.string());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto config = read_config(text);
    config.vendors = vendors_of(root);
    auto files = load_tree(root);
    const auto count = files.size();
    const auto findings = check_tree(config, std::move(files));
    for (const auto& found : findings) {
      std::printf("%s:%d: %s: %s\n", found.path.c_str(), found.line, found.rule.c_str(),
                  found.cure.c_str());
    }
    std::printf("layers: %zu files, %zu folders, %zu findings\n", count, config.folders.size(),
                findings.size());
    return findings.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tenon-layers: %s\n", error.what());
    return 2;
  }
}
