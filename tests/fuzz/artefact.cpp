// A sound connector's file with bytes changed, as a list of (place, bytes): it is refused or sound,
// and what is sound is so a second time, with the loader's view of it unchanged.
#include "backends/sandbox/artefact.hpp"

#include "fuzz/input.hpp"
#include "support/elf_file.hpp"

namespace {

std::string base() {
  tenon::ElfFile file;
  file.symbols.push_back(tenon::ElfFile::named(1, STT_FUNC));
  file.relocations = {tenon::ElfFile::relocation(tenon::ElfFile::kSlot, R_X86_64_64, 1),
                      tenon::ElfFile::relocation(tenon::ElfFile::kSlot + 8, R_X86_64_RELATIVE)};
  return file.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string sound = base();
  fuzz::Input input(data, size);
  std::string bytes = sound;
  if (input.number(1) % 8 == 0) bytes.resize(input.number(2) % (bytes.size() + 1));
  while (!input.empty()) {
    const auto at = input.number(2);
    const auto change = input.take(1 + input.number(1) % 8);
    if (at + change.size() <= bytes.size()) bytes.replace(at, change.size(), change);
  }
  const auto checked = tenon::sandbox::check_artefact(bytes);
  fuzz::must(bytes != sound || checked.has_value());
  if (!checked) {
    const auto kind = checked.error().kind;
    fuzz::must(kind == tenon::ErrorKind::corrupt || kind == tenon::ErrorKind::unsupported);
    fuzz::must(!checked.error().message.empty());
    return 0;
  }
  // Whatever else was changed: no segment that is code and data, none that is no ELF any more.
  fuzz::must(bytes.compare(0, 4, "\177ELF") == 0);
  Elf64_Ehdr head{};
  std::memcpy(&head, bytes.data(), sizeof head);
  for (std::size_t i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr segment{};
    std::memcpy(&segment, bytes.data() + head.e_phoff + i * sizeof segment, sizeof segment);
    fuzz::must(segment.p_type != PT_LOAD || (segment.p_flags & 3) != 3);
    fuzz::must(segment.p_type != PT_INTERP);
    fuzz::must(segment.p_type != PT_GNU_STACK || (segment.p_flags & PF_X) == 0);
  }
  return 0;
}
