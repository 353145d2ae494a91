// Packages as a whole: what is in them, their digest, their signatures, and what is refused.
#include "packed.hpp"

#include <algorithm>

namespace tenon::packages {
namespace {

Result<Package> read_files(std::vector<PackedFile> files) {
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return read_package(gzip_of(*write_tar(files)));
}

PackedFile& file_of(std::vector<PackedFile>& files, const std::string& name) {
  const auto it =
      std::find_if(files.begin(), files.end(), [&](const auto& one) { return one.name == name; });
  EXPECT_NE(it, files.end()) << name;
  return *it;
}

TEST(Package, ThereAndBack) {
  const Package package = tiny();
  EXPECT_EQ(package.release(), "tiny@1.0.0");
  EXPECT_EQ(file_name_of(package.manifest), "tiny-1.0.0.tenonpkg");
  ASSERT_NE(package.file("manifest.toml"), nullptr);
  EXPECT_EQ(package.file("manifest.toml")->bytes, manifest_toml("tiny", "1.0.0"));
  const auto read = read_package(bytes_of(package));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->files, package.files);
  EXPECT_EQ(read->digest, package.digest);
  EXPECT_EQ(read->manifest, package.manifest);
  EXPECT_TRUE(read->signers.empty());
}

TEST(Package, TheSameFilesAreTheSameBytes) {
  auto files = tiny_files();
  std::reverse(files.begin(), files.end());
  const auto other = make_package(files);
  ASSERT_TRUE(other);
  EXPECT_EQ(bytes_of(*other), bytes_of(tiny()));
  EXPECT_EQ(other->digest, tiny().digest);
}

TEST(Package, EachByteNameAndFileCountsInItsDigest) {
  const auto digest = tiny().digest;
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_NE(tiny("1.0.0", "x").digest, digest);
  auto files = tiny_files();
  file_of(files, "LICENSE").bytes += " ";
  EXPECT_NE(make_package(files)->digest, digest);
  files = tiny_files();
  file_of(files, "golden/check.json").name = "golden/check2.json";
  EXPECT_NE(make_package(files)->digest, digest);
  files = tiny_files();
  files.pop_back();
  EXPECT_NE(make_package(files)->digest, digest);
}

TEST(Package, ItsManifestIsThatOfItsCode) {
  auto files = packed(tiny());
  file_of(files, "manifest.toml").bytes = manifest_toml("tiny", "2.0.0");
  expect_error(read_files(files).error(), ErrorKind::invalid, "of tiny@1.0.0, found tiny@2.0.0");
  file_of(files, "manifest.toml").bytes = manifest_toml("other", "1.0.0");
  expect_error(read_files(files).error(), ErrorKind::invalid, "found other@1.0.0");
  file_of(files, "manifest.toml").bytes = manifest_toml("tiny", "1.0.0") + "# a remark\n";
  expect_error(read_files(files).error(), ErrorKind::invalid, "found another text");
}

TEST(Package, CodeAndManifestMustBeThere) {
  for (const char* name : {"connector.so", "manifest.toml"}) {
    auto files = packed(tiny());
    std::erase_if(files, [&](const auto& one) { return one.name == name; });
    expect_error(read_files(files).error(), ErrorKind::invalid,
                 std::string("wanted ") + name + " in the package");
  }
}

TEST(Package, CodeForAnotherMachineIsRefused) {
  auto files = packed(tiny());
  Elf64_Ehdr head{};
  auto& so = file_of(files, "connector.so").bytes;
  std::memcpy(&head, so.data(), sizeof head);
  head.e_machine = EM_AARCH64;
  so.replace(0, sizeof head, reinterpret_cast<const char*>(&head), sizeof head);
  expect_error(read_files(files).error(), ErrorKind::corrupt, "x86-64");
  so = "#!/bin/sh\n";
  expect_error(read_files(files).error(), ErrorKind::corrupt, "connector.so");
}

TEST(Package, WhatIsNoPackageIsRefused) {
  EXPECT_EQ(read_package("").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_package("no package").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_package(gzip_of("")).error().kind, ErrorKind::corrupt);
  const std::string huge(kMaxPackageBytes + 1, 'x');
  expect_error(read_package(huge).error(), ErrorKind::invalid, "at most 83886080 bytes");
  const std::string sound = bytes_of(tiny());
  for (std::size_t i = 0; i < sound.size(); i += 7) {
    std::string changed = sound;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    const auto read = read_package(changed);
    // Its header has fields without meaning (flags, the system): they may change, the content not.
    EXPECT_TRUE(!read || (i < 10 && read->digest == tiny().digest)) << i;
  }
}

TEST(Package, MakingOneKeepsTheSameBounds) {
  auto files = tiny_files();
  files.push_back({"notes.txt", "x"});
  expect_error(make_package(files).error(), ErrorKind::invalid, "found \"notes.txt\"");
  files = tiny_files();
  files.push_back({"LICENSE", "x"});
  expect_error(make_package(files).error(), ErrorKind::invalid, "LICENSE: wanted each file once");
  files = tiny_files();
  files.push_back({"README.md", std::string(kMaxFileBytes + 1, 'x')});
  expect_error(make_package(files).error(), ErrorKind::invalid, "README.md: wanted at most");
  files = tiny_files();
  files.push_back({"signatures/x.sig", "x"});
  expect_error(make_package(files).error(), ErrorKind::invalid, "without signatures");
}

TEST(Signing, ChangesTheFileButNotTheDigest) {
  Package package = tiny();
  const auto before = bytes_of(package);
  ASSERT_TRUE(sign(package, key_of('a')));
  ASSERT_TRUE(sign(package, key_of('b')));
  const auto bytes = bytes_of(package);
  EXPECT_NE(bytes, before);
  const auto read = read_package(bytes);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->digest, tiny().digest);
  auto signers = read->signers;
  ASSERT_EQ(signers.size(), 2u);
  EXPECT_EQ(signers, package.signers);
  EXPECT_NE(std::find(signers.begin(), signers.end(), key_of('a').public_key()), signers.end());
  ASSERT_TRUE(sign(package, key_of('a'))) << "again";
  EXPECT_EQ(bytes_of(package), bytes) << "the same signature, once";
}

