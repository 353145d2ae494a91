// The smallest file that carries a manifest as a connector's .so does. No loader would take it.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>

namespace tenon {

inline std::string manifest_toml(const std::string& id, const std::string& version) {
  return "[connector]\nid = \"" + id + "\"\nversion = \"" + version +
         "\"\ntitle = \"Tiny\"\nabi = \"1.0\"\nops = [\"check\"]\n"
         "[[endpoint]]\nname = \"api\"\nhost = \"api.tiny.com\"\n";
}

// `code`: bytes behind, so that two files of one manifest can differ.
inline std::string so_with(const std::string& toml, const std::string& code = {}) {
  const std::string names("\0.tenon_manifest\0.shstrtab\0", 27);
  Elf64_Ehdr head{};
  Elf64_Shdr sections[3]{};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
  head.e_type = ET_DYN;
  head.e_machine = EM_X86_64;
  head.e_shoff = sizeof head;
  head.e_shentsize = sizeof(Elf64_Shdr);
  head.e_shnum = 3;
  head.e_shstrndx = 2;
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_offset = sizeof head + sizeof sections;
  sections[1].sh_size = toml.size();
  sections[2].sh_name = 17;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = sections[1].sh_offset + toml.size();
  sections[2].sh_size = names.size();
  std::string out(reinterpret_cast<const char*>(&head), sizeof head);
  out.append(reinterpret_cast<const char*>(sections), sizeof sections);
  return out + toml + names + code;
}

}  // namespace tenon
