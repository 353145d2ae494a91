// [trust] of a workspace: what it says, and each mistake at its place.
#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

constexpr const char* kTrustTop =
    "tenant = \"acme\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n";

std::string key_text(char digit) { return "ed25519:" + std::string(64, digit); }

std::string trust_errors_of(const std::string& trust) {
  const auto parsed = parse_workspace(kTrustTop + trust, "w.toml");
  std::string out;
  if (parsed) return out;
  for (const auto& error : parsed.error().errors) out += error.text() + "\n";
  return out;
}

Workspace trusting_workspace(const std::string& trust) {
  auto parsed = parse_workspace(kTrustTop + trust, "w.toml");
  EXPECT_TRUE(parsed) << trust_errors_of(trust);
  return std::move(*parsed);
}

TEST(WorkspaceTrust, IsReadAndShownInADiff) {
  const auto none = trusting_workspace("");
  EXPECT_FALSE(none.trust.require_signature);
  EXPECT_TRUE(none.trust.keys.empty());
  const auto some = trusting_workspace(
      "[trust]\nrequire_signature = true\n[[trust.keys]]\nname = \"acme\"\nkey = \"" +
      key_text('a') +
      "\"\n[[trust.keys]]\nname = \"partner\"\nconnectors = [\"webhook\"]\nkey = \"" +
      key_text('b') + "\"\n");
  EXPECT_TRUE(some.trust.require_signature);
  ASSERT_EQ(some.trust.keys.size(), 2u);
  EXPECT_EQ(some.trust.keys[0], (TrustedKey{"acme", key_text('a'), {}}));
  EXPECT_EQ(some.trust.keys[1], (TrustedKey{"partner", key_text('b'), {"webhook"}}));
  const auto diff = config_diff(none, some);
  const std::vector<std::string> wanted = {
      "workspace: trust.require_signature false -> true",
      "workspace: trust.keys.acme added (" + key_text('a') + ")",
      "workspace: trust.keys.partner added (" + key_text('b') + " for [webhook])"};
  EXPECT_EQ(diff, wanted);
}

TEST(WorkspaceTrust, EachMistakeAtItsPlace) {
  const std::string good = "[[trust.keys]]\nname = \"acme\"\nkey = \"" + key_text('a') + "\"\n";
  ASSERT_EQ(trust_errors_of(good), "");
  const auto expect = [](const std::string& trust, const std::string& text) {
    const auto errors = trust_errors_of(trust);
    EXPECT_NE(errors.find(text), std::string::npos) << errors << "wanted: " << text;
  };
  expect("[trust]\nrequire_signature = true\n",
         "w.toml:5:21: trust.require_signature: wanted [[trust.keys]] beside it, found none");
  expect("[trust]\nrequire_signature = \"yes\"\n", "trust.require_signature: wanted");
  expect("[trust]\nrequire = true\n", "trust.require");
  expect(good + "colour = 1\n", "colour");
  expect("[[trust.keys]]\nname = \"acme\"\n", "key: wanted the public half of a key");
  expect("[[trust.keys]]\nkey = \"" + key_text('a') + "\"\n", "name");
  expect(replaced(good, "ed25519:a", "ed25519:A"), "wanted \"ed25519:\" and 64 digits");
  expect(replaced(good, "ed25519:aa", "ed25519:a"), "wanted \"ed25519:\" and 64 digits");
  expect(replaced(good, "ed25519:", "rsa:"), "wanted \"ed25519:\" and 64 digits");
  expect(good + good, "acme");
  expect(good + replaced(good, "acme", "other"), "found the key of \"acme\" again");
  expect(good + "connectors = []\n", "wanted at least one connector");
  expect(good + "connectors = [\"Web Hook\"]\n", "wanted ids of connectors");
}

}  // namespace
}  // namespace tenon
