// ElfFile: a small reader of section headers, dynamic symbols and needed libraries.
#include "conformance/elf_file.hpp"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace tenon::conformance {
namespace {

constexpr std::size_t kMaxSections = 10'000;

// The struct at `offset`; false if it does not lie wholly inside.
template <typename T>
bool load(std::string_view bytes, std::uint64_t offset, T& out) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return true;
}

// The NUL-terminated text at `offset`; empty if it is not inside.
std::string text_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const std::string_view rest = table.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

std::optional<ElfFile> ElfFile::read(const std::string& path, std::string& error) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    error = path + ": cannot be opened";
    return std::nullopt;
  }
  ElfFile file;
  file.bytes_.assign(std::istreambuf_iterator<char>(in), {});
  if (!file.read_sections(error)) {
    error = path + ": " + error;
    return std::nullopt;
  }
  return file;
}

bool ElfFile::read_sections(std::string& error) {
  const std::string_view all(bytes_.data(), bytes_.size());
  Elf64_Ehdr header;
  if (!load(all, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64 ||
      header.e_type != ET_DYN) {
    error = "wanted a shared object for x86-64, found something else";
    return false;
  }
  if (header.e_shnum == 0 || header.e_shnum > kMaxSections ||
      header.e_shentsize != sizeof(Elf64_Shdr)) {
    error = "wanted a table of sections, found none that fits";
    return false;
  }
  std::vector<Elf64_Shdr> headers(header.e_shnum);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!load(all, header.e_shoff + i * sizeof(Elf64_Shdr), headers[i])) {
      error = "torn: its table of sections goes beyond its end";
      return false;
    }
  }
  for (const Elf64_Shdr& raw : headers) {
    Section section{{}, raw.sh_type, raw.sh_link, raw.sh_flags, raw.sh_entsize, {}};
    if (raw.sh_type != SHT_NOBITS && raw.sh_type != SHT_NULL) {
      if (raw.sh_offset > all.size() || all.size() - raw.sh_offset < raw.sh_size) {
        error = "torn: a section goes beyond its end";
        return false;
      }
      section.bytes = all.substr(raw.sh_offset, raw.sh_size);
    }
    sections_.push_back(section);
  }
  if (header.e_shstrndx < sections_.size()) {
    const std::string_view names = sections_[header.e_shstrndx].bytes;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      sections_[i].name = text_at(names, headers[i].sh_name);
    }
  }
  return true;
}

const ElfFile::Section* ElfFile::find(std::string_view name) const {
  for (const Section& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

std::optional<std::string_view> ElfFile::section(std::string_view name) const {
  const Section* found = find(name);
  return found == nullptr ? std::nullopt : std::optional(found->bytes);
}

bool ElfFile::is_loaded(std::string_view section) const {
  const Section* found = find(section);
  return found != nullptr && (found->flags & SHF_ALLOC) != 0;
}

std::vector<ElfFile::Symbol> ElfFile::dynamic_symbols() const {
  std::vector<Symbol> symbols;
  for (const Section& section : sections_) {
    if (section.type != SHT_DYNSYM || section.link >= sections_.size()) continue;
    const std::string_view names = sections_[section.link].bytes;
    Elf64_Sym raw;
    for (std::uint64_t at = 0; load(section.bytes, at, raw); at += sizeof raw) {
      const std::string name = text_at(names, raw.st_name);
      const bool visible = ELF64_ST_BIND(raw.st_info) != STB_LOCAL;
      if (!name.empty() && visible) symbols.push_back({name, raw.st_shndx != SHN_UNDEF});
    }
  }
  return symbols;
}

std::vector<std::string> ElfFile::needed() const {
  std::vector<std::string> names;
  for (const Section& section : sections_) {
    if (section.type != SHT_DYNAMIC || section.link >= sections_.size()) continue;
    Elf64_Dyn raw;
    for (std::uint64_t at = 0; load(section.bytes, at, raw); at += sizeof raw) {
      if (raw.d_tag == DT_NEEDED) {
        names.push_back(text_at(sections_[section.link].bytes, raw.d_un.d_val));
      }
    }
  }
  return names;
}

}  // namespace tenon::conformance
