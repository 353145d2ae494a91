// A tmpfs with bind mounts, entered by pivot_root; the old root is gone afterwards.
#include "backends/sandbox/private_root.hpp"

#include <fcntl.h>
#include <link.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "backends/sandbox/plain.hpp"
#include "wire/libraries.hpp"

namespace tenon::sandbox {
namespace {

namespace fs = std::filesystem;

// Constants of <sys/mount.h>, which cannot be included beside <linux/mount.h>.
constexpr unsigned long kBind = 4096, kRec = 16384, kPrivate = 1 << 18;
constexpr unsigned long kReadOnly = 1, kNoSuid = 2, kNoDev = 4, kRemount = 32;
constexpr int kDetach = 2;
constexpr const char* kWhere = "/proc";  // only this process sees it covered; no source lies there

TENON_PLAIN long mount_call(const char* source, const char* target, const char* type,
                            unsigned long flags, const char* options) {
  return ::syscall(SYS_mount, source, target, type, flags, options);
}

TENON_PLAIN bool bind(const char* source, const char* target) {
  if (mount_call(source, target, nullptr, kBind | kRec, nullptr) != 0) return false;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  constexpr unsigned kRecursive = 0x8000;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, target, kRecursive, &attributes,
                   sizeof attributes) == 0;
}

TENON_PLAIN bool touch(const char* path) {
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
  if (fd < 0) return false;
  ::syscall(SYS_close, fd);
  return true;
}

TENON_PLAIN const char* lay_out(const RootPlan::Step& step) {
  const char* target = step.target.c_str();
  switch (step.kind) {
    case RootPlan::Kind::folder:
      return ::syscall(SYS_mkdir, target, 0755) == 0 ? nullptr : "private root: folder";
    case RootPlan::Kind::link:
      return ::syscall(SYS_symlink, step.source.c_str(), target) == 0 ? nullptr
                                                                      : "private root: link";
    case RootPlan::Kind::mount_file:
      if (!touch(target)) return "private root: file";
      return bind(step.source.c_str(), target) ? nullptr : "private root: mounting a file";
  }
  return "private root";
}

// Where this program has the libraries that a worker needs; those it does without lie beside its
// own C library.
std::vector<std::string> libraries() {
  std::vector<std::string> loaded;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(info->dlpi_name);
        return 0;
      },
      &loaded);
  fs::path folder = "/lib";
  for (const auto& path : loaded) {
    if (fs::path(path).filename() == wire::kLibraries[0]) folder = fs::path(path).parent_path();
  }
  std::vector<std::string> out;
  for (const char* name : wire::kLibraries) {
    const auto at = std::find_if(loaded.begin(), loaded.end(), [&](const std::string& path) {
      return fs::path(path).filename() == name;
    });
    const std::string path = at != loaded.end() ? *at : (folder / name).string();
    std::error_code error;
    if (fs::is_regular_file(path, error)) out.push_back(path);
  }
  return out;
}

}  // namespace

RootPlan plan_root(const std::string& so_path) {
  using Kind = RootPlan::Kind;
  RootPlan plan;
  std::error_code error;
  // All in one folder, which is among the first that the loader looks at, here or there.
  plan.steps.push_back({Kind::folder, "", "lib"});
  plan.steps.push_back({Kind::link, "lib", "lib64"});
  for (const auto& path : libraries()) {
    plan.steps.push_back({Kind::mount_file, path, "lib/" + fs::path(path).filename().string()});
  }
  plan.steps.push_back({Kind::folder, "", kConnectorFolder + 1});
  if (!so_path.empty()) {
    const fs::path so = fs::absolute(so_path, error);
    plan.steps.push_back(
        {Kind::mount_file, so.string(), kConnectorFolder + ("/" + so.filename().string())});
    plan.steps.back().target.erase(0, 1);
  }
  return plan;
}

TENON_PLAIN const char* enter_root(const RootPlan& plan) {
  if (mount_call(nullptr, "/", nullptr, kPrivate | kRec, nullptr) != 0) {
    return "private root: leaving the shared mounts";
  }
  if (mount_call("tmpfs", kWhere, "tmpfs", kNoSuid | kNoDev, "size=64k,mode=0755") != 0) {
    return "private root: tmpfs";
  }
  if (::syscall(SYS_chdir, kWhere) != 0) return "private root: entering";
  for (const auto& step : plan.steps) {
    if (const char* failed = lay_out(step)) return failed;
  }
  if (mount_call(nullptr, kWhere, nullptr, kRemount | kBind | kReadOnly | kNoSuid | kNoDev,
                 nullptr) != 0) {
    return "private root: making it read-only";
  }
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return "private root: pivot_root";
  if (::syscall(SYS_umount2, ".", kDetach) != 0) return "private root: leaving the old root";
  return ::syscall(SYS_chdir, kConnectorFolder) == 0 ? nullptr : "private root: folder";
}

}  // namespace tenon::sandbox
