// Tests of what lint says about manifests without mistakes.
#include "files.hpp"
#include "manifest/manifest.hpp"
#include "manifest/reference/example.hpp"

namespace tenon::manifest {
namespace {

std::vector<std::string> warnings_of(const std::string& toml) {
  const auto check = check_manifest(toml, "m.toml");
  std::vector<std::string> out;
  for (const auto& error : check.errors) out.push_back("ERROR " + error.text());
  for (const auto& warning : check.warnings) out.push_back(warning.text());
  return out;
}

TEST(advice, there_is_none_for_what_is_shipped) {
  for (const auto& path : shipped_manifests()) {
    const auto told = warnings_of(source_file(path));
    EXPECT_TRUE(told.empty()) << path << ": " << told.front();
  }
}

TEST(advice, is_not_given_beside_a_mistake) {
  const auto text = replaced(example_text(manifest_format()), "id = \"shop\"", "id = \"S\"");
  EXPECT_EQ(warnings_of(text).size(), 1u);
}

struct Case {
  const char *name, *from, *to, *wanted;
};

class Advice : public testing::TestWithParam<Case> {};

TEST_P(Advice, is_one_warning_and_no_error) {
  const auto& one = GetParam();
  const auto told = warnings_of(replaced(example_text(manifest_format()), one.from, one.to));
  ASSERT_EQ(told.size(), 1u) << (told.size() < 2 ? "" : told[1]);
  EXPECT_NE(told[0].find(one.wanted), std::string::npos) << told[0];
  EXPECT_EQ(told[0].rfind("m.toml:", 0), 0u) << told[0];
}

const Case kCases[] = {
    {"summary", "summary =", "# summary =", "connector.summary: found nothing; lists of"},
    {"check", "\"check\", ", "", "connector.ops: found no \"check\""},
    {"optional", "optional_fields =", "# optional_fields =",
     "action[upsert_customer].optional_fields: found only required fields"},
    {"unique", "unique =", "# unique =", "action[upsert_customer].batch.unique: found nothing"},
    {"bucket", "bucket = \"default\"", "bucket = \"reads\"", "rate_limit: found no row for"},
};
INSTANTIATE_TEST_SUITE_P(all, Advice, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(advice, on_tables_left_out) {
  const auto told = warnings_of(
      "[connector]\nid = \"a\"\nversion = \"1.0.0\"\ntitle = \"A\"\nsummary = \"A.\"\nabi = "
      "\"1.0\"\n"
      "ops = [\"deliver\", \"check\"]\n[[endpoint]]\nname = \"x\"\nhost = \"a.b.c\"\n"
      "[[endpoint]]\nname = \"y\"\nhost = \"d.b.c\"\n[[slot]]\nname = \"t\"\nkind = \"basic\"\n"
      "[[action]]\nname = \"send\"\ntitle = \"Send\"\n");
  ASSERT_EQ(told.size(), 4u);
  EXPECT_NE(told[0].find("action[send].batch: found nothing; without it"), std::string::npos);
  EXPECT_NE(told[1].find("rate_limit: found nothing; without one"), std::string::npos);
  EXPECT_NE(told[2].find("slot[t].endpoints: found nothing, so that the secret may go to each"),
            std::string::npos);
  EXPECT_NE(told[3].find("action[send].optional_fields: found no fields at all"),
            std::string::npos);
}

}  // namespace
}  // namespace tenon::manifest
