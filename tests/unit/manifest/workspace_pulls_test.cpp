// Pulls of a workspace: what they say, and each mistake at its place.
#include <tuple>

#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

constexpr const char* kGoodPulls = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "changes"
write_key = "env:KEY"
[[sources]]
name = "web"
write_key = "env:WEB"
[[destinations]]
name = "crm"
connector = "hubspot"
[destinations.credentials]
token = "env:TOKEN"
[[pulls]]
name = "people"
destination = "crm"
stream = "contacts"
source = "changes"
interval = "10m"
start = "2026-01-31T00:00:00Z"
[[routes]]
name = "back"
sources = ["web"]
destination = "crm"
action = "upsert_contact"
[routes.map]
email = "/traits/email"
)";

std::string pull_errors_of(const std::string& text) {
  const auto parsed = parse_workspace(text, "w.toml");
  std::string out;
  if (!parsed) {
    for (const auto& error : parsed.error().errors) out += error.text() + "\n";
    return out;
  }
  const std::vector<Manifest> installed{
      *parse_manifest(source_file("manifests/hubspot.toml"), "hubspot.toml")};
  for (const auto& error : check_workspace(*parsed, installed)) out += error.text() + "\n";
  return out;
}

TEST(WorkspacePulls, AreReadAndShownInADiff) {
  const auto parsed = parse_workspace(kGoodPulls, "w.toml");
  ASSERT_TRUE(parsed);
  const Pull* pull = parsed->pull("people");
  ASSERT_NE(pull, nullptr);
  EXPECT_EQ(pull->destination, "crm");
  EXPECT_EQ(pull->interval, std::chrono::seconds(600));
  EXPECT_EQ(pull->start, "2026-01-31T00:00:00.000000Z");
  EXPECT_EQ(pull_errors_of(kGoodPulls), "");
  const auto other = parse_workspace(replaced(kGoodPulls, "\"10m\"", "\"1h\""), "w.toml");
  EXPECT_EQ(config_diff(*parsed, *other),
            std::vector<std::string>{"pull people: interval 600s -> 3600s"});
}

TEST(WorkspacePulls, EachMistakeHasItsText) {
  const std::tuple<const char*, const char*, const char*> mistakes[] = {
      {"destination = \"crm\"\nstream", "destination = \"crn\"\nstream",
       "pulls[people].destination: wanted a destination of this file, found \"crn\"; did you mean"},
      {"source = \"changes\"", "source = \"change\"",
       "pulls[people].source: wanted a source of this file, found \"change\"; did you mean"},
      {"source = \"changes\"\n", "", "pulls[people].source: wanted the name of a source"},
      {"stream = \"contacts\"\n", "", "pulls[people].stream: wanted a stream"},
      {"\"contacts\"", "\"contact\"",
       "pulls[people].stream: wanted a stream of hubspot@1.0.0, found \"contact\"; did you mean"},
      {"\"10m\"", "\"10\"", "pulls[people].interval"},
      {"\"10m\"", "\"8d\"", "pulls[people].interval"},
      {"\"2026-01-31T00:00:00Z\"", "\"tomorrow\"",
       "pulls[people].start: wanted \"earliest\", \"now\" or a time"},
      {"sources = [\"web\"]\n", "",
       "pulls[people].source: wanted a source that no route sends back to crm, found that "
       "\"back\""},
      {"interval =", "intervall =", "pulls[people].intervall: wanted a known key"},
  };
  for (const auto& [from, to, wanted] : mistakes) {
    const std::string found = pull_errors_of(replaced(kGoodPulls, from, to));
    EXPECT_NE(found.find(wanted), std::string::npos) << to << "\n" << found;
  }
}

}  // namespace
}  // namespace tenon
