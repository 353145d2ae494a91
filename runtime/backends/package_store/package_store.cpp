// DIGEST.tenonpkg and DIGEST.so: the second one is what makes it installed.
#include "backends/package_store/package_store.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::size_t kDigestDigits = 64;
constexpr std::string_view kSo = ".so", kNew = ".new";
constexpr std::string_view kPkg = packages::kPackageExtension;

// "DIGEST.so" gives the digest, with `.so` as the extension; any other name gives "".
std::string digest_in(const std::string& name, std::string_view extension) {
  if (name.size() != kDigestDigits + extension.size() || !name.ends_with(extension)) return {};
  const auto digest = name.substr(0, kDigestDigits);
  return digest.find_first_not_of("0123456789abcdef") == std::string::npos ? digest : std::string();
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

StoredPackage stored_of(const packages::Package& package) {
  StoredPackage out;
  out.id = package.manifest.id;
  out.version = package.manifest.version;
  out.digest = package.digest;
  out.signers = package.signers;
  for (const auto& file : package.files) out.files.push_back({file.name, file.bytes.size()});
  if (const auto* so = package.file(packages::kConnectorFile)) {
    out.so_digest = digest_hex(so->bytes);
  }
  return out;
}

Error spoiled(std::string what, const std::string& path) {
  return corrupt(std::move(what) + "; the release is not used until its package is installed again",
                 path);
}

}  // namespace

Result<std::string> PackageStore::read_file(const std::string& path, std::uint64_t most) {
  TENON_TRY_AS(const auto file, disk_.open(path, DiskOpen::existing));
  auto bytes = read_whole(*file, most);
  if (!bytes) return std::move(bytes).error().in(path);
  return bytes;
}

Result<void> PackageStore::write_file(const std::string& path, std::string_view bytes) {
  const std::string unfinished = path + std::string(kNew);
  TENON_TRY_AS(const auto file, disk_.open(unfinished, DiskOpen::replace));
  TENON_TRY(write_all(*file, 0, bytes));
  TENON_TRY(disk_.let_read(unfinished));  // a worker may be another user
  TENON_TRY(file->sync());
  TENON_TRY(disk_.rename(unfinished, path));
  return disk_.sync_directory(folder_);
}

// An unfinished file was never acknowledged; a package without its .so was not, or is removed.
Result<void> PackageStore::clean(std::vector<std::string>& names) {
  std::vector<std::string> kept;
  for (const auto& name : names) {
    const auto digest = digest_in(name, kPkg);
    const bool half = !digest.empty() && !is_in(names, digest + std::string(kSo));
    if (!half && !name.ends_with(kNew)) {
      kept.push_back(name);
      continue;
    }
    TENON_TRY(disk_.remove(at(name)));
  }
  if (kept.size() != names.size()) TENON_TRY(disk_.sync_directory(folder_));
  names = std::move(kept);
  return {};
}

Result<StoredPackage> PackageStore::load(const std::string& digest) {
  const std::string package_path = at(digest + std::string(kPkg));
  const std::string so_path = at(digest + std::string(kSo));
  const auto bytes = read_file(package_path, packages::kMaxPackageBytes);
  if (!bytes) return spoiled("its package cannot be read: " + bytes.error().text(), so_path);
  const auto package = packages::read_package(*bytes);
  if (!package) return spoiled(package.error().text(), package_path);
  if (package->digest != digest) {
    return spoiled("wanted the package of digest " + digest + ", found that of " + package->digest,
                   package_path);
  }
  StoredPackage out = stored_of(*package);
  const auto so = read_file(so_path, packages::kMaxSoBytes);
  if (!so) return spoiled("cannot be read: " + so.error().text(), so_path);
  if (digest_hex(*so) != out.so_digest) {
    return spoiled("wanted the .so of its package, found other bytes", so_path);
  }
  out.so_path = so_path;
  out.package_path = package_path;
  out.package_bytes = bytes->size();
  return out;
}

