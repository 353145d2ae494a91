// Cases about how the file was linked: what makes a fault in it harder to use.
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "conformance/case.hpp"

namespace tenon::conformance {
namespace {

constexpr std::size_t kMaxSegments = 1'000;
constexpr std::size_t kMaxPackedSo = std::size_t{64} << 20;  // that of a package
constexpr std::size_t kLargeSo = std::size_t{16} << 20;
constexpr std::uint64_t kSmallCode = 64 * 1024;

// What the loader reads: segments and dynamic entries. Each offset is checked before it is
// followed.
class Segments {
 public:
  explicit Segments(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    Elf64_Ehdr header;
    if (!load(0, header) || header.e_phentsize != sizeof(Elf64_Phdr) ||
        header.e_phnum > kMaxSegments) {
      fail("wanted a table of segments, found none that fits");
    }
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr segment;
      if (!load(header.e_phoff + i * sizeof segment, segment)) fail("torn: in its segments");
      segments_.push_back(segment);
    }
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_DYNAMIC) continue;
      Elf64_Dyn entry;
      for (std::uint64_t at = 0; at + sizeof entry <= segment.p_filesz; at += sizeof entry) {
        if (!load(segment.p_offset + at, entry) || entry.d_tag == DT_NULL) break;
        dynamic_.push_back(entry);
      }
    }
  }

  std::size_t size() const { return bytes_.size(); }
  const std::vector<Elf64_Phdr>& all() const { return segments_; }
  bool has(std::uint32_t type) const {
    return std::any_of(segments_.begin(), segments_.end(),
                       [&](const Elf64_Phdr& one) { return one.p_type == type; });
  }
  bool has_entry(std::int64_t tag, std::uint64_t bits = ~std::uint64_t{0}) const {
    return std::any_of(dynamic_.begin(), dynamic_.end(), [&](const Elf64_Dyn& one) {
      return one.d_tag == tag && (bits == ~std::uint64_t{0} || (one.d_un.d_val & bits) != 0);
    });
  }

 private:
  template <typename T>
  bool load(std::uint64_t offset, T& out) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof out) return false;
    std::memcpy(&out, bytes_.data() + offset, sizeof out);
    return true;
  }

  std::vector<char> bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> dynamic_;
};

void relro(Subject& subject) {
  if (Segments(subject.so()).has(PT_GNU_RELRO)) return;
  fail(
      "wanted tables that are read-only once they are filled (RELRO), found none; link with "
      "-Wl,-z,relro");
}

void bind_now(Subject& subject) {
  const Segments segments(subject.so());
  if (segments.has_entry(DT_BIND_NOW) || segments.has_entry(DT_FLAGS, DF_BIND_NOW) ||
      segments.has_entry(DT_FLAGS_1, DF_1_NOW)) {
    return;
  }
  fail("wanted every symbol resolved at load (BIND_NOW), found lazy ones; link with -Wl,-z,now");
}

void no_exec_stack(Subject& subject) {
  const Segments segments(subject.so());
  for (const Elf64_Phdr& segment : segments.all()) {
    if (segment.p_type != PT_GNU_STACK) continue;
    if ((segment.p_flags & PF_X) == 0) return;
    fail(
        "wanted a stack without code (NX), found one that may be executed; look for nested "
        "functions and assembly, and link with -Wl,-z,noexecstack");
  }
  fail("wanted a word about the stack (PT_GNU_STACK), found none; link with -Wl,-z,noexecstack");
}

void no_rwx(Subject& subject) {
  const Segments segments(subject.so());
  for (const Elf64_Phdr& segment : segments.all()) {
    const bool both = (segment.p_flags & (PF_W | PF_X)) == (PF_W | PF_X);
    if (segment.p_type == PT_LOAD && both) {
      fail("wanted memory that is written or executed, found a segment that is both");
    }
  }
  if (segments.has_entry(DT_TEXTREL) || segments.has_entry(DT_FLAGS, DF_TEXTREL)) {
    fail("wanted code that the loader need not change, found text relocations; compile with -fPIC");
  }
}

void no_rpath(Subject& subject) {
  const Segments segments(subject.so());
  if (!segments.has_entry(DT_RPATH) && !segments.has_entry(DT_RUNPATH)) return;
  fail(
      "wanted no place of its own to look for libraries, found RPATH or RUNPATH; in CMake: "
      "CMAKE_SKIP_RPATH");
}

// Its check stands in functions with arrays only, so a small connector may well have none.
bool is_small(const Segments& segments) {
  std::uint64_t code = 0;
  for (const Elf64_Phdr& segment : segments.all()) {
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0) code += segment.p_filesz;
  }
  return code < kSmallCode;
}

void stack_protector(Subject& subject) {
  const auto symbols = subject.elf().dynamic_symbols();
  const bool guarded = std::any_of(symbols.begin(), symbols.end(), [](const auto& symbol) {
    return symbol.name == "__stack_chk_fail";
  });
  const auto constants = subject.elf().section(".rodata");
  const bool rust = constants && constants->find("library/std/src/") != std::string_view::npos;
  if (guarded || rust || is_small(Segments(subject.so()))) return;
  throw Warning{
      "no function checks its stack (__stack_chk_fail); compile with "
      "-fstack-protector-strong, unless no function has an array"};
}

void size(Subject& subject) {
  const std::size_t bytes = Segments(subject.so()).size();
  const std::string found = std::to_string(bytes >> 20) + " MiB";
  if (bytes > kMaxPackedSo) fail("wanted at most 64 MiB, which a package holds, found " + found);
  if (bytes > kLargeSo) throw Warning{found + ": strip it, or look what was linked in"};
}

constexpr const char* kWhyTables =
    "A write to a wrong place could turn a call of the C library into a call of anything.";
constexpr const char* kWhyMemory =
    "What a vendor's reply puts into memory could be run as code in the worker.";

}  // namespace

std::vector<Case> hardening_cases() {
  return {
      {"hardening.relro", "the loader's tables are read-only once filled", relro, kWhyTables},
      {"hardening.bind_now", "every symbol is resolved at load", bind_now, kWhyTables},
      {"hardening.no_exec_stack", "the stack cannot be executed", no_exec_stack, kWhyMemory},
      {"hardening.no_rwx", "no memory can be both written and executed", no_rwx, kWhyMemory},
      {"hardening.no_rpath", "it looks for libraries in no place of its own", no_rpath,
       "A library that somebody puts into that place would be loaded into the worker."},
      {"hardening.stack_protector", "functions check that their stack was not overrun",
       stack_protector, "An overrun buffer is then a crash of the worker, and nothing worse."},
      {"hardening.size", "it fits into a package", size,
       "A file that is too large cannot be packed, and so not be installed."},
  };
}

}  // namespace tenon::conformance
