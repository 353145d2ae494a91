// Looking for releases.
#include "hosting/catalog.hpp"

#include <algorithm>
#include <map>

namespace tenon {
namespace {

constexpr std::size_t kMaxReleases = 1'000;  // installed at once

Result<InstalledRelease> look_at(const std::string& path, const CatalogFiles& files) {
  auto manifest = files.read_manifest(path);
  if (!manifest) return std::move(manifest).error().in(path);
  auto digest = files.digest(path);
  if (!digest) return std::move(digest).error().in(path);
  InstalledRelease release;
  release.id = ReleaseId(manifest->release());
  release.manifest = std::move(*manifest);
  release.so_path = path;
  release.digest = std::move(*digest);
  return release;
}

}  // namespace

ReleaseCatalog::ReleaseCatalog(std::vector<InstalledRelease> releases)
    : releases_(std::move(releases)) {
  settle();
}

void ReleaseCatalog::settle() {
  std::sort(releases_.begin(), releases_.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  manifests_.clear();
  for (const auto& release : releases_) manifests_.push_back(release.manifest);
}

void ReleaseCatalog::add(InstalledRelease release) {
  std::erase_if(releases_, [&](const auto& one) { return one.id == release.id; });
  releases_.push_back(std::move(release));
  settle();
}

void ReleaseCatalog::remove(const ReleaseId& id) {
  std::erase_if(releases_, [&](const auto& one) { return one.id == id; });
  settle();
}

void ReleaseCatalog::forget_errors(const std::string& path) {
  std::erase_if(errors_,
                [&](const Error& error) { return error.context.find(path) != std::string::npos; });
}

ReleaseCatalog ReleaseCatalog::scan(const std::vector<std::string>& folders,
                                    const CatalogFiles& files) {
  std::map<ReleaseId, std::vector<InstalledRelease>> found;
  std::vector<Error> errors;
  std::size_t count = 0;
  for (const auto& folder : folders) {
    auto paths = files.list(folder);
    if (!paths) {
      errors.push_back(std::move(paths).error().in(folder));
      continue;
    }
    std::sort(paths->begin(), paths->end());
    for (const auto& path : *paths) {
      if (++count > kMaxReleases) {
        errors.push_back(limited("more than " + std::to_string(kMaxReleases) +
                                     " connectors are installed; the rest is not looked at",
                                 {}));
        break;
      }
      auto release = look_at(path, files);
      if (release) {
        const ReleaseId id = release->id;
        found[id].push_back(std::move(*release));
      } else {
        errors.push_back(std::move(release).error());
      }
    }
  }
  std::vector<InstalledRelease> releases;
  for (auto& [id, files_of_it] : found) {
    const auto& first = files_of_it.front();
    const auto other = std::find_if(files_of_it.begin(), files_of_it.end(),
                                    [&](const auto& r) { return r.digest != first.digest; });
    if (other != files_of_it.end()) {
      errors.push_back(conflict("release " + id.value +
                                    " is there twice with different bytes, as " + first.so_path +
                                    " and as this; remove one, or give it another "
                                    "version",
                                other->so_path));
      continue;
    }
    releases.push_back(std::move(files_of_it.front()));
  }
  ReleaseCatalog catalog(std::move(releases));
  catalog.errors_ = std::move(errors);
  return catalog;
}

const InstalledRelease* ReleaseCatalog::find(const ReleaseId& id) const {
  for (const auto& release : releases_) {
    if (release.id == id) return &release;
  }
  return nullptr;
}

}  // namespace tenon