Result<void> PackageStore::open() {
  packages_.clear();
  errors_.clear();
  TENON_TRY(disk_.make_directory(folder_));
  TENON_TRY(disk_.let_read(folder_));
  TENON_TRY(disk_.sync_directory(parent_of(folder_)));
  TENON_TRY_AS(auto names, disk_.list(folder_));
  TENON_TRY(clean(names));
  for (const auto& name : names) {
    if (!name.ends_with(kSo)) continue;
    TENON_TRY(disk_.let_read(at(name)));  // a restored backup has them as its owner's alone
    const auto digest = digest_in(name, kSo);
    if (digest.empty()) continue;
    if (packages_.size() + errors_.size() == kMaxStoredPackages) {
      errors_.push_back(limited("more than " + std::to_string(kMaxStoredPackages) +
                                    " packages are installed; the rest is not looked at",
                                {}));
      break;
    }
    auto stored = load(digest);
    if (stored) {
      packages_.push_back(std::move(*stored));
    } else {
      errors_.push_back(std::move(stored).error());
    }
  }
  std::sort(packages_.begin(), packages_.end(),
            [](const auto& a, const auto& b) { return a.release() < b.release(); });
  return {};
}

const StoredPackage* PackageStore::find(std::string_view release) const {
  for (const auto& one : packages_) {
    if (one.release() == release) return &one;
  }
  return nullptr;
}

Result<std::vector<std::string>> PackageStore::connectors() const {
  TENON_TRY_AS(const auto names, disk_.list(folder_));
  std::vector<std::string> out;
  for (const auto& name : names) {
    const auto digest = digest_in(name, kSo);
    const bool sound = std::any_of(packages_.begin(), packages_.end(),
                                   [&](const auto& one) { return one.digest == digest; });
    if (name.ends_with(kSo) && (digest.empty() || sound)) out.push_back(at(name));
  }
  return out;
}

void PackageStore::forget_error(const std::string& digest) {
  std::erase_if(
      errors_, [&](const Error& error) { return error.context.find(digest) != std::string::npos; });
}

Result<StoredPackage> PackageStore::add(packages::Package package) {
  const StoredPackage* known = find(package.release());
  const bool present = known != nullptr && known->digest == package.digest;
  if (known != nullptr && !present) {
    return conflict(package.release() + " is installed already, with other content");
  }
  if (!present && packages_.size() >= kMaxStoredPackages) {
    return limited("wanted at most " + std::to_string(kMaxStoredPackages) +
                       " packages, found as many; remove one that nothing uses",
                   {});
  }
  if (present) {
    TENON_TRY_AS(const auto before, read(package.release()));
    TENON_TRY(packages::merge_signatures(package, before));
  }
  StoredPackage stored = stored_of(package);
  stored.so_path = at(package.digest + std::string(kSo));
  stored.package_path = at(package.digest + std::string(kPkg));
  TENON_TRY_AS(const std::string bytes, packages::write_package(package));
  stored.package_bytes = bytes.size();
  TENON_TRY(write_file(stored.package_path, bytes));
  if (!present) {
    const auto written = write_file(stored.so_path, package.file(packages::kConnectorFile)->bytes);
    if (!written) {
      // Nobody was told that it is installed, so it must not be so after a restart.
      static_cast<void>(disk_.remove(stored.so_path).has_value());
      static_cast<void>(disk_.remove(stored.so_path + std::string(kNew)).has_value());
      static_cast<void>(disk_.remove(stored.package_path).has_value());
      static_cast<void>(disk_.sync_directory(folder_).has_value());
      return Error(written.error());
    }
  }
  std::erase_if(packages_, [&](const auto& one) { return one.digest == stored.digest; });
  forget_error(stored.digest);
  const auto place = std::find_if(packages_.begin(), packages_.end(), [&](const auto& one) {
    return stored.release() < one.release();
  });
  packages_.insert(place, stored);
  return stored;
}

Result<packages::Package> PackageStore::read(std::string_view release) {
  const StoredPackage* stored = find(release);
  if (stored == nullptr) {
    return not_found("no package of " + std::string(release) +
                     " is installed; tenon connector list shows what is");
  }
  TENON_TRY_AS(const auto bytes, read_file(stored->package_path, packages::kMaxPackageBytes));
  auto package = packages::read_package(bytes);
  if (!package) return std::move(package).error().in(stored->package_path);
  return package;
}

// First what makes it installed, so that a crash between the two leaves a removed one.
Result<void> PackageStore::remove(std::string_view release) {
  const StoredPackage* stored = find(release);
  if (stored == nullptr) {
    return not_found("no package of " + std::string(release) +
                     " is installed; tenon connector list shows what is");
  }
  const std::string so = stored->so_path, package = stored->package_path;
  TENON_TRY(disk_.remove(so));
  packages_.erase(packages_.begin() + (stored - packages_.data()));
  TENON_TRY(disk_.sync_directory(folder_));
  TENON_TRY(disk_.remove(package));
  return disk_.sync_directory(folder_);
}

}  // namespace tenon
