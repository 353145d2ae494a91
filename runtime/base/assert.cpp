// The end of a process whose invariant broke.
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tenon {

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "tenon: broken invariant: %s (%s:%d)\n", what, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace tenon
