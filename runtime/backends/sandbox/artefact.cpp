// What a file asks of the loader, by its program headers, dynamic section, relocations and symbols.
#include "backends/sandbox/artefact.hpp"

#include <algorithm>

#include "backends/sandbox/elf_image.hpp"
#include "wire/libraries.hpp"

namespace tenon::sandbox {
namespace {

constexpr std::uint64_t kMaxSymbols = 1u << 20, kMaxRelocations = 1u << 20;
constexpr std::uint64_t kLongestWrite = 16;      // of one relocation (a TLS descriptor)
constexpr std::int64_t kPackedRelocations = 36;  // DT_RELR, younger than some headers

Error refused(std::string what, std::string mend) {
  return unsupported("the file asks for " + std::move(what) + ": " + std::move(mend));
}

Error ifunc() {
  return refused("an indirect function (IFUNC)",
                 "its resolver runs before everything else; choose at run time instead");
}

Result<void> check_segments(const ElfImage& image) {
  bool stack = false;
  for (const auto& segment : image.segments()) {
    if (segment.p_type == PT_INTERP) {
      return refused("a program interpreter", "build a shared object, not a program");
    }
    if (segment.p_type == PT_GNU_STACK) {
      stack = true;
      if ((segment.p_flags & PF_X) != 0) {
        return refused("an executable stack", "link with -Wl,-z,noexecstack");
      }
    }
    if (segment.p_type == PT_LOAD && (segment.p_flags & (PF_W | PF_X)) == (PF_W | PF_X)) {
      return refused("memory that is writable and executable", "link without -N and -z rwx");
    }
  }
  if (!stack) {
    return refused("an executable stack (no PT_GNU_STACK says otherwise)",
                   "link with -Wl,-z,noexecstack");
  }
  return {};
}

Result<std::string> name_at(const ElfImage& image, std::uint64_t index) {
  const std::uint64_t size = image.value(DT_STRSZ);
  const auto names = image.fixed_bytes(image.value(DT_STRTAB), size);
  if (!names || index >= size) return torn_file("a name past its end");
  const auto rest = names->substr(index);
  return std::string(rest.substr(0, rest.find('\0')));
}

Result<void> check_dynamic(const ElfImage& image) {
  if (image.has(DT_TEXTREL) || (image.value(DT_FLAGS) & DF_TEXTREL) != 0) {
    return refused("relocations of its code", "compile with -fPIC");
  }
  for (const auto tag : {DT_RPATH, DT_RUNPATH, DT_AUDIT, DT_DEPAUDIT, DT_AUXILIARY, DT_FILTER}) {
    if (image.has(tag)) {
      return refused(
          "a search path, an auditor or a filter library (dynamic tag " + std::to_string(tag) + ")",
          "link without -rpath, --audit, --filter and --auxiliary");
    }
  }
  for (const auto& entry : image.dynamic()) {
    if (entry.d_tag != DT_NEEDED) continue;
    TENON_TRY_AS(const std::string name, name_at(image, entry.d_un.d_val));
    if (std::find(wire::kLibraries.begin(), wire::kLibraries.end(), name) ==
        wire::kLibraries.end()) {
      return refused("the library " + name.substr(0, 80),
                     "link it statically; allowed are libc, libm, libstdc++, libgcc_s");
    }
  }
  return {};
}

// Of a symbol that others define, the type is theirs (some linkers copy it from libc).
Result<void> check_symbol(const ElfImage& image, std::uint64_t index) {
  if (index == 0) return {};
  const auto symbol = image.fixed<Elf64_Sym>(image.value(DT_SYMTAB) + index * sizeof(Elf64_Sym));
  if (!symbol) return torn_file("symbols past its end");
  const bool defined = symbol->st_shndx != SHN_UNDEF;
  if (defined && ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC) return ifunc();
  return {};
}

// None may write what is looked at here, or it would be another file once it is loaded.
Result<void> check_relocations(const ElfImage& image) {
  if (image.has(DT_REL) || (image.has(DT_PLTREL) && image.value(DT_PLTREL) != DT_RELA)) {
    return torn_file("relocations of a form that x86-64 does not use");
  }
  if (image.has(kPackedRelocations)) {
    return refused("packed relocations (DT_RELR)", "link without -z pack-relative-relocs");
  }
  const struct {
    std::int64_t table, size;
  } tables[] = {{DT_RELA, DT_RELASZ}, {DT_JMPREL, DT_PLTRELSZ}};
  for (const auto& table : tables) {
    const std::uint64_t count = image.value(table.size) / sizeof(Elf64_Rela);
    if (count > kMaxRelocations) return torn_file(std::to_string(count) + " relocations");
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto entry = image.fixed<Elf64_Rela>(image.value(table.table) + i * sizeof(Elf64_Rela));
      if (!entry) return torn_file("relocations past its end");
      const auto type = ELF64_R_TYPE(entry->r_info);
      if (type == R_X86_64_IRELATIVE) return ifunc();
      const std::uint64_t writes = type == R_X86_64_TLSDESC ? kLongestWrite : 8;
      if (type != R_X86_64_NONE && !image.may_write(entry->r_offset, writes)) {
        return torn_file("a relocation of what is not its data");
      }
      TENON_TRY(check_symbol(image, ELF64_R_SYM(entry->r_info)));
    }
  }
  return {};
}

// One past the last symbol that a look-up by name can reach. The symbol table has no size of its
// own, and linkers differ in what they put behind it.
Result<std::uint64_t> count_by_gnu_hash(const ElfImage& image) {
  struct Head {
    std::uint32_t buckets, first, bloom_words, bloom_shift;
  };
  const std::uint64_t at = image.value(DT_GNU_HASH);
  const auto head = image.fixed<Head>(at);
  const auto torn = [] { return torn_file("a table of symbol names past its end"); };
  if (!head || head->buckets > kMaxSymbols || head->bloom_words > kMaxSymbols) return torn();
  const std::uint64_t buckets = at + sizeof(Head) + std::uint64_t{head->bloom_words} * 8;
  const std::uint64_t chains = buckets + std::uint64_t{head->buckets} * 4;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < head->buckets; ++i) {
    const auto bucket = image.fixed<std::uint32_t>(buckets + i * 4);
    if (!bucket || (*bucket != 0 && *bucket < head->first)) return torn();
    last = std::max<std::uint64_t>(last, *bucket);
  }
  if (last == 0) return std::uint64_t{head->first};
  for (;; ++last) {
    if (last > kMaxSymbols) return torn_file("more than " + std::to_string(last) + " symbols");
    const auto chain = image.fixed<std::uint32_t>(chains + (last - head->first) * 4);
    if (!chain) return torn();
    if ((*chain & 1) != 0) return last + 1;  // the end of the last chain
  }
}

