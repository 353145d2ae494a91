// State by state, step by step.
#include "app/state_copies.hpp"

#include <filesystem>

namespace tenon::app {
namespace {

namespace fs = std::filesystem;

constexpr milliseconds kBreath{1};  // between two steps, for all others on this thread

}  // namespace

void StateCopies::remove_left_over() {
  std::error_code ignored;  // what cannot be removed is told when copies are made
  fs::remove_all(folder_, ignored);
}

Task<Result<std::vector<std::string>>> StateCopies::make() {
  if (busy_) co_return conflict("another backup is being made; try again when it is done");
  struct Busy {
    explicit Busy(bool& flag) : flag(flag) { flag = true; }
    ~Busy() { flag = false; }
    bool& flag;
  };
  const Busy busy(busy_);
  auto made = co_await copy_all();
  if (!made) remove_left_over();
  co_return made;
}

Task<Result<std::vector<std::string>>> StateCopies::copy_all() {
  remove_left_over();
  std::error_code error;
  if (!fs::create_directory(folder_, error)) {
    co_return unavailable("cannot make a folder for copies of the states: " +
                              (error ? error.message() : std::string("an old one is there")),
                          folder_);
  }
  std::vector<std::string> paths;
  const auto names = stores_.names();
  for (const auto& name : names) {
    const std::string path = folder_ + "/" + name + ".sqlite";
    const auto copy = stores_.copy(name, path);
    if (!copy) co_return Error(copy.error());
    for (bool whole = false; !whole;) {
      const auto step = (*copy)->step();
      if (!step) co_return Error(step.error());
      whole = *step;
      const Instant next = clock_.instant() + kBreath;
      co_await clock_.sleep_until(next);
    }
    paths.push_back(path);
  }
  co_return paths;
}

}  // namespace tenon::app
