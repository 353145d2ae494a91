// Laying out files, starting a process, reading it to its end, and taking all of it away again.
#include "backends/conformance/conformance_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tenon {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kMaxErrorOutput = 4'096;
constexpr int kNotRun = 125;  // of tenon-confine
constexpr fs::perms kFolderRights = fs::perms(0755), kFileRights = fs::perms(0644);

Error failed(const char* what) {
  return unavailable(std::string(what) + ": " + std::strerror(errno));
}

Error failed(const char* what, const std::error_code& error, const std::string& place) {
  return unavailable(std::string(what) + ": " + error.message(), place);
}

struct Pipe {
  int read = -1, write = -1;
  ~Pipe() {
    close_write();
    if (read >= 0) ::close(read);
  }
  Result<void> open() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe");
    read = ends[0];
    write = ends[1];
    ::fcntl(read, F_SETFL, O_NONBLOCK);
    return {};
  }
  void close_write() {
    if (write >= 0) ::close(write);
    write = -1;
  }
};

// Reads what is there, and keeps `most` of it altogether; false if it was more.
bool drain(int fd, std::size_t most, std::string& into) {
  std::array<char, 16'384> part;
  for (bool all = true;;) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    const std::size_t room = most - into.size();
    all = all && static_cast<std::size_t>(got) <= room;
    into.append(part.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

// A child in a process group of its own. Killed and waited for, whatever happens.
class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) (void)end();
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  Result<void> start(const ConformancePlan& plan, std::vector<std::string> arguments, int out,
                     int err) {
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    char* const no_environment[1] = {nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    ::posix_spawn_file_actions_adddup2(&actions, err, 2);
    ::posix_spawn_file_actions_addchdir_np(&actions, plan.folder.c_str());
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    errno = ::posix_spawn(&pid_, plan.confine.c_str(), &actions, &attributes, argv.data(),
                          no_environment);
    const int error = errno;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    errno = error;
    if (error != 0) {
      pid_ = -1;
      return failed("starting tenon-confine");
    }
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) return failed("pidfd_open");
    return {};
  }
  // Readable once it has ended.
  int pidfd() const { return pidfd_; }
  // Its exit status; of one that still runs: after killing all of its group.
  int end() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
};

int left_ms(Steady::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
  return static_cast<int>(std::max<std::int64_t>(0, left));
}

Result<ConformanceReport> judge(int status, const std::string& out, const std::string& err) {
  if (status == kNotRun) return unsupported(err.substr(0, err.find('\n')));
  // 2 is wrong usage, and no report; or what was to be checked is no connector, and a report.
  if (status != 0 && status != 1 && !(status == 2 && !out.empty())) {
    return corrupt("tenon-check ended with " + std::to_string(status) + ": " +
                   err.substr(0, err.find('\n')));
  }
  TENON_TRY_AS(auto report, read_conformance(out));
  if ((status == 0) != (report.failed == 0)) {
    return corrupt("tenon-check: its exit status is not that of its report");
  }
  return report;
}

}  // namespace

ConformanceRun::ConformanceRun(ConformancePlan plan) : plan_(std::move(plan)) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
    stop_read_ = ends[0];
    stop_write_ = ends[1];
  }
  thread_ = std::thread([this] {
    result_ = run();
    std::error_code ignored;
    fs::remove_all(plan_.folder, ignored);
    done_ = true;
  });
}

ConformanceRun::~ConformanceRun() {
  if (stop_write_ >= 0) ::close(stop_write_);
  thread_.join();
  if (stop_read_ >= 0) ::close(stop_read_);
}

Result<void> ConformanceRun::lay_out() const {
  std::error_code error;
  fs::remove_all(plan_.folder, error);
  const std::string golden = plan_.folder + "/golden";
  fs::create_directories(golden, error);
  if (error) return failed("cannot be made", error, golden);
  // Another user reads them, as root; the folders above it need not be open to that one.
  fs::permissions(plan_.folder, kFolderRights, error);
  if (!error) fs::permissions(golden, kFolderRights, error);
  const std::string so = plan_.folder + "/" + plan_.connector + ".so";
  if (!error) fs::copy_file(plan_.so_path, so, error);
  if (!error) fs::permissions(so, kFileRights, error);
  if (error) return failed("cannot be laid out", error, so);
  for (const auto& one : plan_.goldens) {
    const std::string path = golden + "/" + one.name;
    std::ofstream file(path, std::ios::binary);
    file << one.bytes << std::flush;
    if (!file) return unavailable("cannot be written", path);
    fs::permissions(path, kFileRights, error);
    if (error) return failed("cannot be laid out", error, path);
  }
  return {};
}

Result<ConformanceReport> ConformanceRun::run() {
  for (const auto* program : {&plan_.confine, &plan_.check}) {
    if (::access(program->c_str(), X_OK) != 0) {
      return not_found("wanted the program " + *program + ", found: " + std::strerror(errno));
    }
  }
  if (stop_read_ < 0) return unavailable("no descriptors are left");
  TENON_TRY(lay_out());
  std::vector<std::string> arguments = {plan_.confine,
                                        plan_.uid ? std::to_string(*plan_.uid) : "-",
                                        std::to_string(kConformanceCpuSeconds),
                                        plan_.check,
                                        plan_.connector + ".so",
                                        "--format",
                                        "json"};
  if (!plan_.goldens.empty()) {
    arguments.emplace_back("--golden");
    arguments.emplace_back("golden");
  }
  Pipe out, err;
  TENON_TRY(out.open());
  TENON_TRY(err.open());
  Process process;
  TENON_TRY(process.start(plan_, std::move(arguments), out.write, err.write));
  out.close_write();
  err.close_write();
  const auto until = Steady::now() + plan_.within;
  std::string printed, complaint;
  for (;;) {
    // A closed pipe is always ready, so one that has ended is looked at no more.
    std::array<pollfd, 4> waits{{{process.pidfd(), POLLIN, 0},
                                 {stop_read_, POLLIN, 0},
                                 {out.read, POLLIN, 0},
                                 {err.read, POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), left_ms(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return failed("poll");
    if (waits[1].revents != 0) return cancelled();
    (void)drain(err.read, kMaxErrorOutput, complaint);  // only shown: more is passed over
    if (!drain(out.read, kMaxCheckOutput, printed))
      return corrupt("tenon-check printed more than " + std::to_string(kMaxCheckOutput) + " bytes");
    if (waits[0].revents != 0) break;
    if (ready == 0) {
      return timed_out("tenon-check took longer than " +
                       std::to_string(plan_.within.count() / 1'000) + " s, and was ended");
    }
    if (((waits[2].revents | waits[3].revents) & POLLHUP) != 0) {
      std::this_thread::sleep_for(milliseconds{1});  // its end is near
    }
  }
  (void)drain(out.read, kMaxCheckOutput, printed);
  return judge(process.end(), printed, complaint);
}

}  // namespace tenon
