// Program headers and the dynamic section, as the loader would read them.
#include "backends/sandbox/artefact.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "backends/sandbox/connector_files.hpp"
#include "backends/sandbox/fd.hpp"
#include "base/hash.hpp"
#include "wire/libraries.hpp"

namespace tenon::sandbox {
namespace {

constexpr std::size_t kMaxSegments = 64, kMaxDynamic = 256;
constexpr std::size_t kMaxSymbols = 1u << 20, kMaxRelocations = 1u << 20;

Error torn(std::string what) {
  return corrupt("wanted a whole ELF shared object, found " + std::move(what) +
                 "; build or copy it again");
}
Error refused(std::string what, std::string mend) {
  return unsupported("the file asks for " + std::move(what) + ": " + std::move(mend));
}

class Image {
 public:
  explicit Image(std::string_view bytes) : bytes_(bytes) {}

  Result<void> check() {
    TENON_TRY(read_header());
    TENON_TRY(check_segments());
    TENON_TRY(read_dynamic());
    TENON_TRY(check_dynamic());
    return check_ifuncs();
  }

 private:
  template <typename T>
  bool read(std::uint64_t at, T& out) const {
    if (at > bytes_.size() || sizeof(T) > bytes_.size() - at) return false;
    std::memcpy(&out, bytes_.data() + at, sizeof(T));
    return true;
  }
  // Where an address lies in the file.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const auto& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      const std::uint64_t into = address - segment.p_vaddr;
      if (into < segment.p_filesz) return segment.p_offset + into;
    }
    return std::nullopt;
  }
  std::uint64_t value(std::int64_t tag) const {
    for (const auto& entry : dynamic_) {
      if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return 0;
  }
  bool has(std::int64_t tag) const {
    return std::any_of(dynamic_.begin(), dynamic_.end(),
                       [&](const auto& entry) { return entry.d_tag == tag; });
  }

  Result<void> read_header() {
    Elf64_Ehdr head{};
    if (!read(0, head)) return torn(std::to_string(bytes_.size()) + " bytes");
    if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return torn("another kind of file");
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
        head.e_machine != EM_X86_64) {
      return corrupt("wanted 64-bit ELF for x86-64, found machine " +
                     std::to_string(head.e_machine) + "; build it for this machine");
    }
    if (head.e_type != ET_DYN) return torn("ELF type " + std::to_string(head.e_type));
    if (head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum == 0 ||
        head.e_phnum > kMaxSegments) {
      return torn(std::to_string(head.e_phnum) + " program headers");
    }
    segments_.resize(head.e_phnum);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (!read(head.e_phoff + i * sizeof(Elf64_Phdr), segments_[i])) {
        return torn("program headers past its end");
      }
    }
    return {};
  }

  Result<void> check_segments() const {
    bool stack = false;
    for (const auto& segment : segments_) {
      if (segment.p_type == PT_INTERP) {
        return refused("a program interpreter", "build a shared object, not a program");
      }
      if (segment.p_type == PT_GNU_STACK) {
        stack = true;
        if ((segment.p_flags & PF_X) != 0) {
          return refused("an executable stack", "link with -Wl,-z,noexecstack");
        }
      }
      if (segment.p_type != PT_LOAD) continue;
      if ((segment.p_flags & (PF_W | PF_X)) == (PF_W | PF_X)) {
        return refused("memory that is writable and executable", "link without -N and -z rwx");
      }
      if (segment.p_filesz > segment.p_memsz || segment.p_offset > bytes_.size() ||
          segment.p_filesz > bytes_.size() - segment.p_offset) {
        return torn("a segment past its end");
      }
    }
    if (!stack) {
      return refused("an executable stack (no PT_GNU_STACK says otherwise)",
                     "link with -Wl,-z,noexecstack");
    }
    return {};
  }

  Result<void> read_dynamic() {
    for (const auto& segment : segments_) {
      if (segment.p_type != PT_DYNAMIC) continue;
      if (!dynamic_.empty()) return torn("two dynamic sections");
      for (std::size_t i = 0;; ++i) {
        Elf64_Dyn entry{};
        // The loader reads it through its address, so we do, too.
        const auto at = offset_of(segment.p_vaddr + i * sizeof entry);
        if (i == kMaxDynamic || !at || !read(*at, entry))
          return torn("no end of the dynamic section");
        if (entry.d_tag == DT_NULL) break;
        dynamic_.push_back(entry);
      }
    }
    if (dynamic_.empty()) return torn("no dynamic section");
    return {};
  }

  Result<void> check_dynamic() const {
    if (has(DT_TEXTREL) || (value(DT_FLAGS) & DF_TEXTREL) != 0) {
      return refused("relocations of its code", "compile with -fPIC");
    }
    for (const auto tag : {DT_RPATH, DT_RUNPATH, DT_AUDIT, DT_DEPAUDIT, DT_AUXILIARY, DT_FILTER}) {
      if (has(tag)) {
        return refused("a search path, an auditor or a filter library (dynamic tag " +
                           std::to_string(tag) + ")",
                       "link without -rpath, --audit, --filter and --auxiliary");
      }
    }
    for (const auto& entry : dynamic_) {
      if (entry.d_tag != DT_NEEDED) continue;
      TENON_TRY_AS(const std::string name, text_at(entry.d_un.d_val));
      if (std::find(wire::kLibraries.begin(), wire::kLibraries.end(), name) ==
          wire::kLibraries.end()) {
        return refused("the library " + name.substr(0, 80),
                       "link it statically; allowed are libc, libm, libstdc++, libgcc_s");
      }
    }
    return {};
  }

  Result<std::string> text_at(std::uint64_t index) const {
    const auto at = offset_of(value(DT_STRTAB));
    const std::uint64_t size = value(DT_STRSZ);
    if (!at || index >= size || *at > bytes_.size() || size > bytes_.size() - *at) {
      return torn("a name past its end");
    }
    const auto rest = bytes_.substr(*at + index, size - index);
    return std::string(rest.substr(0, rest.find('\0')));
  }

  // A resolver runs by a relocation of its own, or when somebody asks for a symbol of its type.
  Result<void> check_ifuncs() const {
    const struct {
      std::int64_t table, size;
    } tables[] = {{DT_RELA, DT_RELASZ}, {DT_JMPREL, DT_PLTRELSZ}};
    if (has(DT_REL) || (has(DT_PLTREL) && value(DT_PLTREL) != DT_RELA)) {
      return torn("relocations of a form that x86-64 does not use");
    }
    for (const auto& table : tables) {
      const std::uint64_t count = value(table.size) / sizeof(Elf64_Rela);
      if (count > kMaxRelocations) return torn(std::to_string(count) + " relocations");
      for (std::uint64_t i = 0; i < count; ++i) {
        Elf64_Rela entry{};
        const auto at = offset_of(value(table.table) + i * sizeof entry);
        if (!at || !read(*at, entry)) return torn("relocations past its end");
        if (ELF64_R_TYPE(entry.r_info) == R_X86_64_IRELATIVE) return ifunc();
        TENON_TRY(check_symbol(ELF64_R_SYM(entry.r_info)));
      }
    }
    return check_exported();
  }

  // Of a symbol that others define, the type is theirs (some linkers copy it from libc).
  Result<void> check_symbol(std::uint64_t index) const {
    if (index == 0) return {};
    Elf64_Sym symbol{};
    const auto at = offset_of(value(DT_SYMTAB) + index * sizeof symbol);
    if (!at || !read(*at, symbol)) return torn("symbols past its end");
    const bool defined = symbol.st_shndx != SHN_UNDEF;
    if (defined && ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC) return ifunc();
    return {};
  }

  // The symbol table has no size of its own: it ends where its string table begins, as every linker
  // lays it out; where it does not, the file is not one of theirs.
  Result<void> check_exported() const {
    const std::uint64_t begin = value(DT_SYMTAB), end = value(DT_STRTAB);
    if (begin == 0 || end < begin || value(DT_SYMENT) != sizeof(Elf64_Sym)) {
      return torn("a symbol table of another layout than linkers make");
    }
    const std::uint64_t count = (end - begin) / sizeof(Elf64_Sym);
    if (count > kMaxSymbols) return torn(std::to_string(count) + " symbols");
    for (std::uint64_t i = 1; i < count; ++i) TENON_TRY(check_symbol(i));
    return {};
  }

  static Error ifunc() {
    return refused("an indirect function (IFUNC)",
                   "its resolver runs before everything else; choose at run time instead");
  }

  std::string_view bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> dynamic_;
};