TEST(Signing, TheStatementNamesAllThatCounts) {
  const std::string text = tiny().statement();
  EXPECT_EQ(text,
            "tenon package statement 1\nname tiny\nversion 1.0.0\nabi 1.0\n"
            "architecture x86_64-linux\nprofile strict\ncontents " +
                tiny().digest + "\n");
}

TEST(Signing, ASignatureOfAnotherPackageOrKeyIsRefused) {
  Package other = tiny("1.0.0", "other code");
  ASSERT_TRUE(sign(other, key_of('a')));
  auto files = packed(tiny());
  files.push_back(other.proofs[0]);
  expect_error(read_files(files).error(), ErrorKind::corrupt, "wanted this key's signature");

  Package signed_one = tiny();
  ASSERT_TRUE(sign(signed_one, key_of('a')));
  files = packed(signed_one);
  file_of(files, "LICENSE").bytes += "x";  // changed after it was signed
  expect_error(read_files(files).error(), ErrorKind::corrupt, "wanted this key's signature");

  files = packed(tiny());  // b's name on a's signature
  files.push_back(
      {"signatures/" + key_of('b').public_key().hex() + ".sig", signed_one.proofs[0].bytes});
  expect_error(read_files(files).error(), ErrorKind::corrupt, "wanted this key's signature");

  for (const std::string name : {"signatures/me.sig", "signatures/me", "signatures/a"}) {
    files = packed(tiny());
    files.push_back({name, signed_one.proofs[0].bytes});
    expect_error(read_files(files).error(), ErrorKind::invalid, "signatures/KEY.sig");
  }
  for (const std::string bytes : {"", "x\n", "\n"}) {
    files = packed(tiny());
    files.push_back({signed_one.proofs[0].name, bytes});
    expect_error(read_files(files).error(), ErrorKind::corrupt, "wanted this key's signature");
  }
}

