// Reading headers, checking that they can be read in one way only.
#include "backends/sandbox/elf_image.hpp"

#include <set>

namespace tenon::sandbox {
namespace {

constexpr std::size_t kMaxSegments = 64, kMaxDynamic = 256;
constexpr std::uint64_t kPage = 4096, kMaxAddress = std::uint64_t{1} << 32;

std::uint64_t page_of(std::uint64_t address) { return address / kPage; }

}  // namespace

Error torn_file(std::string found) {
  return corrupt("wanted a whole ELF shared object, found " + std::move(found) +
                 "; build or copy it again");
}

Result<ElfImage> ElfImage::read(std::string_view bytes) {
  ElfImage image(bytes);
  TENON_TRY(image.read_segments());
  TENON_TRY(image.check_layout());
  TENON_TRY(image.read_dynamic());
  return image;
}

Result<void> ElfImage::read_segments() {
  Elf64_Ehdr head{};
  if (!copy(0, head)) return torn_file(std::to_string(bytes_.size()) + " bytes");
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return torn_file("another kind of file");
  if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
      head.e_machine != EM_X86_64) {
    return corrupt("wanted 64-bit ELF for x86-64, found machine " + std::to_string(head.e_machine) +
                   "; build it for this machine");
  }
  if (head.e_type != ET_DYN) return torn_file("ELF type " + std::to_string(head.e_type));
  if (head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum == 0 || head.e_phnum > kMaxSegments) {
    return torn_file(std::to_string(head.e_phnum) + " program headers");
  }
  segments_.resize(head.e_phnum);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!copy(head.e_phoff + i * sizeof(Elf64_Phdr), segments_[i])) {
      return torn_file("program headers past its end");
    }
  }
  return {};
}

// Mapped page by page, in order: one that shares a page with the one before would cover its end.
Result<void> ElfImage::check_layout() const {
  std::uint64_t free_page = 0;
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_filesz > segment.p_memsz || segment.p_offset > bytes_.size() ||
        segment.p_filesz > bytes_.size() - segment.p_offset) {
      return torn_file("a segment past its end");
    }
    if (segment.p_vaddr > kMaxAddress || segment.p_memsz > kMaxAddress) {
      return torn_file("a segment at an address beyond 4 GiB");
    }
    if (segment.p_vaddr % kPage != segment.p_offset % kPage) {
      return torn_file("a segment that does not lie in its pages as it lies in the file");
    }
    if (segment.p_memsz == 0) continue;
    if (page_of(segment.p_vaddr) < free_page) {
      return torn_file("segments that overlap or are out of order");
    }
    free_page = page_of(segment.p_vaddr + segment.p_memsz - 1) + 1;
  }
  return {};
}

Result<void> ElfImage::read_dynamic() {
  std::size_t sections = 0;
  std::set<std::int64_t> seen;
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_DYNAMIC) continue;
    if (++sections > 1) return torn_file("two dynamic sections");
    dynamic_at_ = segment.p_vaddr;
    dynamic_size_ = segment.p_memsz;
    for (std::size_t i = 0;; ++i) {
      Elf64_Dyn entry{};
      // The loader reads it through its address, so we do, too.
      const std::uint64_t address = segment.p_vaddr + i * sizeof entry;
      const auto* holder = segment_of(address, sizeof entry);
      if (i == kMaxDynamic || holder == nullptr || i * sizeof entry >= segment.p_memsz ||
          !copy(holder->p_offset + (address - holder->p_vaddr), entry)) {
        return torn_file("no end of the dynamic section");
      }
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag != DT_NEEDED && !seen.insert(entry.d_tag).second) {
        return torn_file("the dynamic tag " + std::to_string(entry.d_tag) + " twice");
      }
      dynamic_.push_back(entry);
    }
  }
  if (dynamic_.empty()) return torn_file("no dynamic section");
  return {};
}

const Elf64_Dyn* ElfImage::find(std::int64_t tag) const {
  for (const auto& entry : dynamic_) {
    if (entry.d_tag == tag) return &entry;
  }
  return nullptr;
}

// The segment that has all these bytes in the file.
const Elf64_Phdr* ElfImage::segment_of(std::uint64_t address, std::uint64_t size) const {
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t into = address - segment.p_vaddr;
    if (into <= segment.p_filesz && size <= segment.p_filesz - into) return &segment;
  }
  return nullptr;
}

std::optional<std::string_view> ElfImage::fixed_bytes(std::uint64_t address,
                                                      std::uint64_t size) const {
  const auto* segment = segment_of(address, size);
  if (segment == nullptr || (segment->p_flags & PF_W) != 0) return std::nullopt;
  return bytes_.substr(segment->p_offset + (address - segment->p_vaddr), size);
}

bool ElfImage::may_write(std::uint64_t address, std::uint64_t size) const {
  if (address < dynamic_at_ + dynamic_size_ && dynamic_at_ < address + size) return false;
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t into = address - segment.p_vaddr;
    if (into <= segment.p_memsz && size <= segment.p_memsz - into) {
      return (segment.p_flags & PF_W) != 0;
    }
  }
  return false;
}

}  // namespace tenon::sandbox
