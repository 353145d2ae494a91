// Tests of the reference and the schema as they stand in manifests/: made from the table of keys.
#include "manifest/reference/reference.hpp"

#include "files.hpp"
#include "manifest/reader.hpp"
#include "manifest/reference/json_schema.hpp"

namespace tenon::manifest {
namespace {

TEST(reference, the_committed_one_is_what_the_table_of_keys_gives) {
  EXPECT_TRUE(source_file("manifests/REFERENCE.md") == manifest_reference())
      << "mend with: build/asan/bin/tenon manifest reference > manifests/REFERENCE.md";
}

TEST(reference, each_wrong_line_has_its_message) {
  const auto text = manifest_reference();
  EXPECT_EQ(text.find("(no error)"), std::string::npos);
  for (const auto& row : manifest_format().rows) {
    if (row.wrong.empty()) {  // a table
      EXPECT_NE(text.find("[" + joined_path(row.table, row.key) + "]"), std::string::npos);
      continue;
    }
    EXPECT_NE(text.find("| `" + std::string(row.key) + "`"), std::string::npos) << row.key;
    const auto line = "\n" + std::string(row.key) + " = " + std::string(row.wrong) + "\n#   ";
    EXPECT_NE(text.find(line + "manifest.toml:"), std::string::npos) << line;
  }
}

TEST(reference, a_new_row_is_told_without_any_other_change) {
  static constexpr KeyRow kRows[] = {
      {.table = "",
       .key = "wait",
       .type = KeyType::duration,
       .need = Need::required,
       .least = 1'000,
       .most = 60'000,
       .example = "\"2s\"",
       .wrong = "\"2\"",
       .meaning = "how long",
       .deprecated = "write pause instead",
       .since = "1.3"},
  };
  const auto text = reference_text({"thing", kRows}, [](std::string_view toml, std::string_view) {
    const auto tree = parse_toml(toml, "thing.toml");
    if (!tree) return std::vector<Error>{tree.error()};
    Report report("thing.toml");
    TableReader root(report, {"thing", kRows}, *tree);
    root.integer("wait");
    return report.errors();
  });
  EXPECT_NE(text.find("| `wait`* | time, 1s to 1m |  | `\"2s\"` | how long; since ABI 1.3; "
                      "**deprecated**: write pause instead |"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("# no wait\n#   thing.toml:1:1: wait: wanted a time from"), std::string::npos)
      << text;
}

TEST(json_schema, the_committed_one_is_what_the_table_of_keys_gives) {
  EXPECT_TRUE(source_file("manifests/manifest.schema.json") == json_schema_text(manifest_format()))
      << "mend with: build/asan/bin/tenon manifest schema > manifests/manifest.schema.json";
}

}  // namespace
}  // namespace tenon::manifest
