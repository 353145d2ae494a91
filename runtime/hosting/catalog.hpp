// ReleaseCatalog: which releases are installed, found by looking at the connectors' folders.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon {

struct InstalledRelease {
  ReleaseId id;
  Manifest manifest;
  std::string so_path;
  std::string digest;  // digest_hex of the file
};

// How the catalog sees files; given by whoever wires things together.
struct CatalogFiles {
  // Paths of the .so files directly in a folder. not_found: no such folder.
  std::function<Result<std::vector<std::string>>(const std::string& folder)> list;
  std::function<Result<Manifest>(const std::string& so_path)> read_manifest;
  std::function<Result<std::string>(const std::string& so_path)> digest;
};

class ReleaseCatalog {
 public:
  ReleaseCatalog() = default;
  // For tests and simulation: what is given, in order of id and version.
  explicit ReleaseCatalog(std::vector<InstalledRelease> releases);

  // Looks at all folders, in order. A file that is no sound connector, or a second file of one
  // release with other bytes, is left out and has its error in `errors()`; of the latter neither
  // file is taken, since nobody could say which is meant. The same bytes twice are one release.
  static ReleaseCatalog scan(const std::vector<std::string>& folders, const CatalogFiles& files);

  // Another one beside those that are there, or in the place of one with the same id. Pointers into
  // the catalog are void after it.
  void add(InstalledRelease release);
  // It is not installed any more. Pointers are void likewise.
  void remove(const ReleaseId& id);
  // One more file that cannot be used, and why.
  void report(Error error) { errors_.push_back(std::move(error)); }
  void forget_errors(const std::string& path);

  const std::vector<InstalledRelease>& releases() const { return releases_; }
  const std::vector<Error>& errors() const { return errors_; }
  // Manifests of all releases, the same as in releases().
  const std::vector<Manifest>& manifests() const { return manifests_; }
  const InstalledRelease* find(const ReleaseId& id) const;

 private:
  void settle();

  std::vector<InstalledRelease> releases_;
  std::vector<Manifest> manifests_;
  std::vector<Error> errors_;
};

}  // namespace tenon