TEST(Signing, HasABound) {
  Package package = tiny();
  for (char n = 0; n < static_cast<char>(kMaxSignatures); ++n) {
    ASSERT_TRUE(sign(package, key_of(n)));
  }
  EXPECT_EQ(read_package(bytes_of(package))->signers.size(), kMaxSignatures);
  expect_error(sign(package, key_of('z')).error(), ErrorKind::invalid, "at most 8 signatures");
  Package more = tiny();
  ASSERT_TRUE(sign(more, key_of('z')));
  auto files = packed(package);
  files.push_back(more.proofs[0]);
  expect_error(read_files(files).error(), ErrorKind::invalid, "at most 8 signatures, found 9");
  EXPECT_FALSE(merge_signatures(package, more));
}

TEST(Signing, TwoCopiesBecomeOne) {
  Package one = tiny(), two = tiny();
  ASSERT_TRUE(sign(one, key_of('a')));
  ASSERT_TRUE(sign(two, key_of('a')));
  ASSERT_TRUE(sign(two, key_of('b')));
  EXPECT_EQ(*merge_signatures(one, two), 1u);
  EXPECT_EQ(bytes_of(one), bytes_of(two));
}

TEST(PackageName, MustBeThatOfItsRelease) {
  const Package package = tiny();
  EXPECT_TRUE(check_file_name(package, "tiny-1.0.0.tenonpkg"));
  EXPECT_TRUE(check_file_name(package, "download"));
  expect_error(check_file_name(package, "tiny-2.0.0.tenonpkg").error(), ErrorKind::invalid,
               "tiny-1.0.0.tenonpkg, found tiny-2.0.0.tenonpkg");
  EXPECT_FALSE(check_file_name(package, "other-1.0.0.tenonpkg"));
}

TEST(Keys, AFileGivesTheKeyAgain) {
  const PrivateKey key = key_of('k');
  const auto again = PrivateKey::parse(key.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), key.public_key());
  EXPECT_EQ(again->sign("message"), key.sign("message"));
  EXPECT_TRUE(is_signed(key.public_key(), "message", again->sign("message")));
  EXPECT_FALSE(is_signed(key.public_key(), "messages", again->sign("message")));
  EXPECT_FALSE(is_signed(key_of('l').public_key(), "message", key.sign("message")));
}

// RFC 8032, 7.1, test 1: what others sign must be ours, too.
TEST(Keys, AreEd25519AsTheRfcHasIt) {
  const std::string seed =
      "\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
      "\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
  const auto key = PrivateKey::from_seed(Secret(std::string(seed)));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key().text,
            "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(
      key->sign(""),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
      "f9b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST(Keys, AnotherTextIsNone) {
  const std::string text(key_of('k').text().reveal());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    const auto key = PrivateKey::parse(Secret(std::move(changed)));
    ASSERT_FALSE(key) << i;
    EXPECT_EQ(key.error().text().find(text.substr(text.size() - 20, 10)), std::string::npos);
  }
  EXPECT_FALSE(PrivateKey::parse(Secret("")));
  EXPECT_FALSE(PrivateKey::parse(Secret(text + "x")));
  EXPECT_FALSE(PrivateKey::from_seed(Secret("short")));
  EXPECT_FALSE(parse_public_key("ed25519:00"));
  EXPECT_FALSE(parse_public_key(std::string(64, '0')));
  EXPECT_FALSE(parse_public_key("ed25519:" + std::string(64, 'A')));
  EXPECT_TRUE(parse_public_key("ed25519:" + std::string(64, 'a')));
}

}  // namespace
}  // namespace tenon::packages
