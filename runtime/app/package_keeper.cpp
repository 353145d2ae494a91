// Check everything first; write; then let the running parts know.
#include "app/package_keeper.hpp"

#include <algorithm>
#include <filesystem>

#include "api/admin_handler.hpp"
#include "app/installing.hpp"
#include "backends/sandbox/artefact.hpp"
#include "backends/sandbox/connector_files.hpp"

namespace tenon::app {
namespace {

static_assert(kMaxPackageBody == packages::kMaxPackageBytes);
static_assert(packages::kMaxSoBytes <= sandbox::kMaxConnectorBytes);

InstalledRelease release_of(const packages::Package& package, const StoredPackage& stored) {
  InstalledRelease out;
  out.id = ReleaseId(package.release());
  out.manifest = package.manifest;
  out.so_path = stored.so_path;
  out.digest = stored.so_digest;
  return out;
}

bool is_used(const std::vector<std::pair<std::string, std::string>>& users,
             const std::string& release, std::string& by) {
  for (const auto& [name, used] : users) {
    if (used == release) by += (by.empty() ? "" : ", ") + name;
  }
  return !by.empty();
}

}  // namespace

ReleaseCatalog scan_all(std::vector<std::string> folders, const PackageStore& store,
                        const packages::Lock* lock) {
  CatalogFiles files = catalog_files();
  files.list = [&store](const std::string& folder) {
    return folder == store.folder() ? store.connectors() : sandbox::list_connectors(folder);
  };
  // Under another spelling its files would come in without their packages having been checked.
  std::erase_if(folders, [&](const std::string& folder) {
    std::error_code error;
    return std::filesystem::equivalent(folder, store.folder(), error);
  });
  // First: where the same bytes lie in a folder, too, the package's count.
  folders.insert(folders.begin(), store.folder());
  auto catalog = ReleaseCatalog::scan(folders, files);
  for (const auto& error : store.errors()) catalog.report(error);
  if (lock == nullptr) return catalog;
  const auto releases = catalog.releases();
  for (const auto& release : releases) {
    const auto* stored = store.find(release.id.value);
    const bool as_package = stored != nullptr && stored->so_path == release.so_path;
    const std::string why =
        lock->objection(release.id.value, release.digest, as_package ? stored->digest : "");
    if (why.empty()) continue;
    catalog.remove(release.id);
    catalog.report(conflict(why, release.so_path));
  }
  return catalog;
}

const StoredPackage* PackageKeeper::of(const InstalledRelease& release) const {
  const auto* stored = doors_.store.find(release.id.value);
  return stored != nullptr && stored->so_path == release.so_path ? stored : nullptr;
}

bool PackageKeeper::signature_required() const {
  const auto workspace = doors_.workspace();
  return workspace && workspace->trust.require_signature;
}

packages::Judged PackageKeeper::judge(const StoredPackage& package) const {
  const auto workspace = doors_.workspace();
  return packages::judge(package.id, package.signers, workspace ? workspace->trust : Trust{});
}

PackageStatus PackageKeeper::status_of(const StoredPackage& package) const {
  auto judged = judge(package);
  PackageStatus out;
  out.digest = package.digest;
  out.bytes = package.package_bytes;
  out.doubt = std::move(judged.doubt);
  for (const auto& signer : judged.signers) out.signers.push_back({signer.key.text, signer.name});
  for (const auto& file : package.files) out.files.push_back({file.name, file.bytes});
  return out;
}

std::string PackageKeeper::file_of(const StoredPackage& package, std::string_view name) const {
  const auto read = doors_.store.read(package.release());
  const auto* file = read ? read->file(name) : nullptr;
  return file == nullptr ? std::string() : file->bytes;
}

std::vector<packages::PresentRelease> PackageKeeper::present() const {
  std::vector<packages::PresentRelease> out;
  for (const auto& release : doors_.catalog.releases()) {
    const auto* stored = of(release);
    out.push_back({release.manifest.id, release.manifest.version, release.digest,
                   stored == nullptr ? std::string() : stored->digest});
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> PackageKeeper::users() const {
  std::vector<std::pair<std::string, std::string>> out;
  const auto workspace = doors_.workspace();
  if (!workspace) return out;
  const auto add = [&](const Destination& instance) {
    const Manifest* used = manifest_of(instance, doors_.installed);
    if (used != nullptr) out.emplace_back(instance.name.value, used->release());
  };
  for (const auto& destination : workspace->destinations) add(destination);
  for (const auto& source : workspace->sources) {
    if (source.webhook) add(source.webhook->instance);
  }
  for (auto& other : doors_.others()) out.push_back(std::move(other));
  return out;
}

Result<packages::Package> PackageKeeper::check(const InstallAsk& ask) const {
  // What came is wrong, not what is stored here: whatever the kind, asking again cannot help.
  const auto refuse = [](Error error) {
    error.kind = ErrorKind::invalid;
    return std::move(error).in("package");
  };
  auto package = packages::read_package(ask.bytes);
  if (!package) return refuse(std::move(package).error());
  const auto sound = sandbox::check_artefact(package->file(packages::kConnectorFile)->bytes);
  if (!sound) {
    Error why = sound.error();
    return refuse(std::move(why).in(packages::kConnectorFile));
  }
  return package;
}

Result<InstallAnswer> PackageKeeper::install(const InstallAsk& ask) {
  TENON_TRY_AS(const auto package, check(ask));
  const auto workspace = doors_.workspace();
  const auto downgrade =
      ask.allow_downgrade ? packages::Downgrade::allow : packages::Downgrade::refuse;
  TENON_TRY_AS(
      const auto admission,
      packages::admit(package, workspace ? workspace->trust : Trust{}, present(), downgrade));
  if (doors_.lock != nullptr) {
    const std::string why = doors_.lock->objection(package.release(), "", package.digest);
    if (!why.empty()) return conflict(why);
  }
  InstallAnswer answer;
  answer.release = package.release();
  answer.present = admission == packages::Admission::present;
  TENON_TRY_AS(const auto stored, doors_.store.add(package));
  if (!answer.present) {
    doors_.catalog.forget_errors(stored.digest);
    doors_.catalog.add(release_of(package, stored));
    app::install(*doors_.catalog.find(ReleaseId(answer.release)), doors_.not_isolated,
                 doors_.runtime, doors_.telemetry);
    changed();
  }
  answer.package = status_of(stored);
  doors_.telemetry.log(LogLevel::info, "connector.installed",
                       {{"release", answer.release},
                        {"digest", stored.digest},
                        {"present", answer.present ? "yes" : "no"},
                        {"doubt", answer.package.doubt},
                        {"actor", ask.actor}});
  return answer;
}

Result<void> PackageKeeper::remove(const ReleaseAct& act) {
  const ReleaseId id(act.release);
  const auto* release = doors_.catalog.find(id);
  if (release != nullptr && of(*release) == nullptr) {
    return conflict(act.release + " came as a .so, not as a package: remove " + release->so_path +
                    " and start tenond again");
  }
  std::string by;
  if (is_used(users(), act.release, by)) {
    return conflict("wanted a release that nothing uses, found that " + act.release +
                    " is used by " + by +
                    "; name another version there, or roll another one out, first");
  }
  TENON_TRY(doors_.store.remove(act.release));
  doors_.catalog.remove(id);
  changed();
  doors_.telemetry.log(LogLevel::warning, "connector.removed",
                       {{"release", act.release}, {"reason", act.reason}, {"actor", act.actor}});
  return {};
}

void PackageKeeper::changed() {
  doors_.installed = doors_.catalog.manifests();
  const auto done = doors_.reconfigure();
  if (done) return;
  const std::string why = done.error().text();
  doors_.telemetry.log(LogLevel::error, "connector.not_brought_into_force", {{"why", why}});
}

}  // namespace tenon::app
