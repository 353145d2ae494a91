// Fail points: named places at which a test ends the process or makes an operation fail.
//
// There are none in the build that runs: no code, no text. They are in with the CMake option
// TENON_FAIL_POINTS, and in each build under AddressSanitizer. Then tenond arms them from its
// environment: TENON_FAIL_POINT=NAME[@NTH[+[TIMES]]]:ACTION[,...]. A point acts when it is reached
// for the NTH time (default 1); with a `+` also the next TIMES - 1 times, or ever after; and says
// so on stderr.
//   kill     SIGKILL of this process, before the operation
//   cut      the same as if the power had gone: what was written and not synced is undone first
//   torn     one half of the bytes is written, then SIGKILL
//   short    one half is written and reported as such, which is lawful
//   enospc, eio   the operation fails
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__) && !defined(TENON_FAIL_POINTS)
#define TENON_FAIL_POINTS 1
#endif

#ifdef TENON_FAIL_POINTS

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::fail {

// What a place does, and so what can go wrong there. At a step the process can only die; `error`
// is an operation that answers a Result.
enum class Kind : std::uint8_t { step, open, write, sync, rename, resize, error };

// invalid: what is wrong, and what is known. Once, before there are threads.
Result<void> arm(std::string_view text);
// Each point with the actions that it takes, a line each.
std::string list();
// Lets `undo` take back what is not synced when the power is cut. It need not return in peace with
// other threads: the process ends right behind it.
void on_cut(void (*undo)());
bool cuts();  // some action is `cut`

// The point of this name; a name that is not in the table, or not of that kind (step, error, else
// any other), ends the process: it is a mistake in the code.
inline constexpr std::size_t kNone = ~std::size_t{0};
std::size_t find(const char* name, Kind kind);
[[noreturn]] void die(std::size_t point);
void pass(std::size_t point);

// What is to become of an input or output operation.
struct IoFault {
  int error = 0;  // errno to fail with
  std::size_t most = ~std::size_t{0};
  std::size_t die_behind = kNone;  // the point, after `most` bytes
};
inline void end_torn(const IoFault& fault) {
  if (fault.die_behind != kNone) die(fault.die_behind);
}
// Asked where the operation is made; which point it is, is known where it is wanted for.
IoFault io_fault(Kind kind, std::size_t bytes = 0);
class IoScope {
 public:
  explicit IoScope(std::size_t point);
  IoScope(const IoScope&) = delete;
  IoScope& operator=(const IoScope&) = delete;
  ~IoScope();

 private:
  std::size_t before_;
};
// Of points of kind `error`.
std::optional<Error> error_at(std::size_t point);

// Bugs on purpose, to prove that the crash matrix would find them: TENON_PLANTED_BUG=NAME.
bool planted(const char* bug);
Result<void> plant(std::string_view bug);

}  // namespace tenon::fail

// The place is looked up once.
#define TENON_FAIL_FIND(name, kind)                                                        \
  [] {                                                                                     \
    static const std::size_t point = ::tenon::fail::find(name, ::tenon::fail::Kind::kind); \
    return point;                                                                          \
  }()
#define TENON_FAIL_POINT(name) ::tenon::fail::pass(TENON_FAIL_FIND(name, step))
// Only where what follows the name holds, which is not evaluated in other builds.
#define TENON_FAIL_POINT_IF(name, ...) \
  ((__VA_ARGS__) ? TENON_FAIL_POINT(name) : static_cast<void>(0))
#define TENON_FAIL_IO(name) \
  const ::tenon::fail::IoScope tenon_fail_io { TENON_FAIL_FIND(name, write) }
#define TENON_FAIL_ERROR(name)                                                             \
  do {                                                                                     \
    if (auto error = ::tenon::fail::error_at(TENON_FAIL_FIND(name, error))) return *error; \
  } while (false)
#define TENON_PLANTED(bug) ::tenon::fail::planted(bug)

#else

namespace tenon::fail {

enum class Kind : std::uint8_t { open, write, sync, rename, resize };
struct IoFault {
  static constexpr int error = 0;
  static constexpr std::size_t most = ~std::size_t{0};
};
constexpr IoFault io_fault(Kind, std::size_t = 0) { return {}; }
constexpr void end_torn(const IoFault&) {}

}  // namespace tenon::fail

#define TENON_FAIL_POINT(name) static_cast<void>(0)
#define TENON_FAIL_POINT_IF(name, ...) static_cast<void>(0)
#define TENON_FAIL_IO(name) static_cast<void>(0)
#define TENON_FAIL_ERROR(name) static_cast<void>(0)
#define TENON_PLANTED(bug) false

#endif
