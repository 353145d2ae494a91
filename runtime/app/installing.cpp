// Which calls a release takes, how it is isolated, and what is on disk.
#include "app/installing.hpp"

#include <algorithm>

#include "backends/sandbox/connector_files.hpp"
#include "manifest/manifest.hpp"

namespace tenon::app {
namespace {

std::uint32_t ops_mask(const Manifest& manifest) {
  std::uint32_t mask = 0;
  for (const auto& op : manifest.ops) {
    if (op == "deliver") mask |= static_cast<std::uint32_t>(Op::deliver);
    if (op == "pull") mask |= static_cast<std::uint32_t>(Op::pull);
    if (op == "webhook") mask |= static_cast<std::uint32_t>(Op::webhook);
    if (op == "readback") mask |= static_cast<std::uint32_t>(Op::readback);
    if (op == "check") mask |= static_cast<std::uint32_t>(Op::check);
  }
  return mask;
}

bool is_in(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// An option that names nothing would be believed to have had its effect.
Result<void> check_not_isolated(const std::vector<std::string>& ids,
                                const ReleaseCatalog& catalog) {
  for (const auto& id : ids) {
    const auto& all = catalog.manifests();
    const bool known =
        std::any_of(all.begin(), all.end(), [&](const Manifest& one) { return one.id == id; });
    if (!known) {
      return invalid("--isolation-none-i-accept: wanted the id of an installed connector, found " +
                     id + "; mend or drop the option");
    }
  }
  return {};
}

}  // namespace

CatalogFiles catalog_files() {
  CatalogFiles files;
  files.list = sandbox::list_connectors;
  files.read_manifest = [](const std::string& path) { return read_manifest(path); };
  files.digest = sandbox::digest_of_file;
  return files;
}

void install(const InstalledRelease& release, const std::vector<std::string>& not_isolated,
             SandboxRuntime& runtime, Telemetry& telemetry) {
  sandbox::Installed installed{release.so_path, release.manifest.profile,
                               ops_mask(release.manifest)};
  installed.digest = release.digest;
  if (is_in(not_isolated, release.manifest.id)) {
    installed.isolation = sandbox::Isolation::none_i_accept;
    telemetry.log(LogLevel::error, "connector.not_isolated",
                  {{"release", release.id.value},
                   {"why", "--isolation-none-i-accept " + release.manifest.id}});
  }
  runtime.install(ReleaseId{release.manifest.release()}, std::move(installed));
}

Result<void> install(const ReleaseCatalog& catalog, const std::vector<std::string>& not_isolated,
                     SandboxRuntime& runtime, Telemetry& telemetry) {
  TENON_TRY(check_not_isolated(not_isolated, catalog));
  for (const auto& release : catalog.releases()) {
    install(release, not_isolated, runtime, telemetry);
  }
  return {};
}

}  // namespace tenon::app
