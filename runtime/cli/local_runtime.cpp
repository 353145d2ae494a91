// Workers and spawner lie beside this program, as they do beside tenond.
#include "cli/local_runtime.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

std::string beside_this_program(const char* name) {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string(name) : (self.parent_path() / name).string();
}

std::string temporary_root() {
  const char* given = std::getenv("TMPDIR");
  return given == nullptr || *given == '\0' ? "/tmp" : given;
}

// What the worker, which is another user, may read.
Result<void> write_readable(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  std::size_t at = 0;
  while (fd >= 0 && at < bytes.size()) {
    const auto count = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    at += static_cast<std::size_t>(count);
  }
  const bool whole = fd >= 0 && at == bytes.size() && ::fchmod(fd, 0644) == 0;
  const int failed = errno;
  if (fd >= 0) ::close(fd);
  if (whole) return {};
  return unavailable(std::string("the connector cannot be put there: ") + std::strerror(failed),
                     path);
}

std::uint32_t ops_of(const Manifest& manifest) {
  constexpr std::pair<const char*, Op> kOps[] = {{"deliver", Op::deliver},
                                                 {"pull", Op::pull},
                                                 {"webhook", Op::webhook},
                                                 {"readback", Op::readback},
                                                 {"check", Op::check}};
  std::uint32_t mask = 0;
  for (const auto& op : manifest.ops) {
    for (const auto& [name, bit] : kOps) {
      if (op == name) mask |= static_cast<std::uint32_t>(bit);
    }
  }
  return mask;
}

}  // namespace

Result<PlacedConnector> PlacedConnector::make(std::string_view so_bytes) {
  std::string folder = temporary_root() + "/tenon-connector-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr || ::chmod(folder.c_str(), 0755) != 0) {
    return unavailable(std::string("no folder can be made for a connector: ") +
                           std::strerror(errno) + "; set TMPDIR to one that may be written",
                       temporary_root());
  }
  PlacedConnector placed(std::move(folder));
  TENON_TRY(write_readable(placed.so_path(), so_bytes));
  return placed;
}

PlacedConnector::~PlacedConnector() {
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
}

LocalRuntime::LocalRuntime() {
  sandbox::Options options;
  options.worker_path = beside_this_program("tenon-worker");
  options.spawner_path = beside_this_program("tenon-spawner");
  sandbox_ = std::make_unique<SandboxRuntime>(context_.get_executor(), clock_, random_, telemetry_,
                                              std::move(options));
}

LocalRuntime::~LocalRuntime() {
  run(sandbox_->stop());
  run(scope_.join());
}

void LocalRuntime::run(Task<void> task) {
  bool done = false;
  Scope scope(context_.get_executor());
  const auto ending = [](Task<void> what, bool& ended) -> Task<void> {
    co_await std::move(what);
    ended = true;
  };
  scope.spawn(ending(std::move(task), done), "local_runtime.run");
  turn_until([&] { return done && scope.running() == 0; });
}

Result<void> LocalRuntime::prove() {
  TENON_TRY(sandbox_->capabilities().check());
  const auto tested = run(sandbox_->self_test());
  if (!tested) return tested.error();
  return {};
}

void LocalRuntime::install(const ReleaseId& release, const std::string& so_path,
                           const Manifest& manifest) {
  sandbox::Installed installed{so_path, manifest.profile, ops_of(manifest)};
  sandbox_->install(release, std::move(installed));
}

}  // namespace tenon::cli
