// Damage, wrong keys, moved records and older files: a clear error each, never a secret.
#include <gtest/gtest.h>

#include <fstream>

#include "base/codec.hpp"
#include "base/hash.hpp"

#include "unit/vault_file/world.hpp"

namespace tenon::testing {
namespace {

const std::string kFile = "data/vault/vault";

// The secrets of the frozen file in golden/, which each later version must read.
void fill(VaultFile& vault) {
  ASSERT_TRUE(put(vault, "hubspot/token", "value-one"));
  ASSERT_TRUE(put(vault, "hubspot/token", "value-two", seconds{3600}));
  ASSERT_TRUE(put(vault, "web/write-key", std::string("\0\n\xff", 3)));
}

std::string golden(const std::string& name) {
  std::ifstream in(TENON_SOURCE_DIR "/tests/unit/vault_file/golden/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(VaultFormat, TheFrozenFileIsReadAndWrittenByteForByte) {
  VaultWorld world;
  const std::string file = golden("format-1.vault"), key = golden("format-1.key");
  ASSERT_FALSE(file.empty());
  world.write("data/vault.key", key);
  ASSERT_TRUE(world.disk.make_directory("data/vault"));
  world.write(kFile, file);
  auto vault = world.opened();
  EXPECT_EQ(values_of(*vault, "hubspot/token"),
            (std::vector<std::string>{"value-two", "value-one"}));
  EXPECT_EQ(value_of(*vault, "web/write-key"), std::string("\0\n\xff", 3));

  VaultWorld again;
  again.write("data/vault.key", key);
  fill(*again.opened());
  EXPECT_EQ(again.read(kFile), file);
}

class Damaged : public ::testing::Test {
 protected:
  void SetUp() override {
    fill(*world_.opened());
    file_ = world_.read(kFile);
    ASSERT_TRUE(world_.disk.remove("data/vault/vault.previous"));
  }
  // What opening says once the file holds these bytes.
  Error error_of(std::string_view bytes) {
    world_.write(kFile, bytes);
    auto vault = world_.vault();
    const auto opened = vault->open(kMain, {});
    if (opened) return {};
    EXPECT_NE(opened.error().text().find(kFile), std::string::npos);
    const auto secret = vault->get("vault:hubspot/token");
    EXPECT_FALSE(secret);
    return opened.error();
  }
  VaultWorld world_;
  std::string file_;
};

TEST_F(Damaged, CutAtEachByte) {
  for (std::size_t n = 0; n < file_.size(); ++n) {
    const auto error = error_of(std::string_view(file_).substr(0, n));
    EXPECT_EQ(error.kind, ErrorKind::corrupt) << n << ": " << error.text();
  }
  EXPECT_EQ(error_of(file_ + "x").kind, ErrorKind::corrupt);
}

TEST_F(Damaged, ABitOfEachByteFlipped) {
  for (std::size_t i = 0; i < file_.size(); ++i) {
    std::string bytes = file_;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    const auto error = error_of(bytes);
    EXPECT_EQ(error.kind, ErrorKind::corrupt) << i << ": " << error.text();
  }
}

TEST_F(Damaged, TheWayOutIsNamed) {
  EXPECT_NE(error_of("x").text().find("restore it from a backup"), std::string::npos);
  world_.write("data/vault/vault.previous", file_);
  EXPECT_NE(error_of("x").text().find("vault.previous (one change older)"), std::string::npos);
}

TEST_F(Damaged, AWrongKeyIsNoDamage) {
  world_.write("data/vault.key", std::string(64, 'a') + "\n");
  const auto error = error_of(file_);
  EXPECT_EQ(error.kind, ErrorKind::unauthorized);
  EXPECT_NE(error.text().find("not damaged"), std::string::npos);
  ASSERT_TRUE(world_.disk.remove("data/vault.key"));
  EXPECT_EQ(error_of(file_).kind, ErrorKind::not_found);
}

TEST_F(Damaged, ANewerFormatIsRefusedAsSuch) {
  auto image = read_vault(file_)->image;
  auto parts = parts_of(image);
  parts.header[8] = 2;
  Writer crc;
  crc.u32(crc32c(std::string_view(parts.header).substr(0, 96)));
  const std::string bytes =
      parts.header.substr(0, 96) + crc.view() + std::string(32, 'm') + parts.body;
  EXPECT_EQ(error_of(bytes).kind, ErrorKind::unsupported);
}

// Whoever could make a right MAC, but not open a box, still could not move one.
class Moved : public Damaged {
 protected:
  void SetUp() override {
    Damaged::SetUp();
    {
      auto other = world_.opened("file:data/vault.key", "other");
      ASSERT_TRUE(put(*other, "hubspot/token", "theirs"));
    }
    image_ = read_vault(world_.read(kFile))->image;
    kek_.emplace(Secret(from_hex(world_.read("data/vault.key"))));
  }
  static std::string from_hex(const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return out;
  }
  // What reading says once the file is this image, under a right MAC.
  ErrorKind kind_of(const VaultImage& image) {
    world_.write(kFile, kek_->seal_file(image));
    auto vault = world_.vault();
    const auto opened = vault->open(kMain, {});
    if (!opened) return opened.error().kind;
    for (const auto& one : vault->list()) {
      const auto secrets = vault->valid("vault:" + one.name);
      if (!secrets) return secrets.error().kind;
    }
    return ErrorKind::cancelled;  // all could be read
  }
  VaultImage image_;
  std::optional<KekKeys> kek_;
};

TEST_F(Moved, BoxesOpenInTheirPlacesOnly) {
  EXPECT_EQ(kind_of(image_), ErrorKind::cancelled) << "as it is";
  ASSERT_EQ(image_.records.size(), 4u);
  const auto swap_boxes = [](SealedRecord& a, SealedRecord& b) {
    std::swap(a.box, b.box);
    std::swap(a.nonce, b.nonce);
  };
  auto image = image_;
  swap_boxes(image.records[0], image.records[1]);
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "versions of a name";
  image = image_;
  swap_boxes(image.records[0], image.records[2]);
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "names";
  image = image_;
  swap_boxes(image.records[0], image.records[3]);
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "workspaces";
  image = image_;
  image.records[3].key = image.records[0].key;
  image.records[3].name = "stolen";
  image.sort();
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "a record under another workspace's key";
  image = image_;
  std::swap(image.keys[0].box, image.keys[1].box);
  std::swap(image.keys[0].nonce, image.keys[1].nonce);
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "data keys of workspaces";
}

TEST_F(Moved, FieldsAreBoundToTheBox) {
  const auto with = [&](auto change) {
    auto image = image_;
    change(image.records[1]);
    return kind_of(image);
  };
  EXPECT_EQ(with([](SealedRecord& r) { r.version += 1; }), ErrorKind::corrupt);
  EXPECT_EQ(with([](SealedRecord& r) { r.made += seconds{1}; }), ErrorKind::corrupt);
  EXPECT_EQ(with([](SealedRecord& r) { r.generation -= 1; }), ErrorKind::corrupt);
  EXPECT_EQ(with([](SealedRecord& r) { r.actor = "uid:8"; }), ErrorKind::corrupt);
  auto image = image_;
  image.records[0].until = time_from_us(0);
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "a version whose time was over";
  image = image_;
  image.header.vault[0] ^= 1;
  EXPECT_EQ(kind_of(image), ErrorKind::corrupt) << "another vault";
}

TEST(VaultRollBack, AnOlderFileIsRefusedUntilItIsAccepted) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "leaked"));
  const std::string older = world.read(kFile);
  ASSERT_TRUE(put(*vault, "a", "rotated"));
  const VaultKnown known = known_of(*vault);
  world.write(kFile, older);

