// TENON_ASSERT: a broken invariant ends the process, in release builds too; the log restores it.
#pragma once

namespace tenon {

[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

}  // namespace tenon

#define TENON_ASSERT(cond) \
  (static_cast<bool>(cond) ? (void)0 : ::tenon::assertion_failed(#cond, __FILE__, __LINE__))
