// A lock file: what it names may run with those bytes and no others, and its text is one form of
// it.
#include "packages/lock.hpp"

#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto lock = tenon::packages::parse_lock(input.rest(), "lock");
  if (!lock) {
    fuzz::must(lock.error().text().find("lock") != std::string::npos);
    return 0;
  }
  for (const auto& one : lock->releases) {
    const std::string none;
    const auto& package = one.as_package ? one.digest : none;
    fuzz::must(lock->objection(one.release, one.digest, package).empty());
    const std::string other(64, one.digest.front() == '0' ? '1' : '0');
    fuzz::must(!lock->objection(one.release, other, one.as_package ? other : none).empty());
    fuzz::must(!lock->objection(one.release + "1", one.digest, package).empty() ||
               lock->releases.size() > 1);
  }
  const std::string text = tenon::packages::text_of(*lock);
  const auto again = tenon::packages::parse_lock(text, "lock");
  fuzz::must(again && again->releases.size() == lock->releases.size());
  fuzz::must(tenon::packages::text_of(*again) == text);
  return 0;
}
