// Reading /proc/PID/stat and /proc/PID/status.
#include "bench/process_use.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace bench {
namespace {

// The fields after the name, which may hold blanks itself: state is the first.
std::vector<std::string> stat_fields(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/stat");
  std::string line;
  std::vector<std::string> fields;
  if (!std::getline(in, line)) return fields;
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

constexpr std::size_t kParent = 1, kUserTicks = 11, kSystemTicks = 12;

}  // namespace

Use use_of(pid_t pid) {
  Use use;
  const std::string name = std::to_string(pid);
  const auto fields = stat_fields(name);
  if (fields.size() <= kSystemTicks) return use;
  const double ticks = std::stod(fields[kUserTicks]) + std::stod(fields[kSystemTicks]);
  use.cpu_s = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream status("/proc/" + name + "/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:" && status >> use.peak_mb) use.peak_mb /= 1024;
  }
  return use;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto fields = stat_fields(name);
    if (fields.size() > kParent && fields[kParent] == std::to_string(pid)) {
      children.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return children;
}

Use use_of_children(pid_t pid) {
  Use sum;
  for (const pid_t child : children_of(pid)) {
    const Use use = use_of(child);
    sum.cpu_s += use.cpu_s;
    sum.peak_mb += use.peak_mb;
  }
  return sum;
}

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

}  // namespace bench
