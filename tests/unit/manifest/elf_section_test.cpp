// Tests of read_manifest: a small ELF file built by hand, and what hostile files do to it.
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "files.hpp"
#include "manifest/manifest.hpp"

namespace tenon {
namespace {

constexpr const char* kToml = R"([connector]
id = "tiny"
version = "1.0.0"
title = "Tiny"
abi = "1.0"
ops = ["check"]
[[endpoint]]
name = "api"
host = "api.tiny.com"
)";

struct Image {
  Elf64_Ehdr head{};
  Elf64_Shdr sections[3]{};
  std::string names = std::string("\0.tenon_manifest\0.shstrtab\0", 27);
  std::string toml = kToml;

  Image() {
    std::memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_type = ET_DYN;
    head.e_machine = EM_X86_64;
    head.e_shoff = sizeof(head);
    head.e_shentsize = sizeof(Elf64_Shdr);
    head.e_shnum = 3;
    head.e_shstrndx = 2;
    sections[1].sh_name = 1;
    sections[1].sh_type = SHT_PROGBITS;
    sections[1].sh_offset = sizeof(head) + sizeof(sections);
    sections[1].sh_size = toml.size();
    sections[2].sh_name = 17;
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = sections[1].sh_offset + toml.size();
    sections[2].sh_size = names.size();
  }
  std::string bytes() const {
    std::string out(reinterpret_cast<const char*>(&head), sizeof(head));
    out.append(reinterpret_cast<const char*>(sections), sizeof(sections));
    return out + toml + names;
  }
};

class ElfSection : public testing::Test {
 protected:
  void SetUp() override {
    std::string form = testing::TempDir() + "tenon_elf_XXXXXX";
    ASSERT_NE(::mkdtemp(form.data()), nullptr);
    folder_ = form;
  }
  void TearDown() override {
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
  }
  std::string path() const { return folder_ + "/x.so"; }
  Result<Manifest> read(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    return read_manifest(path());
  }
  void expect(const Image& image, ErrorKind kind, const char* text) const {
    const auto got = read(image.bytes());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, kind) << got.error().text();
    EXPECT_NE(got.error().text().find(text), std::string::npos) << got.error().text();
    EXPECT_NE(got.error().text().find("x.so"), std::string::npos) << got.error().text();
  }

 private:
  std::string folder_;
};

TEST_F(ElfSection, is_read_without_loading) {
  const auto got = read(Image().bytes());
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->release(), "tiny@1.0.0");
}

TEST_F(ElfSection, other_files_are_refused_with_the_reason) {
  EXPECT_EQ(read_manifest(path()).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read("").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read("#!/bin/sh\n" + std::string(100, ' ')).error().kind, ErrorKind::corrupt);
  Image image;
  image.head.e_ident[EI_CLASS] = ELFCLASS32;
  expect(image, ErrorKind::corrupt, "64-bit");
  image = Image();
  image.head.e_machine = EM_AARCH64;
  expect(image, ErrorKind::corrupt, "machine");
  image = Image();
  image.head.e_type = ET_EXEC;
  expect(image, ErrorKind::corrupt, "shared object");
  image = Image();
  image.names[3] = 'X';
  expect(image, ErrorKind::unsupported, "not a Tenon connector");
  image = Image();
  image.toml[0] = ']';
  expect(image, ErrorKind::invalid, "(.tenon_manifest):1:");
}

TEST_F(ElfSection, torn_and_lying_headers_are_refused) {
  Image image;
  image.head.e_shnum = 0;
  expect(image, ErrorKind::corrupt, "0 sections");
  image.head.e_shnum = 10'001;
  expect(image, ErrorKind::corrupt, "10001 sections");
  image = Image();
  image.head.e_shstrndx = 3;
  expect(image, ErrorKind::corrupt, "sections");
  image = Image();
  image.head.e_shoff = UINT64_MAX - 10;
  expect(image, ErrorKind::corrupt, "past its end");
  image = Image();
  image.head.e_shentsize = 1;
  expect(image, ErrorKind::corrupt, "section headers");
  image = Image();
  image.sections[1].sh_size = UINT64_MAX;
  expect(image, ErrorKind::corrupt, "past its end");
  image = Image();
  image.sections[1].sh_offset = UINT64_MAX;
  expect(image, ErrorKind::corrupt, "past its end");
  image = Image();
  image.sections[2].sh_size = UINT64_MAX - 1;
  expect(image, ErrorKind::corrupt, "past its end");
  image = Image();
  image.sections[1].sh_type = SHT_NOBITS;
  expect(image, ErrorKind::corrupt, "empty manifest");
  image = Image();
  for (auto& section : image.sections) section.sh_name = UINT32_MAX;
  expect(image, ErrorKind::unsupported, "not a Tenon connector");
}

TEST_F(ElfSection, a_manifest_over_the_limit_is_refused) {
  Image image;
  image.toml += "#" + std::string(1u << 20, 'x');
  image.sections[1].sh_size = image.toml.size();
  image.sections[2].sh_offset = image.sections[1].sh_offset + image.toml.size();
  expect(image, ErrorKind::corrupt, "at most 1048576");
}

TEST_F(ElfSection, a_fifo_does_not_hang) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(read_manifest(path()).error().kind, ErrorKind::corrupt);
}

TEST_F(ElfSection, every_cut_and_many_flips_give_a_result) {
  const auto good = Image().bytes();
  std::size_t accepted = 0;
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    accepted += read(good.substr(0, cut)).has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 0u);
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    auto bytes = good;
    for (int k = 0; k < 3; ++k)
      bytes[random() % (sizeof(Elf64_Ehdr) + 192)] ^= static_cast<char>(1u << (random() % 8));
    const auto got = read(bytes);
    if (!got) {
      EXPECT_FALSE(got.error().text().empty());
    }
  }
}

}  // namespace
}  // namespace tenon
