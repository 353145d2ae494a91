// What a connector's file may ask of the loader: a sound file passes, and with each thing changed
// it is refused in the words for that.
#include "backends/sandbox/artefact.hpp"

#include <gtest/gtest.h>

#include "support/elf_file.hpp"

namespace tenon::sandbox {
namespace {

void expect_refused(const ElfFile& file, ErrorKind kind, std::string_view word) {
  const auto checked = check_artefact(file.bytes());
  ASSERT_FALSE(checked) << word;
  EXPECT_EQ(checked.error().kind, kind) << checked.error().text();
  EXPECT_NE(checked.error().text().find(word), std::string::npos) << checked.error().text();
}

TEST(Artefact, ASoundFilePassesHoweverItsLinkerLaysItOut) {
  ElfFile file;
  file.relocations = {ElfFile::relocation(ElfFile::kSlot, R_X86_64_64, 1),
                      ElfFile::relocation(0, R_X86_64_NONE)};
  EXPECT_TRUE(check_artefact(file.bytes())) << check_artefact(file.bytes()).error().text();
  file.gap = 240;  // versions and the table of names between symbols and their names
  EXPECT_TRUE(check_artefact(file.bytes())) << check_artefact(file.bytes()).error().text();
  file.names_first = true;
  EXPECT_TRUE(check_artefact(file.bytes())) << check_artefact(file.bytes()).error().text();
  file.sysv_hash = true;
  EXPECT_TRUE(check_artefact(file.bytes())) << check_artefact(file.bytes()).error().text();
}

TEST(Artefact, AnIfuncIsFoundWhereverItIsReached) {
  ElfFile file;
  file.symbols.push_back(ElfFile::named(1, STT_GNU_IFUNC));
  expect_refused(file, ErrorKind::unsupported, "IFUNC");
  file.names_first = true;
  expect_refused(file, ErrorKind::unsupported, "IFUNC");
  file.sysv_hash = true;
  expect_refused(file, ErrorKind::unsupported, "IFUNC");
  ElfFile relocated;
  relocated.relocations = {ElfFile::relocation(ElfFile::kSlot, R_X86_64_IRELATIVE)};
  expect_refused(relocated, ErrorKind::unsupported, "IFUNC");
}

TEST(Artefact, WhatCouldBeReadInTwoWaysIsRefused) {
  ElfFile twice;  // the loader takes the last one
  twice.more_dynamic = {ElfFile::entry(DT_SYMTAB, ElfFile::kTables)};
  expect_refused(twice, ErrorKind::corrupt, "dynamic tag 6 twice");
  ElfFile covered;  // a later segment over the tables
  covered.more_segments = {ElfFile::segment(PT_LOAD, ElfFile::kTables, 0x100, PF_R)};
  expect_refused(covered, ErrorKind::corrupt, "overlap");
  ElfFile same_page;
  same_page.more_segments = {ElfFile::segment(PT_LOAD, ElfFile::kEnd - 8, 8, PF_R)};
  expect_refused(same_page, ErrorKind::corrupt, "overlap");
  ElfFile shifted;
  shifted.more_segments = {ElfFile::segment(PT_LOAD, ElfFile::kEnd, 0, PF_R)};
  shifted.more_segments[0].p_vaddr += 8;
  expect_refused(shifted, ErrorKind::corrupt, "in its pages");
  ElfFile two;
  two.more_segments = {ElfFile::segment(PT_DYNAMIC, ElfFile::kData, 0x100, PF_R | PF_W)};
  expect_refused(two, ErrorKind::corrupt, "two dynamic sections");
}

TEST(Artefact, NothingThatWasLookedAtMayChangeWhileItLoads) {
  ElfFile dynamic;
  dynamic.relocations = {ElfFile::relocation(ElfFile::kData + 8, R_X86_64_RELATIVE)};
  expect_refused(dynamic, ErrorKind::corrupt, "not its data");
  ElfFile tables;
  tables.relocations = {ElfFile::relocation(ElfFile::kTables, R_X86_64_RELATIVE)};
  expect_refused(tables, ErrorKind::corrupt, "not its data");
  ElfFile writable;  // the relocations themselves in memory that others may write
  writable.relocations = {ElfFile::relocation(ElfFile::kSlot, R_X86_64_RELATIVE)};
  writable.more_dynamic = {ElfFile::entry(DT_JMPREL, ElfFile::kSlot),
                           ElfFile::entry(DT_PLTRELSZ, sizeof(Elf64_Rela)),
                           ElfFile::entry(DT_PLTREL, DT_RELA)};
  expect_refused(writable, ErrorKind::corrupt, "relocations past its end");
  ElfFile packed;
  packed.more_dynamic = {ElfFile::entry(36, ElfFile::kTables)};
  expect_refused(packed, ErrorKind::unsupported, "DT_RELR");
}

TEST(Artefact, EachThingThatIsAskedForIsNamed) {
  ElfFile stack;
  stack.stack_flags |= PF_X;
  expect_refused(stack, ErrorKind::unsupported, "executable stack");
  ElfFile both;
  both.more_segments = {ElfFile::segment(PT_LOAD, ElfFile::kEnd, 0, PF_R | PF_W | PF_X)};
  expect_refused(both, ErrorKind::unsupported, "writable and executable");
  ElfFile program;
  program.more_segments = {ElfFile::segment(PT_INTERP, 0, 8, PF_R)};
  expect_refused(program, ErrorKind::unsupported, "interpreter");
  ElfFile text;
  text.more_dynamic = {ElfFile::entry(DT_TEXTREL, 0)};
  expect_refused(text, ErrorKind::unsupported, "relocations of its code");
  for (const auto tag : {DT_RPATH, DT_RUNPATH, DT_AUDIT, DT_DEPAUDIT, DT_AUXILIARY, DT_FILTER}) {
    ElfFile path;
    path.more_dynamic = {ElfFile::entry(tag, 1)};
    expect_refused(path, ErrorKind::unsupported, "search path");
  }
  ElfFile library;
  library.more_dynamic = {ElfFile::entry(DT_NEEDED, 1)};
  expect_refused(library, ErrorKind::unsupported, "the library tenon_connector_v1");
}

TEST(Artefact, NoByteOfItCanDoHarm) {
  ElfFile file;
  file.relocations = {ElfFile::relocation(ElfFile::kSlot, R_X86_64_64, 1)};
  const std::string bytes = file.bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    EXPECT_FALSE(check_artefact(std::string_view(bytes).substr(0, size))) << size;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bad = bytes;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      (void)check_artefact(bad);  // sound or refused: the sanitizers judge
    }
  }
}

}  // namespace
}  // namespace tenon::sandbox