  vault = world.vault();
  const auto opened = vault->open(kMain, known);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_NE(opened.error().text().find("generation 2"), std::string::npos) << opened.error().text();
  EXPECT_NE(opened.error().text().find("tenon vault accept-rollback"), std::string::npos);
  EXPECT_EQ(vault->get("vault:a").error().kind, ErrorKind::conflict);
  EXPECT_EQ(put(*vault, "b", "x").error().kind, ErrorKind::conflict);

  const auto accepted = vault->accept();
  ASSERT_TRUE(accepted) << accepted.error().text();
  EXPECT_EQ(accepted->generation, 3u) << "above both";
  EXPECT_EQ(value_of(*vault, "a"), "leaked");
  EXPECT_EQ(vault->accept().error().kind, ErrorKind::conflict);
  EXPECT_TRUE(world.vault()->open(kMain, {known.vault, 3}));
}

TEST(VaultRollBack, AnotherVaultOrNoneIsRefused) {
  VaultWorld world;
  ASSERT_TRUE(put(*world.opened(), "a", "1"));
  VaultKnown known;
  known.vault[0] = 9;
  known.generation = 1;
  auto vault = world.vault();
  EXPECT_EQ(vault->open(kMain, known).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(vault->accept());
  ASSERT_TRUE(world.disk.remove(kFile) && world.disk.remove("data/vault/vault.previous"));
  vault = world.vault();
  EXPECT_EQ(vault->open(kMain, known).error().kind, ErrorKind::conflict);
  EXPECT_EQ(put(*vault, "a", "1").error().kind, ErrorKind::conflict);
  EXPECT_TRUE(vault->accept());
  EXPECT_TRUE(put(*vault, "a", "1"));
}

TEST(VaultRollBack, ANewerFileThanTheLogKnowsIsFine) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  ASSERT_TRUE(put(*vault, "a", "2"));
  EXPECT_TRUE(world.vault()->open(kMain, {known_of(*vault).vault, 1}));
}

}  // namespace
}  // namespace tenon::testing
