// The first bytes of a file, then its table of dynamic symbols.
#include "conformance/file_kind.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "conformance/elf_file.hpp"
#include "tenon/tenon.h"

namespace tenon::conformance {
namespace {

constexpr std::uintmax_t kMaxConnectorBytes = std::uintmax_t{256} << 20;
constexpr std::size_t kShown = 40;

struct Named {
  unsigned value;
  const char* name;
};
constexpr Named kMachines[] = {{EM_AARCH64, "AArch64"}, {EM_386, "32-bit x86"},
                               {EM_ARM, "32-bit ARM"},  {EM_RISCV, "RISC-V"},
                               {EM_PPC64, "PowerPC"},   {EM_S390, "S/390"}};
constexpr Named kTypes[] = {{ET_REL, "an object file that was not linked"},
                            {ET_EXEC, "a program"},
                            {ET_CORE, "a core dump"}};

std::string name_in(const Named* begin, const Named* end, unsigned value, const char* else_) {
  const auto* found =
      std::find_if(begin, end, [&](const Named& one) { return one.value == value; });
  return found == end ? else_ + std::to_string(value) : found->name;
}

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) {
    return c >= ' ' || c == '\n' || c == '\r' || c == '\t';
  });
}

std::string begins_with(std::string_view bytes) {
  if (bytes.rfind("PK\x03\x04", 0) == 0 || bytes.rfind("ustar", 257) != std::string_view::npos) {
    return "an archive; a package is checked by its connector.so";
  }
  if (!is_text(bytes)) return "bytes of another kind";
  const std::string_view line = bytes.substr(0, std::min(bytes.find('\n'), kShown));
  return "text: \"" + std::string(line) + "\"";
}

std::string wrong_header(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
    return "wanted a shared object for x86-64, found one for " +
           name_in(std::begin(kMachines), std::end(kMachines), header.e_machine,
                   "the architecture number ") +
           "; build it for the machine of the host";
  }
  if (header.e_type != ET_DYN) {
    return "wanted a shared object, found " +
           name_in(std::begin(kTypes), std::end(kTypes), header.e_type, "ELF type ") +
           "; tenon_connector() of the SDK links one";
  }
  return {};
}

}  // namespace

std::string no_connector(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "wanted a connector's .so, found no such file";
  if (!std::filesystem::is_regular_file(status)) return "wanted a connector's .so, found no file";
  const auto size = std::filesystem::file_size(path, error);
  if (size > kMaxConnectorBytes) return "wanted at most 256 MiB, found " + std::to_string(size);
  std::ifstream in(path, std::ios::binary);
  std::array<char, 512> first{};
  in.read(first.data(), first.size());
  const std::string_view bytes(first.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (bytes.empty() && size > 0)) return "wanted a connector's .so, cannot read it";
  if (bytes.empty()) return "wanted a connector's .so, found an empty file";
  if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return "wanted a connector's .so, found " + begins_with(bytes);
  }
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (const std::string wrong = wrong_header(header); !wrong.empty()) return wrong;
  std::string why;
  const auto elf = ElfFile::read(path, why);
  if (!elf) return why.rfind(path + ": ", 0) == 0 ? why.substr(path.size() + 2) : why;
  const auto symbols = elf->dynamic_symbols();
  const bool has_entry = std::any_of(symbols.begin(), symbols.end(), [](const auto& symbol) {
    return symbol.defined && symbol.name == TENON_SYMBOL;
  });
  if (has_entry) return {};
  return "wanted a library that exports " TENON_SYMBOL
         ", found one that does not; "
         "TENON_CONNECTOR(Class) of the SDK makes that entry";
}

}  // namespace tenon::conformance
