// ElfFile: what a connector's file says about itself, read without loading it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::conformance {

// An x86-64 ELF file, whole in memory. Every offset in it is checked before it is followed.
class ElfFile {
 public:
  // On failure `error` says what was wanted and found.
  static std::optional<ElfFile> read(const std::string& path, std::string& error);

  // The bytes of the first section of that name.
  std::optional<std::string_view> section(std::string_view name) const;
  // Is the section part of what is loaded?
  bool is_loaded(std::string_view section) const;

  struct Symbol {
    std::string name;
    bool defined = false;
  };
  std::vector<Symbol> dynamic_symbols() const;
  // Names of the libraries that it needs.
  std::vector<std::string> needed() const;

 private:
  struct Section {
    std::string name;
    std::uint32_t type = 0, link = 0;
    std::uint64_t flags = 0, entry = 0;
    std::string_view bytes;
  };

  bool read_sections(std::string& error);
  const Section* find(std::string_view name) const;

  std::vector<char> bytes_;
  std::vector<Section> sections_;
};

}  // namespace tenon::conformance
