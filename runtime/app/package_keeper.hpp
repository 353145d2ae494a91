// PackageKeeper: packages come into the running host and leave it; a refusal changes nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/values.hpp"
#include "backends/package_store/package_store.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "hosting/catalog.hpp"
#include "manifest/workspace.hpp"
#include "packages/lock.hpp"
#include "packages/trust.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

// The releases in the folders and in the store; what is wrong with either is among its errors().
// `lock`: what it does not name so is left out, and is wrong; null = there is none.
ReleaseCatalog scan_all(std::vector<std::string> folders, const PackageStore& store,
                        const packages::Lock* lock);

// Owned by the Host and outliving the keeper.
struct PackageDoors {
  PackageStore& store;
  ReleaseCatalog& catalog;
  std::vector<Manifest>& installed;  // the same as in the catalog
  SandboxRuntime& runtime;
  Telemetry& telemetry;
  std::function<std::shared_ptr<const Workspace>()> workspace;  // in force; null = none yet
  std::function<Result<void>()> reconfigure;  // brings releases and configuration to all parts
  std::vector<std::string> not_isolated;      // ids of connectors
  const packages::Lock* lock = nullptr;       // null = none
  // Who else needs a release, and which: rollouts.
  std::function<std::vector<std::pair<std::string, std::string>>()> others;
};

// One thread. Calls block while they write.
class PackageKeeper {
 public:
  explicit PackageKeeper(PackageDoors doors) : doors_(std::move(doors)) {}

  // As Operations::install and Operations::remove_release.
  Result<InstallAnswer> install(const InstallAsk& ask);
  Result<void> remove(const ReleaseAct& act);

  // The package of a release; null if it came as a .so.
  const StoredPackage* of(const InstalledRelease& release) const;
  // With what the workspace in force thinks of its signatures.
  PackageStatus status_of(const StoredPackage& package) const;
  packages::Judged judge(const StoredPackage& package) const;
  // A file of it, such as CHANGELOG.md, or "".
  std::string file_of(const StoredPackage& package, std::string_view name) const;
  bool signature_required() const;

 private:
  Result<packages::Package> check(const InstallAsk& ask) const;
  std::vector<packages::PresentRelease> present() const;
  // Destinations and sources, each with the release that it runs.
  std::vector<std::pair<std::string, std::string>> users() const;
  void changed();

  PackageDoors doors_;
};

}  // namespace tenon::app
