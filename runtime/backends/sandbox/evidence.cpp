// Describing and keeping packets.
#include "backends/sandbox/evidence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backends/sandbox/fd.hpp"
#include "base/hash.hpp"
#include "wire/limits.hpp"

namespace tenon::sandbox {

namespace fs = std::filesystem;

std::string describe_evidence(std::string_view packet) {
  return "size=" + std::to_string(packet.size()) + " digest=" + digest_hex(packet) +
         " header=" + to_hex(packet.substr(0, wire::kFrameHeaderBytes));
}

std::string keep_evidence(const std::string& folder, std::string_view release,
                          std::string_view packet) {
  const auto failed = [](const char* what) {
    return "not kept: " + std::string(what) + ": " + std::strerror(errno);
  };
  if (folder.empty()) return "not kept: no folder for it";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("folder");
  std::string name(release);
  std::replace(name.begin(), name.end(), '/', '_');
  const std::string path = folder + "/" + name + "-" + digest_hex(packet).substr(0, 16) + ".packet";
  std::error_code error;
  if (fs::exists(path, error)) return path;
  const auto files = std::distance(fs::directory_iterator(folder, error), fs::directory_iterator());
  if (error) return "not kept: " + error.message();
  if (static_cast<std::size_t>(files) >= kMaxEvidenceFiles) {
    return "not kept: there are " + std::to_string(files) + " files of it already; look at them " +
           "and remove them";
  }
  const UniqueFd file(
      ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("file");
  const auto bytes = packet.substr(0, kMaxEvidenceBytes);
  if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::string why = failed("writing");
    ::unlink(path.c_str());
    return why;
  }
  return path;
}

}  // namespace tenon::sandbox
