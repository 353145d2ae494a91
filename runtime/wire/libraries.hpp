// The libraries that a connector may need. The worker has loaded them all before it locks itself,
// and needs no others: loading a connector reads one file, its own.
#pragma once

#include <array>

namespace tenon::wire {

constexpr std::array<const char*, 6> kLibraries{"libc.so.6",       "libm.so.6",
                                                "libstdc++.so.6",  "libgcc_s.so.1",
                                                "libpthread.so.0", "ld-linux-x86-64.so.2"};

}  // namespace tenon::wire
