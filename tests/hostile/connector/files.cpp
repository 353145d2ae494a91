// Files: reading, changing and probing what is not the connector's.
#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "hostile.hpp"

namespace hostile {
namespace {

bool readable(const char* path) {
  const int fd = open(path, O_RDONLY);
  char byte = 0;
  return fd >= 0 && read(fd, &byte, 1) >= 0;
}

const char* inside(const char* name) {
  static char path[512];
  const auto folder = target().folder;
  std::snprintf(path, sizeof path, "%.*s/%s", static_cast<int>(folder.size()), folder.data(), name);
  return path;
}
const char* of_host(const char* file) {
  static char path[128];
  std::snprintf(path, sizeof path, "/proc/%d/%s", target().host, file);
  return path;
}
// Where the control finds it; in a private root, where it lies there.
const char* in_library_folder(const char* file) {
  static char path[256];
  std::snprintf(path, sizeof path, "/lib/%s", file);
  if (open(path, O_RDONLY | O_PATH) < 0 && errno == ENOENT) {
    std::snprintf(path, sizeof path, "/usr/lib/x86_64-linux-gnu/%s", file);
  }
  return path;
}
bool listed(const char* path) {
  DIR* folder = opendir(path);
  return folder != nullptr && readdir(folder) != nullptr;
}

constexpr Case kCases[] = {
    {"read_passwd", [] { return result(readable("/etc/passwd")); }},
    {"read_key", [] { return result(readable(c_str(target().key))); }},
    {"read_neighbour", [] { return result(readable(c_str(target().neighbour))); }},
    {"read_library", [] { return result(readable(in_library_folder("libsodium.so.23"))); }},
    {"read_loaded_library", [] { return result(readable(in_library_folder("libc.so.6"))); }},
    {"read_other_descriptor",
     [] {
       char byte = 0;
       return result(read(0, &byte, 1));
     }},
    {"list_root", [] { return result(listed("/")); }},
    {"list_folder", [] { return result(listed(c_str(target().folder))); }},
    {"list_proc", [] { return result(listed("/proc")); }},
    {"read_device",
     [] {
       return result(open("/dev/kmsg", O_RDONLY) >= 0 || open("/dev/urandom", O_RDONLY) >= 0);
     }},
    {"read_folder",
     [] {
       char entries[1024];
       const int fd = needed([] { return open("/", O_RDONLY | O_DIRECTORY); });
       return result(syscall(SYS_getdents64, fd, entries, sizeof entries));
     }},
    {"create_file", [] { return result(open(inside("new"), O_CREAT | O_WRONLY, 0600)); }},
    {"create_tmpfile",
     [] { return result(open(c_str(target().folder), O_TMPFILE | O_RDWR, 0600)); }},
    {"unlink_file", [] { return result(unlink(inside("spare"))); }},
    {"rename_file", [] { return result(rename(inside("spare"), inside("moved"))); }},
    {"symlink_file", [] { return result(symlink("/etc/passwd", inside("link"))); }},
    {"hardlink_file", [] { return result(link(c_str(target().key), inside("hard"))); }},
    {"truncate_file", [] { return result(truncate(inside("spare"), 0)); }},
    {"make_folder", [] { return result(mkdir(inside("sub"), 0700)); }},
    {"make_fifo", [] { return result(mkfifo(inside("fifo"), 0600)); }},
    {"chmod_file", [] { return result(chmod(inside("spare"), 0777)); }},
    {"chown_file", [] { return result(chown(inside("spare"), getuid(), getgid())); }},
    {"set_times", [] { return result(utimensat(AT_FDCWD, inside("spare"), nullptr, 0)); }},
    {"set_xattr", [] { return result(setxattr(inside("spare"), "user.x", "y", 1, 0)); }},
    {"overwrite_self", [] { return result(open(c_str(target().self), O_WRONLY)); }},
    {"stat_oracle",
     [] {
       struct stat info {};
       return result(stat(c_str(target().key), &info));
     }},
    {"statx_oracle",
     [] {
       struct statx info {};
       return result(statx(AT_FDCWD, c_str(target().key), 0, STATX_SIZE, &info));
     }},
    {"access_oracle", [] { return result(access(c_str(target().key), F_OK)); }},
    {"readlink_oracle",
     [] {
       char text[64];
       return result(readlink("/proc/self/exe", text, sizeof text));
     }},
    {"statfs_oracle",
     [] {
       struct statfs info {};
       return result(statfs("/", &info));
     }},
    {"file_handle",
     [] {
       struct {
         file_handle head;
         char room[128];
       } handle{};
       handle.head.handle_bytes = sizeof handle.room;
       int mount = 0;
       return result(name_to_handle_at(AT_FDCWD, c_str(target().key), &handle.head, &mount, 0));
     }},
    {"watch_files", [] { return result(inotify_init1(0)); }},
    {"change_folder", [] { return result(chdir("/")); }},
    {"change_root", [] { return result(chroot("/")); }},
    {"change_mask", [] { return result(static_cast<long>(umask(0))); }},
    {"host_memory", [] { return result(open(of_host("mem"), O_RDONLY)); }},
    {"host_environment", [] { return result(readable(of_host("environ"))); }},
    {"host_descriptors", [] { return result(listed(of_host("fd"))); }},
    {"host_command", [] { return result(readable(of_host("cmdline"))); }},
    {"host_root", [] { return result(readable(of_host("root/etc/passwd"))); }},
    {"own_maps", [] { return result(readable("/proc/self/maps")); }},
    {"own_memory", [] { return result(open("/proc/self/mem", O_RDWR)); }},
    {"all_descriptors",
     [] {
       for (int count = 0; count < 40; ++count) {
         if (open_self() < 0) return result(false);
       }
       return result(true);
     }},
    {"gate_flood",
     [] {
       struct stat info {};
       for (int count = 0; count < 100'000; ++count) (void)stat("/", &info);
       return result(true);
     }},
    {"leaked_descriptor",
     [] {
       struct stat info {};
       for (int fd = 5; fd < 64; ++fd) {
         if (fstat(fd, &info) == 0) return result(true);
       }
       return result(false);
     }},
};

}  // namespace

int open_self() {
  const int there = open("case.so", O_RDONLY);
  return there >= 0 ? there : open(c_str(target().self), O_RDONLY);
}

Cases file_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

}  // namespace hostile
