// Layout: what a package may hold, by name and size. Everything else is an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::packages {

constexpr std::string_view kConnectorFile = "connector.so";
constexpr std::string_view kManifestFile = "manifest.toml";
constexpr std::string_view kSignatureFolder = "signatures/";
constexpr std::string_view kPackageExtension = ".tenonpkg";

constexpr std::size_t kMaxEntries = 1'000;
constexpr std::uint64_t kMaxSoBytes = 64u << 20;       // of connector.so
constexpr std::uint64_t kMaxFileBytes = 1u << 20;      // of any other file
constexpr std::uint64_t kMaxContentBytes = 96u << 20;  // of all files together
constexpr std::uint64_t kMaxPackageBytes = 80u << 20;  // of the package as it lies on disk
constexpr std::size_t kMaxNameBytes = 100;             // of an entry
constexpr std::size_t kMaxSignatures = 8;

// One file of a package: its place in it, and its bytes.
struct PackedFile {
  std::string name;
  std::string bytes;

  bool operator==(const PackedFile&) const = default;
};

// Optional files that lie directly in a package, and folders of files: what `pack` looks for.
const std::vector<std::string_view>& optional_files();
const std::vector<std::string_view>& optional_folders();

// May an entry be so named? invalid: what is wrong with the name. Only names of the list, and in
// its folders plain names of letters, digits, '.', '_' and '-': so none can lead out of the
// package.
Result<void> check_name(std::string_view name);
// The most bytes that the file of this name may have.
std::uint64_t most_bytes_of(std::string_view name);
bool is_signature(std::string_view name);

}  // namespace tenon::packages
