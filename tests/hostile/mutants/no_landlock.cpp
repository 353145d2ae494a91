// In place of landlock.cpp: all files of the root are open.
#include "worker/lockdown.hpp"

namespace tenon::worker {

Result<std::uint32_t> confine_files(const std::vector<FileRight>&, std::uint32_t at_most) {
  return at_most;
}
Result<void> confine_all_files(std::uint32_t) { return {}; }

}  // namespace tenon::worker
