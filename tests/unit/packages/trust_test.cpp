// Whether a package may be installed: signatures, versions, digests.
#include "packages/trust.hpp"

#include "base/hash.hpp"
#include "packed.hpp"

namespace tenon::packages {
namespace {

Trust trusting(char key, const std::string& name, std::vector<std::string> connectors = {}) {
  Trust trust;
  trust.keys.push_back({name, key_of(key).public_key().text, std::move(connectors)});
  return trust;
}

Package signed_by(std::initializer_list<char> keys) {
  Package package = tiny();
  for (const char key : keys) EXPECT_TRUE(sign(package, key_of(key)));
  return package;
}

PresentRelease present(const Package& package) {
  return {package.manifest.id, package.manifest.version,
          digest_hex(package.file(kConnectorFile)->bytes), package.digest};
}

TEST(Judge, TellsWhoSigned) {
  const auto unsigned_one = judge("tiny", {}, trusting('a', "acme"));
  EXPECT_FALSE(unsigned_one.trusted());
  EXPECT_EQ(unsigned_one.doubt, "it is not signed");
  const auto known = judge("tiny", signed_by({'a'}).signers, trusting('a', "acme"));
  EXPECT_TRUE(known.trusted());
  ASSERT_EQ(known.signers.size(), 1u);
  EXPECT_EQ(known.signers[0].name, "acme");
  const auto stranger = judge("tiny", signed_by({'b'}).signers, trusting('a', "acme"));
  EXPECT_FALSE(stranger.trusted());
  EXPECT_NE(stranger.doubt.find(key_of('b').public_key().text), std::string::npos)
      << stranger.doubt;
  EXPECT_TRUE(judge("tiny", signed_by({'a', 'b'}).signers, trusting('a', "acme")).trusted())
      << "one that counts is enough";
}

TEST(Judge, AKeyCountsForItsConnectorsOnly) {
  const auto signers = signed_by({'a'}).signers;
  EXPECT_TRUE(judge("tiny", signers, trusting('a', "acme", {"other", "tiny"})).trusted());
  const auto other = judge("tiny", signers, trusting('a', "acme", {"other"}));
  EXPECT_FALSE(other.trusted());
  EXPECT_NE(other.doubt.find("acme, whose key may not sign tiny"), std::string::npos)
      << other.doubt;
}

TEST(Admit, UnsignedOnlyWhereThatIsNotRequired) {
  Trust trust = trusting('a', "acme");
  EXPECT_EQ(*admit(tiny(), trust, {}, Downgrade::refuse), Admission::install);
  trust.require_signature = true;
  expect_error(admit(tiny(), trust, {}, Downgrade::refuse).error(), ErrorKind::conflict,
               "it is not signed");
  expect_error(admit(signed_by({'b'}), trust, {}, Downgrade::allow).error(), ErrorKind::conflict,
               "a key that [trust] does not name");
  EXPECT_TRUE(admit(signed_by({'b', 'a'}), trust, {}, Downgrade::refuse));
  EXPECT_FALSE(admit(tiny(), trust, {present(tiny())}, Downgrade::refuse)) << "not even once more";
}

TEST(Admit, AReleaseIsNeverChanged) {
  EXPECT_EQ(*admit(tiny(), {}, {present(tiny())}, Downgrade::refuse), Admission::present);
  EXPECT_EQ(*admit(signed_by({'a'}), {}, {present(tiny())}, Downgrade::refuse), Admission::present);
  expect_error(admit(tiny("1.0.0", "x"), {}, {present(tiny())}, Downgrade::allow).error(),
               ErrorKind::conflict, "give the new one another version");
  // As a .so in a folder: the same code may become a package, other code not.
  auto loose = present(tiny());
  loose.digest.clear();
  EXPECT_EQ(*admit(tiny(), {}, {loose}, Downgrade::refuse), Admission::install);
  expect_error(admit(tiny("1.0.0", "x"), {}, {loose}, Downgrade::allow).error(),
               ErrorKind::conflict, "as a .so");
}

TEST(Admit, AnOlderVersionOnlyIfThatIsMeant) {
  const std::vector<PresentRelease> there = {present(tiny("1.9.0")), present(tiny("1.10.0"))};
  expect_error(admit(tiny("1.9.5"), {}, there, Downgrade::refuse).error(), ErrorKind::conflict,
               "newer than 1.10.0, which is installed, found 1.9.5; say --allow-downgrade");
  EXPECT_TRUE(admit(tiny("1.9.5"), {}, there, Downgrade::allow));
  EXPECT_TRUE(admit(tiny("1.10.1"), {}, there, Downgrade::refuse));
  EXPECT_FALSE(admit(tiny("1.10.0-rc.1"), {}, there, Downgrade::refuse));
  EXPECT_EQ(*admit(tiny("1.9.0"), {}, there, Downgrade::refuse), Admission::present)
      << "it is there, which is no step back";
  auto other = present(tiny("9.0.0"));
  other.id = "other";
  EXPECT_TRUE(admit(tiny(), {}, {other}, Downgrade::refuse)) << "another connector";
}

}  // namespace
}  // namespace tenon::packages
