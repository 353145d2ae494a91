// read_manifest: finds the section .tenon_manifest in a file that may be hostile, without loading
// it.
#include "manifest/elf_section.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "manifest/manifest.hpp"
#include "manifest/toml_tree.hpp"

namespace tenon {
namespace {

constexpr std::string_view kSection = ".tenon_manifest";
constexpr std::uint64_t kMaxSections = 10'000;
constexpr std::uint64_t kMaxNameTable = 1u << 20;

// True if [offset, offset + size) lies in a file of `total` bytes.
bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t total) {
  return offset <= total && size <= total - offset;
}

// An open file, or bytes in memory.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  explicit File(std::string_view bytes) : bytes_(bytes) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  // Exactly `size` bytes at `offset`, or false: torn, or past the end.
  bool read(std::uint64_t offset, void* out, std::size_t size) const {
    auto* to = static_cast<char*>(out);
    if (fd_ < 0) {
      if (!inside(offset, size, bytes_.size())) return false;
      if (size > 0) std::memcpy(to, bytes_.data() + offset, size);
      return true;
    }
    while (size > 0) {
      const auto got = ::pread(fd_, to, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      size -= static_cast<std::size_t>(got);
      offset += static_cast<std::uint64_t>(got);
    }
    return true;
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  std::string_view bytes_;
};

Error torn(const std::string& path, const std::string& what) {
  return corrupt("wanted a complete ELF file, found " + what + "; build or copy it again", path);
}

Result<void> check_header(const Elf64_Ehdr& head, const std::string& path) {
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) {
    return corrupt("wanted an ELF shared object (.so), found another kind of file", path);
  }
  if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
      head.e_machine != EM_X86_64) {
    return corrupt("wanted 64-bit ELF for x86-64, found another class or machine (machine " +
                       std::to_string(head.e_machine) + "); build it for this machine",
                   path);
  }
  if (head.e_type != ET_DYN) {
    return corrupt("wanted a shared object, found ELF type " + std::to_string(head.e_type), path);
  }
  if (head.e_shentsize != sizeof(Elf64_Shdr)) {
    return torn(path, "section headers of " + std::to_string(head.e_shentsize) + " bytes");
  }
  return {};
}

Result<std::string> read_bytes(const File& file, std::uint64_t offset, std::uint64_t size,
                               std::uint64_t total, std::uint64_t most, const char* what,
                               const std::string& path) {
  if (!inside(offset, size, total)) return torn(path, std::string(what) + " past its end");
  if (size > most) {
    return corrupt("wanted " + std::string(what) + " of at most " + std::to_string(most) +
                       " bytes, found " + std::to_string(size),
                   path);
  }
  std::string out(static_cast<std::size_t>(size), '\0');
  if (!file.read(offset, out.data(), out.size()))
    return torn(path, std::string(what) + " cut short");
  return out;
}

// The bytes of the section, or why not.
Result<std::string> find_section(const File& file, std::uint64_t total, const std::string& path) {
  Elf64_Ehdr head{};
  if (total < sizeof(head) || !file.read(0, &head, sizeof(head))) {
    return torn(path, std::to_string(total) + " bytes");
  }
  TENON_TRY(check_header(head, path));
  const std::uint64_t count = head.e_shnum;
  if (count == 0 || count > kMaxSections || head.e_shstrndx >= count) {
    return torn(path, std::to_string(count) + " sections");
  }
  if (!inside(head.e_shoff, count * sizeof(Elf64_Shdr), total)) {
    return torn(path, "its section headers past its end");
  }
  std::vector<Elf64_Shdr> sections(static_cast<std::size_t>(count));
  if (!file.read(head.e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr))) {
    return torn(path, "its section headers cut short");
  }
  const auto& table = sections[head.e_shstrndx];
  TENON_TRY_AS(const std::string names, read_bytes(file, table.sh_offset, table.sh_size, total,
                                                   kMaxNameTable, "its section names", path));
  for (const auto& section : sections) {
    if (section.sh_name >= names.size()) continue;
    const auto rest = std::string_view(names).substr(section.sh_name);
    if (rest.substr(0, rest.find('\0')) != kSection) continue;
    if (section.sh_type == SHT_NOBITS) return torn(path, "an empty manifest section");
    return read_bytes(file, section.sh_offset, section.sh_size, total, manifest::kMaxTomlBytes,
                      "its manifest section", path);
  }
  return unsupported(
      "wanted a section .tenon_manifest, found none: not a Tenon connector; build it"
      " with tenon_connector() of the SDK",
      path);
}

Result<std::string> text_of_section(const File& file, std::uint64_t total,
                                    const std::string& path) {
  TENON_TRY_AS(std::string toml, find_section(file, total, path));
  while (!toml.empty() && toml.back() == '\0') toml.pop_back();  // padding of the embedding
  return toml;
}

}  // namespace

Result<std::string> read_manifest_text(const std::string& so_path) {
  // O_NONBLOCK: a FIFO in the folder must not hang the host.
  const File file(::open(so_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) {
    const int error = errno;
    const std::string why = std::strerror(error);
    if (error == ENOENT || error == ENOTDIR) return not_found("wanted a file, found none", so_path);
    return unavailable("wanted to read the file: " + why, so_path);
  }
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return corrupt("wanted an ordinary file, found something else", so_path);
  }
  return text_of_section(file, static_cast<std::uint64_t>(info.st_size), so_path);
}

Result<std::string> manifest_text_in(std::string_view so, const std::string& place) {
  return text_of_section(File(so), so.size(), place);
}

Result<Manifest> read_manifest(const std::string& so_path) {
  TENON_TRY_AS(const std::string toml, read_manifest_text(so_path));
  return parse_manifest(toml, so_path + "(.tenon_manifest)");
}

}  // namespace tenon
