// Direction of includes, headers and calls in their places, and the text rules, on small trees.
#include <gtest/gtest.h>

#include <stdexcept>

#include "layers/rules.hpp"

namespace tenon::layers {
namespace {

constexpr const char* kRules = R"toml(
roots = ["runtime"]
safe_types = []
vendor_tables = ["runtime/manifest/table.cpp"]
[folders]
"runtime/base" = []
"runtime/ports" = ["runtime/base"]
"runtime/delivery" = ["runtime/base", "runtime/ports"]
"runtime/manifest" = []
"runtime/backends/curl_http" = ["runtime/ports"]
[[headers]]
prefix = ["curl/"]
only = ["runtime/backends/curl_http"]
instead = "send through HttpClient"
[[calls]]
calls = ["steady_clock::now", "::open(", "getenv(", "time(nullptr)", "std::thread"]
in = ["runtime"]
except = ["runtime/backends"]
instead = "ask a port"
)toml";

struct Text {
  const char* path;
  std::string code;
};

std::vector<std::string> rules_broken(const std::vector<Text>& tree) {
  auto config = read_config(kRules);
  config.vendors = {"hubspot"};
  std::vector<SourceFile> files;
  for (const auto& [path, code] : tree) {
    files.push_back(read_source(path, "// A file for a test.\n" + code));
  }
  std::vector<std::string> out;
  for (const auto& found : check_tree(config, std::move(files))) {
    out.push_back(found.path.substr(8) + ":" + std::to_string(found.line) + " " + found.rule);
  }
  return out;
}

using Rules = std::vector<std::string>;

TEST(Layers, AllowsIncludesDownwards) {
  EXPECT_EQ(
      rules_broken({{"runtime/base/a.hpp", "#include <vector>\n"},
                    {"runtime/delivery/b.cpp", "#include \"base/a.hpp\"\n#include \"c.hpp\"\n"},
                    {"runtime/delivery/c.hpp", ""}}),
      Rules{});
}

TEST(Layers, RefusesAnIncludeUpwardsAndTheCycleItMakes) {
  EXPECT_EQ(rules_broken({{"runtime/base/a.hpp", "#include \"ports/b.hpp\"\n"},
                          {"runtime/ports/b.hpp", "#include \"base/a.hpp\"\n"}}),
            (Rules{"base/a.hpp:2 direction", "ports/b.hpp:2 cycle"}));
}

TEST(Layers, RefusesAServiceThatKnowsABackend) {
  EXPECT_EQ(rules_broken({{"runtime/backends/curl_http/a.hpp", ""},
                          {"runtime/delivery/b.cpp", "#include \"backends/curl_http/a.hpp\"\n"}}),
            Rules{"delivery/b.cpp:2 direction"});
}

TEST(Layers, RefusesAFolderWithoutARow) {
  EXPECT_EQ(rules_broken({{"runtime/helpers/a.hpp", ""}}), Rules{"helpers/a.hpp:1 folder"});
}

TEST(Layers, KeepsThirdPartyHeadersInTheirPlace) {
  EXPECT_EQ(
      rules_broken({{"runtime/backends/curl_http/a.cpp", "#include <curl/curl.h>\n"},
                    {"runtime/delivery/b.cpp", "#include <curl/curl.h>\n#include <odd/x.h>\n"}}),
      (Rules{"delivery/b.cpp:2 header", "delivery/b.cpp:3 header"}));
}

TEST(Layers, FindsForbiddenCallsAndLeavesMethodsAlone) {
  EXPECT_EQ(rules_broken({{"runtime/delivery/a.cpp",
                           "auto a = std::chrono::steady_clock::now();\n"
                           "int b = ::open(\"x\", 0);\n"
                           "auto c = std::getenv(\"X\");\n"
                           "auto d = time(nullptr);\n"
                           "std::thread e;\n"}}),
            (Rules{"delivery/a.cpp:2 call", "delivery/a.cpp:3 call", "delivery/a.cpp:4 call",
                   "delivery/a.cpp:5 call", "delivery/a.cpp:6 call"}));
  EXPECT_EQ(rules_broken({{"runtime/delivery/a.cpp",
                           "auto a = runtime.open(x) + Log::open(y) + log->getenv(z);\n"
                           "int getenv(int);\n"
                           "// std::thread in a comment\n"
                           "const char* f = \"std::thread\";\n"},
                          {"runtime/backends/curl_http/b.cpp", "std::thread t;\n"}}),
            Rules{});
}

TEST(Layers, NoVendorIsNamedInTheRuntime) {
  EXPECT_EQ(
      rules_broken({{"runtime/delivery/a.cpp",
                     "int hubspot_batch;\n// as HubSpot does\nauto c = \"api.hubspot.com\";\n"
                     "int hubspotted;\n"}}),
      (Rules{"delivery/a.cpp:2 vendor", "delivery/a.cpp:3 vendor", "delivery/a.cpp:4 vendor"}));
  EXPECT_EQ(rules_broken({{"runtime/manifest/table.cpp", "auto c = \"hubspot/3\";\n"}}), Rules{});
}

TEST(Layers, AFileBeginsWithItsPurposeAndLeavesNothingToDo) {
  const auto config = read_config(kRules);
  EXPECT_EQ(check_text(config, read_source("runtime/base/a.hpp", "#pragma once\n")).size(), 1U);
  EXPECT_EQ(check_text(config, read_source("runtime/base/a.hpp", "// Purpose of it.\n")).size(),
            0U);
  const std::string left = std::string("// Purpose of it.\n// TO") + "DO: later\n";
  EXPECT_EQ(check_text(config, read_source("runtime/base/a.hpp", left)).size(), 1U);
}

TEST(Layers, ConfigurationNamesItsMistakes) {
  EXPECT_THROW(read_config("roots = []\nsafe_types = []\nodd = 1"), std::runtime_error);
  EXPECT_THROW(read_config("roots = 1\nsafe_types = []"), std::runtime_error);
  EXPECT_THROW(read_config("roots = []\nsafe_types = []\n[folders]\n\"a\" = [\"b\"]"),
               std::runtime_error);
  EXPECT_THROW(read_config("roots = ["), std::runtime_error);
}

TEST(Source, SkipsCommentsAndKeepsLines) {
  const auto file =
      read_source("a.cpp",
                  "/* one\n two */ int a = 1'000; // three\n"
                  "auto s = R\"x(co_await {)x\"; char c = '\\''; #\n#include <b/c.h>\n");
  ASSERT_EQ(file.comments.size(), 2U);
  ASSERT_EQ(file.includes.size(), 1U);
  EXPECT_EQ(file.includes[0].path, "b/c.h");
  EXPECT_EQ(file.includes[0].line, 4);
  EXPECT_EQ(file.tokens[0].line, 2);
  EXPECT_EQ(file.tokens[3].text, "1'000");
  EXPECT_EQ(file.tokens[8].text, "co_await {");
  EXPECT_EQ(file.tokens[8].kind, TokenKind::text);
}

}  // namespace
}  // namespace tenon::layers
