// Reading the connectors' folders.
#include "backends/sandbox/connector_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/hash.hpp"

namespace tenon::sandbox {

Result<std::vector<std::string>> list_connectors(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  if (error) return not_found("cannot be listed: " + error.message());
  std::vector<std::string> out;
  for (; it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (error) return unavailable("cannot be listed: " + error.message());
    if (it->path().extension() == ".so" && it->is_regular_file(error)) {
      out.push_back(it->path().string());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::string> digest_of_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return not_found("cannot be read: " + error.message());
  if (size > kMaxConnectorBytes) {
    return invalid("wanted at most " + std::to_string(kMaxConnectorBytes) + " bytes, found " +
                   std::to_string(size));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || bytes.view().size() != size) return unavailable("cannot be read to its end");
  return digest_hex(bytes.view());
}

}  // namespace tenon::sandbox
