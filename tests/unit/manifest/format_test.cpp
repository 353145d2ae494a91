// Tests of the table of keys: each row is read, is told truly, and its examples are good.
#include "manifest/format.hpp"

#include "files.hpp"
#include "manifest/manifest_sections.hpp"
#include "manifest/reference/example.hpp"

namespace tenon::manifest {
namespace {

bool is_table(const KeyRow& row) {
  return row.type == KeyType::table || row.type == KeyType::tables;
}

std::string path_of(const KeyRow& row) { return joined_path(row.table, row.key); }

std::string errors_of(const ManifestCheck& check) {
  std::string out;
  for (const auto& error : check.errors) out += error.text() + "\n";
  return out;
}

TEST(format, the_examples_of_all_rows_are_a_good_manifest) {
  const auto text = example_text(manifest_format());
  const auto check = check_manifest(text, "example.toml");
  EXPECT_TRUE(check.errors.empty()) << errors_of(check) << text;
  EXPECT_TRUE(check.warnings.empty()) << check.warnings.front().text();
  for (const auto& row : manifest_format().rows) {
    const auto line = is_table(row) ? "[" + path_of(row) + "]" : std::string(row.key) + " = ";
    EXPECT_NE(text.find(line), std::string::npos) << path_of(row);
  }
}

TEST(format, every_row_is_read) {
  const auto tree = parse_toml(example_text(manifest_format()), "example.toml");
  ASSERT_TRUE(tree);
  Report report("example.toml");
  read_all(report, *tree);
  for (const auto& row : manifest_format().rows) {
    EXPECT_EQ(report.rows_read().count(&row), 1u)
        << path_of(row) << " has a row, but no code reads it";
  }
}

TEST(format, a_read_without_a_row_ends_the_process) {
  const TomlNode empty;
  Report report("m.toml");
  TableReader root(report, manifest_format(), empty);
  EXPECT_DEATH(root.text("no_such_key"), "a key is read that has no row");
}

TEST(format, rows_are_whole) {
  for (const auto& row : manifest_format().rows) {
    const auto where = path_of(row);
    EXPECT_FALSE(row.meaning.empty()) << where;
    EXPECT_EQ(manifest_format().row(row.table, row.key), &row) << where << " has a second row";
    EXPECT_EQ(row.example.empty(), is_table(row)) << where;
    EXPECT_EQ(row.wrong.empty(), is_table(row)) << where;
    const bool ranged =
        row.type == KeyType::integer || row.type == KeyType::duration || row.type == KeyType::size;
    if (ranged) {
      EXPECT_LT(row.least, row.most) << where;
      EXPECT_EQ(row.unit.empty(), row.type != KeyType::integer) << where;
    }
    if (row.type == KeyType::texts || row.type == KeyType::tables) {
      EXPECT_GT(row.most, 0) << where;
    }
    if (!row.table.empty()) {
      const auto dot = row.table.rfind('.');
      const auto around = dot == std::string_view::npos ? "" : row.table.substr(0, dot);
      const auto* table = manifest_format().row(around, row.table.substr(dot + 1));
      ASSERT_NE(table, nullptr) << where << " is in a table without a row";
      EXPECT_TRUE(is_table(*table)) << where;
    }
    if (!row.only_if.key.empty()) {
      const auto* decides = manifest_format().row(row.table, row.only_if.key);
      ASSERT_NE(decides, nullptr) << where;
      for (const auto& value : words_of(row.only_if.values)) {
        EXPECT_NE(decides->choices.find(value), std::string_view::npos) << where;
      }
    }
  }
}

TEST(format, the_wrong_value_of_each_row_is_an_error_there) {
  for (const auto& row : manifest_format().rows) {
    if (is_table(row)) continue;
    const auto text = example_with(manifest_format(), row, row.wrong);
    const auto check = check_manifest(text, "m.toml");
    ASSERT_FALSE(check.errors.empty()) << path_of(row);
    const auto told = check.errors.front().context;
    EXPECT_EQ(told.substr(told.rfind('.') + 1), row.key) << check.errors.front().text();
  }
}

TEST(format, a_missing_key_is_an_error_exactly_if_its_row_says_so) {
  for (const auto& row : manifest_format().rows) {
    if (is_table(row) || path_of(row) == "endpoint.setting" || path_of(row) == "endpoint.host" ||
        path_of(row) == "setting.name" || path_of(row) == "setting.default" ||
        path_of(row) == "endpoint.name" || path_of(row) == "webhook.timestamp_header" ||
        path_of(row) == "webhook.id_header" || path_of(row) == "rate_limit.limit" ||
        path_of(row) == "rate_limit.window_ms" || path_of(row) == "oauth.authorize_endpoint") {
      continue;  // other parts of the example need these
    }
    const auto check = check_manifest(example_without(manifest_format(), row), "m.toml");
    const bool told = !check.errors.empty() &&
                      check.errors.front().message.find("found nothing") != std::string::npos;
    EXPECT_EQ(told, row.need == Need::required) << path_of(row) << "\n" << errors_of(check);
    EXPECT_EQ(check.errors.empty(), !told) << path_of(row) << "\n" << errors_of(check);
  }
}

// The default in the row and that of the value are the same: left out or written is one thing.
TEST(format, a_default_that_is_written_out_changes_nothing) {
  for (const auto& row : manifest_format().rows) {
    if (row.fallback.empty()) continue;
    const auto left_out = check_manifest(example_without(manifest_format(), row), "m.toml");
    const auto written = check_manifest(example_with(manifest_format(), row, row.fallback), "m");
    ASSERT_TRUE(left_out.errors.empty()) << path_of(row) << "\n" << errors_of(left_out);
    ASSERT_TRUE(written.errors.empty()) << path_of(row) << "\n" << errors_of(written);
    EXPECT_EQ(left_out.manifest, written.manifest) << path_of(row);
  }
}

TEST(format, a_table_left_out_gives_the_defaults_of_the_value) {
  const auto check = check_manifest(
      "[connector]\nid = \"a\"\nversion = \"1.0.0\"\ntitle = \"A\"\nabi = \"1.0\"\nops = "
      "[\"check\"]\n[[endpoint]]\nname = \"api\"\nhost = \"a.b.c\"\n",
      "m.toml");
  ASSERT_TRUE(check.errors.empty()) << errors_of(check);
  EXPECT_EQ(check.manifest.retry, RetryPolicy{});
  EXPECT_EQ(check.manifest.call_deadline, Manifest{}.call_deadline);
  EXPECT_EQ(check.manifest.concurrency, Manifest{}.concurrency);
  EXPECT_EQ(check.manifest.profile, Manifest{}.profile);
}

// A format of its own, for what no row of a manifest has today.
constexpr KeyRow kOwnRows[] = {
    {.table = "", .key = "old", .fallback = "\"a\"", .deprecated = "write new = ... instead"},
    {.table = "", .key = "wait", .type = KeyType::duration, .least = 1'000, .most = 60'000},
    {.table = "", .key = "room", .type = KeyType::size, .least = 1'024, .most = 1 << 20},
};

TEST(format, a_deprecated_key_is_read_and_warned_of) {
  const auto tree = parse_toml("old = \"b\"", "own.toml");
  ASSERT_TRUE(tree);
  Report report("own.toml");
  TableReader root(report, Format{"own", kOwnRows}, *tree);
  EXPECT_EQ(root.text("old"), "b");
  ASSERT_EQ(report.warnings().size(), 1u);
  EXPECT_EQ(report.warnings()[0].text(), "own.toml:1:7: old: deprecated: write new = ... instead");
  EXPECT_TRUE(report.ok());
}

TEST(format, times_and_sizes_are_texts_with_a_unit) {
  const auto tree = parse_toml("wait = \"90s\"\nroom = \"4KiB\"", "own.toml");
  ASSERT_TRUE(tree);
  Report report("own.toml");
  TableReader root(report, Format{"own", kOwnRows}, *tree);
  EXPECT_EQ(root.integer("wait"), std::nullopt);
  EXPECT_EQ(root.integer("room"), 4'096);
  ASSERT_EQ(report.errors().size(), 1u);
  EXPECT_EQ(report.errors()[0].text(),
            "own.toml:1:8: wait: wanted a time from \"1s\" to \"1m\" (a string with ms, s, m, h or "
            "d), found \"90s\"");
}

}  // namespace
}  // namespace tenon::manifest
