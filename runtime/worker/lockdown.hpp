// Lockdown: what a worker gives up before it touches vendor code. Each step is one-way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::worker {

// Resource limits of a worker. RLIMIT_DATA sees neither shared memory nor stacks, hence AS as
// second bound, a bound of the stack, and no MAP_SHARED and MAP_GROWSDOWN in the filter.
constexpr std::uint64_t kMaxDataBytes = 256u << 20;
constexpr std::uint64_t kMaxStackBytes = 8u << 20;
constexpr std::uint64_t kMaxAddressBytes = 1u << 30;
constexpr std::uint64_t kMaxOpenFiles = 16;
constexpr std::uint64_t kMaxThreads = 64;  // of a uid or user namespace of the worker's own

enum class Profile : std::uint8_t { strict, standard };  // strict: no threads
// "strict" or "default"; invalid otherwise.
Result<Profile> profile_of(std::string_view name);

// rlimits, no_new_privs, not dumpable, parent-death signal, no capabilities. `own_uid`: this
// process has its uid to itself (in its user namespace), so that a limit on processes is exact.
Result<void> drop_rights(bool own_uid);

// Loads what a connector may need of libraries, so that no file of theirs need be open to it.
void load_libraries();

// What may be done with a file, or with all below a folder: Landlock's own bits.
constexpr std::uint64_t kExecuteFile = 1u << 0, kWriteFile = 1u << 1, kReadFile = 1u << 2,
                        kListFolder = 1u << 3;
struct FileRight {
  std::string path;  // one that is missing needs no rule
  std::uint64_t allowed = kReadFile;
};
// Landlock with every right of its version handled and allowed only what is named. Gives the
// version in force; `at_most` masks newer ones (for tests of old kernels). unsupported: the kernel
// has none.
Result<std::uint32_t> confine_files(const std::vector<FileRight>& rights, std::uint32_t at_most);
// A second, empty ruleset: from here on no file at all.
Result<void> confine_all_files(std::uint32_t landlock_abi);

// The gate, before stage 1: calls that only loading needs (opening, code of libraries, further
// locks) wait for the host's word, whatever becomes of this process. Hands the host the descriptor
// on which it answers, as the first frame; `sequence` is the sender's counter.
Result<void> raise_gate(std::uint32_t& sequence);
// Stage 1, before the .so is loaded: what loading and running need, else the process is killed.
Result<void> filter_loading(Profile profile);
// Stage 2, after it: what running needs, on all threads. Asking for a file is an error, other
// calls kill.
Result<void> filter_running(Profile profile);

}  // namespace tenon::worker
