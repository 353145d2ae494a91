// PackageStore: the packages that a host has installed, each under the digest of its content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/file_log/disk.hpp"
#include "base/result.hpp"
#include "packages/package.hpp"

namespace tenon {

// What is remembered of an installed package: all but the bytes of its files.
struct StoredPackage {
  std::string id, version;
  std::string digest;     // of its content
  std::string so_digest;  // digest_hex of its .so
  std::string so_path, package_path;
  std::vector<packages::PublicKey> signers;
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
  };
  std::vector<File> files;
  std::uint64_t package_bytes = 0;

  std::string release() const { return id + "@" + version; }
};

constexpr std::size_t kMaxStoredPackages = 500;

// README.md tells what lies in the folder, and why a crash at any moment leaves it whole. One
// thread; `disk` outlives it. All calls block.
class PackageStore {
 public:
  PackageStore(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  // Makes the folder if it is missing, removes what an interrupted install or removal left, and
  // reads every package. One that does not check out is not listed, and has its error in errors().
  Result<void> open();
  const std::string& folder() const { return folder_; }
  // By release.
  const std::vector<StoredPackage>& packages() const { return packages_; }
  const std::vector<Error>& errors() const { return errors_; }
  // Null: not installed. The pointer is good until the next change.
  const StoredPackage* find(std::string_view release) const;
  // The .so files that a host may load from the folder: those of sound packages, and those that
  // somebody put there without one.
  Result<std::vector<std::string>> connectors() const;

  // Durable once it returns; else nothing is installed, now and after a restart. A package that is
  // here already gets the signatures that it lacks. limited: too many packages, or no space left.
  Result<StoredPackage> add(packages::Package package);
  // The package with its files, read and checked anew. not_found: no such release.
  Result<packages::Package> read(std::string_view release);
  // Durable once it returns. not_found: no such release.
  Result<void> remove(std::string_view release);

 private:
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  Result<void> clean(std::vector<std::string>& names);
  Result<StoredPackage> load(const std::string& digest);
  Result<std::string> read_file(const std::string& path, std::uint64_t most);
  Result<void> write_file(const std::string& path, std::string_view bytes);
  void forget_error(const std::string& digest);

  Disk& disk_;
  std::string folder_;
  std::vector<StoredPackage> packages_;
  std::vector<Error> errors_;
};

}  // namespace tenon
