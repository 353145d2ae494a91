// What the tests of packages share: packages of a tiny connector, keys, and archives spoiled by
// hand.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "packages/archive.hpp"
#include "packages/gzip.hpp"
#include "packages/package.hpp"
#include "support/manifest_file.hpp"

namespace tenon::packages {

inline std::vector<PackedFile> tiny_files(const std::string& version = "1.0.0",
                                          const std::string& code = {}) {
  return {{"connector.so", so_with(manifest_toml("tiny", version), code)},
          {"golden/check.json", "{}\n"},
          {"CHANGELOG.md", "# Changes\n"},
          {"LICENSE", "Do as you like.\n"}};
}

inline Package tiny(const std::string& version = "1.0.0", const std::string& code = {}) {
  auto package = make_package(tiny_files(version, code));
  EXPECT_TRUE(package) << package.error().text();
  return std::move(*package);
}

// Key number `n`, the same each time.
inline PrivateKey key_of(char n) {
  auto key = PrivateKey::from_seed(Secret(std::string(kSeedBytes, n)));
  EXPECT_TRUE(key);
  return std::move(*key);
}

inline std::string bytes_of(const Package& package) {
  auto bytes = write_package(package);
  EXPECT_TRUE(bytes) << bytes.error().text();
  return std::move(*bytes);
}

// The files of a package as they lie in its archive, sorted.
inline std::vector<PackedFile> packed(const Package& package) {
  auto tar = inflate(bytes_of(package), kMaxContentBytes);
  EXPECT_TRUE(tar);
  auto files = read_tar(*tar);
  EXPECT_TRUE(files);
  return std::move(*files);
}

inline std::string gzip_of(const std::string& tar) {
  auto bytes = squeeze(tar);
  EXPECT_TRUE(bytes);
  return std::move(*bytes);
}

inline void expect_error(const Error& error, ErrorKind kind, const std::string& text) {
  EXPECT_EQ(error.kind, kind) << error.text();
  EXPECT_NE(error.text().find(text), std::string::npos) << error.text();
}

// An entry as no sound package has it.
struct Entry {
  std::string name = "golden/a";
  std::string bytes = "x";
  unsigned type = AE_IFREG;
  std::string link_to = {};  // a symbolic link
  std::string hard_link_to = {};
  std::int64_t time = 0;
  int format = ARCHIVE_FORMAT_TAR_USTAR;
};

inline la_ssize_t append_to(archive*, void* to, const void* bytes, std::size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

inline std::string tar_of(const std::vector<Entry>& entries) {
  std::string out;
  archive* to = archive_write_new();
  archive_write_set_format(to, entries.empty() ? ARCHIVE_FORMAT_TAR_USTAR : entries[0].format);
  archive_write_set_bytes_in_last_block(to, 1);
  EXPECT_EQ(archive_write_open(to, &out, nullptr, &append_to, nullptr), ARCHIVE_OK);
  for (const auto& one : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, one.name.c_str());
    archive_entry_set_filetype(entry, one.type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, one.time, 0);
    if (!one.link_to.empty()) archive_entry_set_symlink(entry, one.link_to.c_str());
    if (!one.hard_link_to.empty()) archive_entry_set_hardlink(entry, one.hard_link_to.c_str());
    const bool plain = one.type == AE_IFREG && one.hard_link_to.empty();
    archive_entry_set_size(entry, plain ? static_cast<la_int64_t>(one.bytes.size()) : 0);
    EXPECT_EQ(archive_write_header(to, entry), ARCHIVE_OK) << archive_error_string(to);
    if (plain) archive_write_data(to, one.bytes.data(), one.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(to);
  archive_write_free(to);
  return out;
}

}  // namespace tenon::packages
