// Writing: new file, sync, keep the old one, rename, sync of the folder.
#include "backends/vault_file/folder.hpp"

#include <algorithm>

#include "backends/vault_file/image.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace {

const char* name_of(VaultGeneration which) {
  switch (which) {
    case VaultGeneration::previous: return "vault.previous";
    case VaultGeneration::next: return "vault.next";
    case VaultGeneration::current: break;
  }
  return "vault";
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

Result<std::optional<std::string>> read_if_there(Disk& disk, const std::string& path,
                                                 std::size_t most) {
  auto file = disk.open(path, DiskOpen::existing);
  if (!file && file.error().kind == ErrorKind::not_found) return std::optional<std::string>();
  if (!file) return Error(file.error());
  auto bytes = read_whole(**file, most);
  if (!bytes && bytes.error().kind == ErrorKind::limited) {
    return corrupt(bytes.error().message, path);
  }
  if (!bytes) return std::move(bytes.error()).in(path);
  return std::optional<std::string>(std::move(*bytes));
}

std::string VaultFolder::path_of(VaultGeneration which) const {
  return path_ + "/" + name_of(which);
}

Result<std::optional<std::string>> VaultFolder::read(VaultGeneration which) {
  return read_if_there(disk_, path_of(which), kMaxVaultBytes);
}

Result<bool> VaultFolder::has(VaultGeneration which) {
  TENON_TRY_AS(const auto names, disk_.list(path_));
  return std::find(names.begin(), names.end(), name_of(which)) != names.end();
}

Result<void> VaultFolder::write(std::string_view bytes) {
  using enum VaultGeneration;
  TENON_TRY(disk_.make_directory(path_));
  TENON_TRY_AS(const bool kept, has(current));
  if (!kept) TENON_TRY(disk_.sync_directory(folder_of(path_)));  // it may be new itself
  TENON_TRY(write_next(bytes));
  if (kept) TENON_TRY(keep_current());
  const auto renamed = rename_next();
  if (!renamed) {
    // If this fails, too, the next start finds what is there.
    if (kept) static_cast<void>(restore(previous).has_value());
    return Error(renamed.error());
  }
  TENON_FAIL_IO("vault.sync_directory");
  return disk_.sync_directory(path_);
}

Result<void> VaultFolder::write_next(std::string_view bytes) {
  std::unique_ptr<DiskFile> file;
  {
    TENON_FAIL_IO("vault.next.open");
    TENON_TRY_AS(file, disk_.open(path_of(VaultGeneration::next), DiskOpen::replace));
  }
  {
    TENON_FAIL_IO("vault.next.write");
    TENON_TRY(write_all(*file, 0, bytes));
  }
  TENON_FAIL_IO("vault.next.sync");
  return file->sync();
}

Result<void> VaultFolder::keep_current() {
  TENON_FAIL_IO("vault.keep");
  return disk_.rename(path_of(VaultGeneration::current), path_of(VaultGeneration::previous));
}

Result<void> VaultFolder::rename_next() {
  TENON_FAIL_IO("vault.rename");
  return disk_.rename(path_of(VaultGeneration::next), path_of(VaultGeneration::current));
}

Result<void> VaultFolder::restore(VaultGeneration which) {
  TENON_TRY(disk_.rename(path_of(which), path_of(VaultGeneration::current)));
  return disk_.sync_directory(path_);
}

Result<void> VaultFolder::remove(VaultGeneration which) {
  const auto removed = disk_.remove(path_of(which));
  if (!removed && removed.error().kind == ErrorKind::not_found) return {};
  if (!removed) return Error(removed.error());
  return disk_.sync_directory(path_);
}

}  // namespace tenon
