// Requests of the goldens against the vendors' API descriptions, where those are at hand.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

namespace fs = std::filesystem;

// Where ci keeps npm packages: beside the build folder, or inside it.
fs::path packages() {
  for (const fs::path& folder :
       {fs::path(TENON_BINARY_DIR) / "npm", fs::path(TENON_BINARY_DIR).parent_path() / "npm"}) {
    if (fs::exists(folder / "node_modules" / "ajv") &&
        fs::exists(folder / "node_modules" / "ajv-formats") &&
        fs::exists(folder / "node_modules" / "js-yaml")) {
      return folder;
    }
  }
  return {};
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Every request that the connector pushed in its goldens, one JSON line each.
int write_requests(const std::string& vendor, const tenon_connector& table, const fs::path& file) {
  std::vector<std::string> errors;
  const auto goldens =
      read_goldens(std::string(TENON_SOURCE_DIR) + "/connectors/" + vendor + "/golden", errors);
  EXPECT_EQ(errors, Words{});
  std::ofstream out(file);
  int count = 0;
  for (const Golden& golden : goldens) {
    const auto instance = instance_of(table, golden.settings);
    for (const StepOut& step : run_golden(*instance, golden).steps) {
      for (const RequestOut& request : step.requests) {
        Json line;
        line["case"] = golden.name;
        line["method"] = request.method;
        line["path"] = request.path;
        line["headers"] = Json::object();
        for (const auto& [name, value] : request.headers) line["headers"][name] = value;
        if (!request.body.empty()) line["body"] = Json::parse(request.body);
        // The description lists how to create a contact, not how to list them.
        if (request.method == "GET") continue;
        out << line.dump() << '\n';
        ++count;
      }
    }
  }
  return count;
}

TEST(VendorSpec, hubspot_takes_every_golden_request) {
  const char* specs = std::getenv("TENON_VENDOR_SPECS");
  if (specs == nullptr) GTEST_SKIP() << "TENON_VENDOR_SPECS is not set";
  const fs::path npm = packages();
  if (npm.empty()) GTEST_SKIP() << "npm packages ajv, ajv-formats, js-yaml are not in build/npm";
  if (std::system("node --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no node here";

  // Modules are looked for beside the script, so it runs from the folder of the packages.
  const fs::path work = npm / "check-request";
  fs::create_directories(work);
  const fs::path script = work / "check-request.mjs";
  std::ifstream source(fs::path(specs) / "tools" / "check-request.mjs", std::ios::binary);
  std::ofstream(script, std::ios::binary) << source.rdbuf();
  const fs::path requests = work / "hubspot.jsonl", result = work / "hubspot.txt";
  EXPECT_GE(write_requests("hubspot", *tenon_connector_hubspot(), requests), 10);
  const auto check = [&](const fs::path& file) {
    const std::string command = "node '" + script.string() + "' '" + specs +
                                "/hubspot/hubspot-crm.yaml' '" + file.string() + "' >'" +
                                result.string() + "' 2>&1";
    return std::system(command.c_str());
  };
  EXPECT_EQ(check(requests), 0) << text_of(result);

  // The checker does check: a number as property value is refused.
  const fs::path bad = work / "bad.jsonl";
  std::ofstream(bad) << R"({"method":"POST","path":"/crm/v3/objects/contacts/batch/upsert",)"
                     << R"("headers":{"content-type":"application/json"},)"
                     << R"("body":{"inputs":[{"id":"a@x.org","properties":{"age":7}}]}})" << '\n';
  EXPECT_NE(check(bad), 0);
}

}  // namespace
}  // namespace tenon::testkit
