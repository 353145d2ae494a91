// From /proc: it holds for processes that left their group or session, too.
#include "conformance/process_tree.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

namespace tenon::conformance {
namespace {

constexpr std::chrono::seconds kEndWithin{1};
constexpr useconds_t kReapEveryUs = 1'000;

// 0 if it has ended, reaped or not. The name in the second field may hold anything: from its end.
pid_t parent_of(const char* pid) {
  std::ifstream in(std::string("/proc/") + pid + "/stat");
  std::string line;
  std::getline(in, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > line.size()) return 0;
  if (line[name_end + 2] == 'Z') return 0;
  return static_cast<pid_t>(std::strtol(line.c_str() + name_end + 4, nullptr, 10));
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return {};
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    children.emplace(parent_of(entry->d_name), pid);
  }
  closedir(folder);
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto at = begin; at != end; ++at) {
      if (at->second != root) found.push_back(at->second);
    }
  }
  found.erase(found.begin());
  return found;
}

std::size_t end_all_below_this() {
  const auto until = std::chrono::steady_clock::now() + kEndWithin;
  std::size_t first = 0;
  for (bool begun = false; std::chrono::steady_clock::now() < until; begun = true) {
    const auto all = descendants_of(getpid());
    if (!begun) first = all.size();
    if (all.empty()) break;
    for (const pid_t pid : all) kill(pid, SIGKILL);
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    usleep(kReapEveryUs);
  }
  return first;
}

}  // namespace tenon::conformance