Result<std::uint64_t> count_by_hash(const ElfImage& image) {
  const auto chains = image.fixed<std::uint32_t>(image.value(DT_HASH) + 4);
  if (!chains || *chains > kMaxSymbols) return torn_file("a table of symbol names past its end");
  return std::uint64_t{*chains};
}

// A resolver runs by a relocation of its own, or when somebody asks for a symbol of its type.
Result<void> check_exported(const ElfImage& image) {
  if (image.value(DT_SYMENT) != sizeof(Elf64_Sym)) return torn_file("symbols of another size");
  std::uint64_t count = 0;
  if (image.has(DT_GNU_HASH)) {
    TENON_TRY_AS(count, count_by_gnu_hash(image));
  } else if (image.has(DT_HASH)) {
    TENON_TRY_AS(count, count_by_hash(image));
  } else {
    return torn_file("no table of symbol names");
  }
  for (std::uint64_t i = 1; i < count; ++i) TENON_TRY(check_symbol(image, i));
  return {};
}

}  // namespace

Result<void> check_artefact(std::string_view bytes) {
  TENON_TRY_AS(const ElfImage image, ElfImage::read(bytes));
  TENON_TRY(check_segments(image));
  TENON_TRY(check_dynamic(image));
  TENON_TRY(check_relocations(image));
  return check_exported(image);
}

}  // namespace tenon::sandbox
