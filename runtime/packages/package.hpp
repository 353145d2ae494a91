// Package: one release of a connector as one file, NAME-VERSION.tenonpkg; README.md has the format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "packages/layout.hpp"
#include "packages/signature.hpp"

namespace tenon::packages {

constexpr std::string_view kArchitecture = "x86_64-linux";  // the only one that there is yet

// A value that was checked as a whole: names, sizes, the manifest against the one in connector.so,
// each signature. Made by make_package and read_package only.
struct Package {
  Manifest manifest;
  std::vector<PackedFile> files;   // without signatures; sorted by name
  std::string digest;              // of what is in it, not of the file: signing does not change it
  std::vector<PackedFile> proofs;  // signatures/KEY.sig, sorted
  std::vector<PublicKey> signers;  // whose signatures those are: all of them are right

  std::string release() const { return manifest.release(); }
  // Null: no such file.
  const PackedFile* file(std::string_view name) const;
  // What is signed: name, version, ABI, architecture, isolation profile and digest, a line each.
  std::string statement() const;
};

// `files`: connector.so and whatever goes beside it, in any order; manifest.toml may be missing, it
// is in connector.so. invalid: a name or size that is not of the layout, a file twice, a manifest
// that is not that of connector.so.
Result<Package> make_package(std::vector<PackedFile> files);

// The bytes of a .tenonpkg, read as hostile. corrupt: damaged, changed, wrongly signed. invalid: it
// holds what a package may not hold. Each text names the entry.
Result<Package> read_package(std::string_view bytes);
// The other way round. The same package gives the same bytes.
Result<std::string> write_package(const Package& package);

// Adds the key's signature, or replaces it. invalid: more than kMaxSignatures.
Result<void> sign(Package& package, const PrivateKey& key);

// Adds to a package the signatures that another copy of it has; how many. invalid: more than
// kMaxSignatures. Both have the same digest.
Result<std::size_t> merge_signatures(Package& to, const Package& from);

// "webhook-1.0.0.tenonpkg"
std::string file_name_of(const Manifest& manifest);
// A package under another release's name is refused: somebody would install what was not meant. A
// name without .tenonpkg (a download's) says nothing. invalid: both names.
Result<void> check_file_name(const Package& package, std::string_view file_name);

}  // namespace tenon::packages
