// Cases about the file: what it exports, imports and says about itself.
#include <algorithm>
#include <array>
#include <filesystem>

#include "conformance/case.hpp"
#include "conformance/way_out.hpp"

namespace tenon::conformance {
namespace {

// Doors to the world that a pure function has no use for.
constexpr auto kForbidden = std::to_array<std::string_view>({
    "socket",         "socketpair",   "connect",       "bind",        "listen",   "accept",
    "send",           "sendto",       "sendmsg",       "recv",        "recvfrom", "recvmsg",
    "getaddrinfo",    "open",         "open64",        "openat",      "openat64", "creat",
    "fopen",          "fopen64",      "freopen",       "opendir",     "unlink",   "rename",
    "mkdir",          "fork",         "vfork",         "clone",       "clone3",   "posix_spawn",
    "execve",         "execv",        "execvp",        "execl",       "execlp",   "execle",
    "execvpe",        "fexecve",      "system",        "popen",       "kill",     "ptrace",
    "syscall",        "mmap",         "mprotect",      "dlopen",      "dlmopen",  "dlsym",
    "pthread_create", "getenv",       "secure_getenv", "setenv",      "putenv",   "environ",
    "time",           "gettimeofday", "clock_gettime", "clock",       "ftime",    "localtime",
    "localtime_r",    "mktime",       "nanosleep",     "usleep",      "sleep",    "setlocale",
    "newlocale",      "rand",         "random",        "rand_r",      "drand48",  "getrandom",
    "getentropy",     "arc4random",   "getpid",        "gethostname", "uname",    "signal",
    "sigaction",      "setjmp",       "longjmp",       "printf",      "puts",     "putchar",
});

// What Rust's standard library imports for its panics and traces whatever the code does. The
// sandbox is the wall; this list is about what a reader may believe of the code.
constexpr auto kOfRust = std::to_array<std::string_view>(
    {"clock_gettime", "environ", "getenv", "mmap", "open64", "syscall"});

// libgcc_s unwinds Rust's panics; the worker has it loaded itself.
constexpr auto kLibraries = std::to_array<std::string_view>(
    {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libgcc_s.so.1"});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void loads(Subject& subject) { (void)subject.table(); }

void one_symbol(Subject& subject) {
  std::string names;
  int count = 0;
  for (const ElfFile::Symbol& symbol : subject.elf().dynamic_symbols()) {
    if (!symbol.defined) continue;
    ++count;
    names += " " + symbol.name;
  }
  if (count != 1 || names != " " TENON_SYMBOL) {
    fail("exports: wanted " TENON_SYMBOL " and nothing else, found" +
         (names.empty() ? " none" : names));
  }
}

// The places of the standard library's own panics stand among a file's constants.
bool has_rust_std(const ElfFile& elf) {
  const auto constants = elf.section(".rodata");
  return constants && constants->find("library/std/src/") != std::string_view::npos;
}

void imports(Subject& subject) {
  std::string found;
  const bool rust = has_rust_std(subject.elf());
  for (const ElfFile::Symbol& symbol : subject.elf().dynamic_symbols()) {
    if (symbol.defined || !is_in(kForbidden, symbol.name)) continue;
    if (rust && is_in(kOfRust, symbol.name)) continue;
    found += "\n    " + symbol.name + ": " + std::string(way_out(symbol.name));
  }
  if (!found.empty()) fail("imports: a connector has no use for" + found);
  for (const std::string& library : subject.elf().needed()) {
    if (!is_in(kLibraries, library)) fail("needs: wanted the C library only, found " + library);
  }
}

void manifest_present(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  if (subject.elf().is_loaded(".tenon_manifest")) {
    fail("section .tenon_manifest: wanted it apart from what is loaded, found it inside");
  }
  if (facts.id.empty()) fail("manifest: connector.id: wanted a name, found none");
  if (facts.version.empty()) fail("manifest: connector.version: wanted a version, found none");
  if (facts.ops == 0) fail("manifest: connector.ops: wanted at least one, found none");
  if ((facts.ops & TENON_OP_DELIVER) != 0 && facts.actions.empty()) {
    fail("manifest: action: wanted at least one beside the op deliver, found none");
  }
}

void manifest_equals_code(Subject& subject) {
  const ManifestFacts& facts = subject.facts();
  const tenon_connector& table = subject.table();
  if (facts.abi_major != TENON_ABI_MAJOR) {
    fail("abi: wanted major " + std::to_string(TENON_ABI_MAJOR) + ", the manifest says " +
         std::to_string(facts.abi_major));
  }
  if (facts.abi_minor > TENON_ABI_MINOR || table.abi_minor < facts.abi_minor) {
    fail("abi: the manifest asks for minor " + std::to_string(facts.abi_minor) +
         ", the code is of minor " + std::to_string(table.abi_minor) + ", we know " +
         std::to_string(TENON_ABI_MINOR));
  }
  if (table.size < sizeof(tenon_connector)) {
    fail("table: wanted at least " + std::to_string(sizeof(tenon_connector)) + " bytes, found " +
         std::to_string(table.size));
  }
  if (table.ops != facts.ops) {
    fail("ops: the manifest says " + std::to_string(facts.ops) + ", the code " +
         std::to_string(table.ops));
  }
  if (!table.create || !table.destroy || !table.step || !table.extension) {
    fail("table: wanted four functions, found a null");
  }
  const std::string stem = std::filesystem::path(subject.so()).stem().string();
  if (stem != facts.id) fail("id: the manifest says " + facts.id + ", the file is named " + stem);
}

}  // namespace

std::vector<Case> file_cases() {
  return {
      {"load.now_local", "loads with RTLD_NOW|RTLD_LOCAL and gives its table", loads},
      {"load.one_symbol", "exports tenon_connector_v1 and nothing else", one_symbol},
      {"load.imports", "imports no door to files, network, time, environment", imports},
      {"manifest.present", "carries a readable manifest apart from what is loaded",
       manifest_present},
      {"manifest.equals_code", "the manifest says what the table says", manifest_equals_code},
  };
}

}  // namespace tenon::conformance