Error unreadable(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) return not_found("no such file", path);
  return unavailable(std::string("cannot be read: ") + std::strerror(error), path);
}

std::int64_t nanoseconds_of(const timespec& at) {
  return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

FileStamp stamp(const struct stat& info) {
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
          nanoseconds_of(info.st_mtim), nanoseconds_of(info.st_ctim)};
}

}  // namespace

Result<void> check_artefact(std::string_view bytes) { return Image(bytes).check(); }

Result<FileStamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return unreadable(path, errno);
  return stamp(info);
}

Result<Inspected> inspect_artefact(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return unreadable(path, errno);
  if (!S_ISREG(info.st_mode)) return corrupt("wanted an ordinary file, found something else", path);
  if ((info.st_mode & S_IWOTH) != 0) {
    return unsupported("everybody may write this file; chmod o-w it", path);
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > kMaxConnectorBytes) {
    return invalid("wanted at most " + std::to_string(kMaxConnectorBytes) + " bytes, found " +
                       std::to_string(size),
                   path);
  }
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(file.get(), bytes.data() + got, size - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return unavailable("cannot be read to its end", path);
    got += static_cast<std::size_t>(n);
  }
  auto checked = check_artefact(bytes);
  if (!checked) return std::move(checked).error().in(path);
  return Inspected{stamp(info), digest_hex(bytes)};
}

}  // namespace tenon::sandbox
