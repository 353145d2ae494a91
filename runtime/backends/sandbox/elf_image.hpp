// ElfImage: a shared object's segments and dynamic section, read as the loader would read them.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::sandbox {

// corrupt, with what was found instead of a whole shared object.
Error torn_file(std::string found);

// Only what both readings agree on is an image: where the loader would take the last of two
// entries, or let one segment cover another, the file is refused.
class ElfImage {
 public:
  // `bytes` is borrowed. corrupt: no 64-bit x86-64 shared object, or one that is torn or ambiguous.
  static Result<ElfImage> read(std::string_view bytes);

  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  const std::vector<Elf64_Dyn>& dynamic() const { return dynamic_; }
  bool has(std::int64_t tag) const { return find(tag) != nullptr; }
  // Of the entry with this tag; 0 without one.
  std::uint64_t value(std::int64_t tag) const {
    const auto* entry = find(tag);
    return entry == nullptr ? 0 : entry->d_un.d_val;
  }
  // The value at an address, of a part that is in the file and that loading cannot change; nothing
  // if it lies elsewhere.
  template <typename T>
  std::optional<T> fixed(std::uint64_t address) const {
    const auto bytes = fixed_bytes(address, sizeof(T));
    if (!bytes) return std::nullopt;
    T out;
    std::memcpy(&out, bytes->data(), sizeof(T));
    return out;
  }
  std::optional<std::string_view> fixed_bytes(std::uint64_t address, std::uint64_t size) const;
  // May a relocation write so many bytes there: writable memory that is not the dynamic section?
  bool may_write(std::uint64_t address, std::uint64_t size) const;

 private:
  explicit ElfImage(std::string_view bytes) : bytes_(bytes) {}
  Result<void> read_segments();
  Result<void> check_layout() const;
  Result<void> read_dynamic();
  template <typename T>
  bool copy(std::uint64_t at, T& out) const {
    if (at > bytes_.size() || sizeof(T) > bytes_.size() - at) return false;
    std::memcpy(&out, bytes_.data() + at, sizeof(T));
    return true;
  }
  const Elf64_Dyn* find(std::int64_t tag) const;
  const Elf64_Phdr* segment_of(std::uint64_t address, std::uint64_t size) const;

  std::string_view bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> dynamic_;
  std::uint64_t dynamic_at_ = 0, dynamic_size_ = 0;
};

}  // namespace tenon::sandbox
