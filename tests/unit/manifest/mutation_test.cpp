// Mutated manifests and workspaces: whatever the bytes, a value or a bounded list of errors.
#include <random>

#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

// Cuts, flips, repeats, joins and drops pieces; the seed decides.
std::string mutated(std::string text, const std::string& other, std::mt19937& random) {
  const auto place = [&](const std::string& s) { return s.empty() ? 0 : random() % s.size(); };
  const auto rounds = 1 + random() % 4;
  for (std::size_t i = 0; i < rounds && !text.empty(); ++i) {
    const auto at = place(text);
    switch (random() % 6) {
      case 0: text[at] = static_cast<char>(random() % 256); break;
      case 1: text.erase(at, random() % 20); break;
      case 2: text.insert(at, other.substr(place(other), random() % 60)); break;
      case 3: text.insert(at, text.substr(place(text), random() % 60)); break;
      case 4: text.insert(at, 1, "[]{}=\"'.,#\n\\-"[random() % 13]); break;
      case 5: text.resize(at); break;
    }
  }
  return text;
}

TEST(mutation, of_workspaces_gives_a_value_or_errors) {
  const auto one = source_file("manifests/samples/quickstart.toml");
  const auto two = source_file("manifests/samples/filters.toml");
  const auto webhook = parse_manifest(source_file("manifests/webhook.toml"), "webhook");
  ASSERT_TRUE(webhook);
  std::mt19937 random(20);
  int good = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto text = i % 2 == 0 ? mutated(one, two, random) : mutated(two, one, random);
    const auto got = parse_workspace(text, "w.toml");
    if (got) {
      ++good;
      EXPECT_LE(check_workspace(*got, {*webhook}).size(), 51u);
      continue;
    }
    ASSERT_FALSE(got.error().errors.empty());
    EXPECT_LE(got.error().errors.size(), 51u);
    for (const auto& error : got.error().errors) {
      EXPECT_EQ(error.context.compare(0, 6, "w.toml"), 0) << error.text();
      EXPECT_FALSE(error.message.empty());
    }
  }
  EXPECT_GT(good, 20);
  EXPECT_LT(good, 900);
}

TEST(mutation, of_manifests_gives_a_value_or_an_error) {
  const auto one = source_file("manifests/hubspot.toml");
  const auto two = source_file("manifests/webhook.toml");
  std::mt19937 random(21);
  int good = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto text = i % 2 == 0 ? mutated(one, two, random) : mutated(two, one, random);
    const auto got = parse_manifest(text, "m.toml");
    good += got ? 1 : 0;
    if (!got) {
      EXPECT_EQ(got.error().context.compare(0, 6, "m.toml"), 0) << got.error().text();
    }
  }
  EXPECT_GT(good, 20);
  EXPECT_LT(good, 900);
}

TEST(mutation, a_literal_secret_is_not_repeated_however_it_is_written) {
  const auto text = source_file("manifests/samples/quickstart.toml");
  for (const char* literal :
       {"hunter2", "\"hunter2\"", "'hunter2'", "\"hunter2", "\"\"\"hunter2\"\"\"", "[\"hunter2\"]",
        "{ a = \"hunter2\" }", "\"hunter2\\q\"", "1hunter2", "-hunter2", "true-hunter2",
        "0xhunter2", "2026-hunter2", "\"env: hunter2\"", "\"hunter2\" \"hunter2\"",
        "inf.hunter2"}) {
    const auto got = parse_workspace(replaced(text, "\"env:HUBSPOT_TOKEN\"", literal), "w.toml");
    ASSERT_FALSE(got) << literal;
    for (const auto& error : got.error().errors) {
      EXPECT_EQ(error.text().find("hunter2"), std::string::npos) << literal << ": " << error.text();
    }
  }
}

}  // namespace
}  // namespace tenon
