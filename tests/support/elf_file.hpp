// ElfFile: the bytes of a small sound shared object, laid out by hand, to be spoiled one by one.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace tenon {

// Three segments: tables for reading; the dynamic section and data for writing; both in the file.
struct ElfFile {
  std::vector<Elf64_Sym> symbols = {{}, named(1, STT_FUNC)};  // "tenon_connector_v1"
  std::size_t gap = 0;  // bytes between the symbols and their names, as some linkers leave it
  bool names_first = false;
  std::vector<Elf64_Rela> relocations;
  std::vector<Elf64_Dyn> more_dynamic;
  std::vector<Elf64_Phdr> more_segments;
  bool sysv_hash = false;  // the older table of names
  std::uint32_t stack_flags = PF_R | PF_W;

  static constexpr std::uint64_t kTables = 0x1000, kData = 0x2000, kEnd = 0x3000;
  static constexpr std::uint64_t kSlot = kData + 0x800;  // a word that may be relocated

  static Elf64_Sym named(std::uint32_t name, unsigned char type) {
    Elf64_Sym symbol{};
    symbol.st_name = name;
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, type);
    symbol.st_shndx = 1;
    return symbol;
  }
  static Elf64_Rela relocation(std::uint64_t at, std::uint32_t type, std::uint32_t symbol = 0) {
    return {at, ELF64_R_INFO(std::uint64_t{symbol}, type), 0};
  }
  static Elf64_Phdr segment(std::uint32_t type, std::uint64_t at, std::uint64_t size,
                            std::uint32_t flags) {
    return {type, flags, at, at, at, size, size, 0x1000};
  }

  std::string bytes() const {
    std::string out(kEnd, '\0');
    std::vector<Elf64_Phdr> segments = {segment(PT_LOAD, 0, kData, PF_R),
                                        segment(PT_LOAD, kData, kEnd - kData, PF_R | PF_W),
                                        segment(PT_GNU_STACK, 0, 0, stack_flags)};
    const std::string names("\0tenon_connector_v1\0libc.so.6\0", 30);
    std::uint64_t at = kTables;
    const auto place = [&](const void* from, std::size_t size) {
      const std::uint64_t here = at;
      if (size > 0) std::memcpy(out.data() + here, from, size);
      at += (size + 7) / 8 * 8;
      return here;
    };
    std::uint64_t names_at = names_first ? place(names.data(), names.size()) : 0;
    const auto symbols_at = place(symbols.data(), symbols.size() * sizeof(Elf64_Sym));
    std::memset(out.data() + at, 0x0a, gap);  // of the type of an IFUNC, if it were symbols
    at += gap;
    if (!names_first) names_at = place(names.data(), names.size());
    const auto count = static_cast<std::uint32_t>(symbols.size());
    // One bucket: all symbols from 1 on, the last one marked as the end of its chain.
    std::vector<std::uint32_t> hash = {1, 1, 1, 0, 0xffffffff, 0xffffffff, 1};
    for (std::uint32_t i = 1; i < count; ++i) hash.push_back(i + 1 == count ? 1 : 2);
    if (sysv_hash) hash = {1, count};
    const auto hash_at = place(hash.data(), hash.size() * 4);
    const auto rela_at = place(relocations.data(), relocations.size() * sizeof(Elf64_Rela));
    std::vector<Elf64_Dyn> dynamic = {entry(DT_NEEDED, 20),
                                      entry(DT_SYMTAB, symbols_at),
                                      entry(DT_SYMENT, sizeof(Elf64_Sym)),
                                      entry(DT_STRTAB, names_at),
                                      entry(DT_STRSZ, names.size()),
                                      entry(sysv_hash ? DT_HASH : DT_GNU_HASH, hash_at),
                                      entry(DT_RELA, rela_at),
                                      entry(DT_RELASZ, relocations.size() * sizeof(Elf64_Rela))};
    dynamic.insert(dynamic.end(), more_dynamic.begin(), more_dynamic.end());
    dynamic.push_back(entry(DT_NULL, 0));
    at = kData;
    segments.push_back(segment(PT_DYNAMIC, kData, dynamic.size() * sizeof(Elf64_Dyn), PF_R | PF_W));
    place(dynamic.data(), dynamic.size() * sizeof(Elf64_Dyn));
    segments.insert(segments.end(), more_segments.begin(), more_segments.end());
    Elf64_Ehdr head{};
    std::memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_type = ET_DYN;
    head.e_machine = EM_X86_64;
    head.e_phoff = sizeof head;
    head.e_phentsize = sizeof(Elf64_Phdr);
    head.e_phnum = static_cast<std::uint16_t>(segments.size());
    std::memcpy(out.data(), &head, sizeof head);
    std::memcpy(out.data() + sizeof head, segments.data(), segments.size() * sizeof(Elf64_Phdr));
    return out;
  }
  static Elf64_Dyn entry(std::int64_t tag, std::uint64_t value) {
    Elf64_Dyn out{};
    out.d_tag = tag;
    out.d_un.d_val = value;
    return out;
  }
};

}  // namespace tenon
