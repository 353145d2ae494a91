// Tests of the JSON Schema with a validator that knows nothing of ours: what is good passes, each
// kind of mistake that a schema can see is refused.
#include "manifest/reference/json_schema.hpp"

// Without it a bad schema would end the process.
#define VALIJSON_USE_EXCEPTIONS 1
#include <nlohmann/json.hpp>
#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "files.hpp"
#include "manifest/manifest.hpp"
#include "manifest/reference/example.hpp"
#include "manifest/toml_tree.hpp"

namespace tenon::manifest {
namespace {

using Json = nlohmann::json;

class ManifestSchema : public testing::Test {
 protected:
  ManifestSchema() : json_(Json::parse(json_schema_text(manifest_format()))) {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    const valijson::adapters::NlohmannJsonAdapter adapter(json_);
    parser.populateSchema(adapter, schema_);
  }

  bool accepts(const std::string& toml) {
    const auto tree = parse_toml(toml, "m.toml");
    EXPECT_TRUE(tree) << toml;
    const auto value = Json::parse(*to_json(*tree));
    const valijson::adapters::NlohmannJsonAdapter adapter(value);
    valijson::ValidationResults results;
    valijson::Validator validator;
    const bool good = validator.validate(schema_, adapter, &results);
    valijson::ValidationResults::Error error;
    told_.clear();
    while (results.popError(error)) {
      for (const auto& part : error.context) told_ += part;
      told_ += ": " + error.description + "\n";
    }
    return good;
  }

  Json json_;
  valijson::Schema schema_;
  std::string told_;
};

bool is_table(const KeyRow& row) {
  return row.type == KeyType::table || row.type == KeyType::tables;
}

TEST_F(ManifestSchema, accepts_the_shipped_manifests_and_the_example) {
  for (const auto& path : shipped_manifests()) {
    EXPECT_TRUE(accepts(source_file(path))) << path << told_;
  }
  EXPECT_TRUE(accepts(example_text(manifest_format()))) << told_;
}

// What ties a key to another part of the file a schema cannot see; these the parser refuses.
TEST_F(ManifestSchema, refuses_the_wrong_value_of_each_key_unless_other_parts_make_it_wrong) {
  const std::vector<std::string> beyond{"setting.default",
                                        "endpoint.setting",
                                        "slot.endpoints",
                                        "action.optional_fields",
                                        "retry.ceiling_ms",
                                        "sign.slot",
                                        "webhook.slot",
                                        "webhook.headers",
                                        "webhook.message",
                                        "webhook.challenge.slot",
                                        "oauth.slot",
                                        "oauth.endpoint",
                                        "oauth.authorize_endpoint",
                                        "oauth.token_parameters",
                                        "oauth.authorize_parameters"};
  std::vector<std::string> accepted;
  for (const auto& row : manifest_format().rows) {
    if (is_table(row)) continue;
    if (accepts(example_with(manifest_format(), row, row.wrong))) {
      accepted.push_back(joined_path(row.table, row.key));
    }
  }
  EXPECT_EQ(accepted, beyond);
}

TEST_F(ManifestSchema, refuses_a_file_without_a_needed_key_and_only_such_a_one) {
  for (const auto& row : manifest_format().rows) {
    if (is_table(row)) continue;
    EXPECT_EQ(accepts(example_without(manifest_format(), row)), row.need == Need::optional)
        << row.table << "." << row.key << "\n"
        << told_;
  }
}

TEST_F(ManifestSchema, refuses_each_kind_of_mistake) {
  const auto good = example_text(manifest_format());
  const struct {
    const char *what, *from, *to;
  } kMistakes[] = {
      {"an unknown key", "summary =", "sumary ="},
      {"an unknown table", "[retry]", "[retries]"},
      {"a table for tables", "[[rate_limit]]", "[rate_limit]"},
      {"tables for a table", "[limits]", "[[limits]]"},
      {"another type", "first_ms = 1000", "first_ms = \"1s\""},
      {"a decimal number", "first_ms = 1000", "first_ms = 1000.5"},
      {"below the range", "concurrency = 4", "concurrency = 0"},
      {"above the range", "concurrency = 4", "concurrency = 65"},
      {"no choice", "kind = \"basic\"", "kind = \"cookie\""},
      {"another form", "id = \"shop\"", "id = \"Shop\""},
      {"a repeated entry", "[\"GET\", \"POST\"]", "[\"GET\", \"GET\"]"},
      {"an empty array", "[\"GET\", \"POST\"]", "[]"},
      {"a key beside the wrong kind", "kind = \"basic\"", "kind = \"basic\"\nheader = \"X\""},
      {"a key beside the wrong type", "type = \"url\"", "type = \"url\"\npattern = \"[a]{1,2}\""},
      {"no table that must be there", "[connector]", "[limit]"},
  };
  for (const auto& one : kMistakes) {
    const auto text = replaced(good, one.from, one.to);
    EXPECT_FALSE(accepts(text)) << one.what;
    EXPECT_FALSE(parse_manifest(text, "m.toml")) << one.what;
  }
}

// Each form says the same twice, as a test and as a pattern.
TEST(forms, the_pattern_for_editors_agrees_with_the_test_of_the_parser) {
  const std::vector<std::string> texts{"",
                                       "a",
                                       "A",
                                       "a b",
                                       "-a",
                                       "a-b_c",
                                       "0",
                                       "/",
                                       "/a",
                                       "/a/",
                                       "/a//b",
                                       "/a/../b",
                                       "/a/..",
                                       "/3.0",
                                       "/a?b",
                                       "//",
                                       "a/b",
                                       "1.0",
                                       "1.2",
                                       "1.02",
                                       "2.0",
                                       "1",
                                       "1.0.0",
                                       "1.4.0",
                                       "01.4.0",
                                       "1.4",
                                       "1.4.0-rc.1",
                                       "1.4.0-",
                                       "1.4.0-a..b",
                                       "1.4.0+b",
                                       "api.vendor.com",
                                       "vendor",
                                       "10.0.0.1",
                                       "API.vendor.com",
                                       "api.vendor.com:1",
                                       "https://a.b",
                                       "-a.b",
                                       "a-.b",
                                       "a..b",
                                       "{shop}.vendor.com",
                                       "{shop}.com",
                                       "x{shop}.vendor.com",
                                       "{shop.vendor.com",
                                       "{}.vendor.com",
                                       "{Shop}.vendor.com",
                                       "[a-z0-9-]{1,63}",
                                       "[]{1,2}",
                                       "[a]{1}",
                                       "^.*$",
                                       "Authorization",
                                       "Bad Header",
                                       "api_key",
                                       "Bearer ",
                                       "Bearer\t",
                                       "email",
                                       "/email",
                                       "/email~",
                                       "/a~0b",
                                       "/a~2",
                                       "na~me",
                                       std::string(64, 'a'),
                                       std::string(65, 'a'),
                                       std::string(257, ' ')};
  for (const auto& row : manifest_format().rows) {
    if (row.form == nullptr) continue;
    const std::regex pattern(std::string(row.form->pattern), std::regex::ECMAScript);
    for (const auto& text : texts) {
      EXPECT_EQ(std::regex_search(text, pattern), row.form->good(text))
          << row.form->name << ": " << text;
    }
  }
}

}  // namespace
}  // namespace tenon::manifest
