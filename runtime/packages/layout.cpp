// The closed list of names.
#include "packages/layout.hpp"

#include <algorithm>

namespace tenon::packages {
namespace {

bool is_plain(std::string_view name) {
  if (name.empty() || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string shown(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kMaxNameBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return "\"" + out + (name.size() > kMaxNameBytes ? "...\"" : "\"");
}

bool is_in(const std::vector<std::string_view>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

const std::vector<std::string_view>& optional_files() {
  static const std::vector<std::string_view> kFiles = {"CHANGELOG.md", "LICENSE", "README.md",
                                                       "changes.toml"};
  return kFiles;
}

const std::vector<std::string_view>& optional_folders() {
  static const std::vector<std::string_view> kFolders = {"golden", "schemas"};
  return kFolders;
}

Result<void> check_name(std::string_view name) {
  if (name == kConnectorFile || name == kManifestFile || is_in(optional_files(), name)) return {};
  const auto slash = name.find('/');
  const auto folder = name.substr(0, slash);
  const bool known_folder =
      slash != std::string_view::npos && (is_in(optional_folders(), folder) || is_signature(name));
  if (known_folder && name.size() <= kMaxNameBytes && is_plain(name.substr(slash + 1))) return {};
  return invalid(
      "wanted connector.so, manifest.toml, CHANGELOG.md, LICENSE, README.md, changes.toml, or a "
      "file directly in golden/, schemas/ or signatures/, found " +
      shown(name));
}

std::uint64_t most_bytes_of(std::string_view name) {
  return name == kConnectorFile ? kMaxSoBytes : kMaxFileBytes;
}

bool is_signature(std::string_view name) { return name.starts_with(kSignatureFolder); }

}  // namespace tenon::packages
