// An author of connectors: an installed SDK, a new project, its tests, one event all the way; and
// the tutorial of sdk/README.md, command by command.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "integration/programs.hpp"

namespace tenon::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kCompilers{900};

// An SDK under a prefix outside of the tree, put there once.
class Author : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    sdk_ = new Folder;
    const auto done = run(
        {"cmake", "--install", TENON_BINARY_DIR, "--component", "sdk", "--prefix", sdk_->path()});
    ASSERT_EQ(done.status, 0) << done.output;
  }
  static void TearDownTestSuite() {
    delete sdk_;
    sdk_ = nullptr;
  }

  // In a shell that stops at the first failure. tenond and its worker are those of this build.
  Finished shell(const std::string& commands) const {
    const std::string path = sdk_->path() + "/bin:" TENON_BINARY_DIR "/bin:";
    return run({"bash", "-euo", "pipefail", "-c", "cd '" + work_.path() + "'\n" + commands},
               {{"PATH", path + from_environment("PATH").value_or("/usr/bin:/bin")},
                {"CMAKE_PREFIX_PATH", sdk_->path()},
                {"CMAKE_GENERATOR", "Ninja"}},
               kCompilers);
  }

  static Folder* sdk_;
  Folder work_;
};
Folder* Author::sdk_ = nullptr;

// The blocks of shell in a document, in order.
std::string shell_blocks(const std::string& document) {
  std::string commands;
  const std::string open = "\n```sh\n", close = "\n```\n";
  for (auto at = document.find(open); at != std::string::npos; at = document.find(open, at)) {
    at += open.size();
    const auto end = document.find(close, at);
    commands += "echo '== step'\n" + document.substr(at, end - at) + "\n";
  }
  return commands;
}

// The command that writes golden/closed.json.
std::string golden_of_the_tutorial() {
  const auto commands = shell_blocks(read_file(TENON_SOURCE_DIR "/sdk/README.md"));
  const auto at = commands.find("cat >golden/closed.json"), end = commands.find("\nEND\n", at);
  EXPECT_NE(end, std::string::npos);
  return commands.substr(at, end + 5 - at);
}

class Language : public Author, public ::testing::WithParamInterface<const char*> {};

TEST_P(Language, FromNothingToADeliveredEvent) {
  if (GetParam() == std::string("rust") && shell("command -v cargo").status != 0) {
    GTEST_SKIP() << "no cargo on this machine";
  }
  const auto made = shell("tenon connector new acme --lang " + std::string(GetParam()) +
                          "\ncd acme && cmake -B build && cmake --build build\n"
                          "ctest --test-dir build --output-on-failure --verbose\n");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_NE(made.output.find(" passed, 0 failed, "), std::string::npos) << made.output;
  // It does not lean on anything of the tree that it came from.
  const auto rules = read_file(work_ / "acme/build/build.ninja");
  EXPECT_EQ(rules.find(TENON_SOURCE_DIR "/sdk"), std::string::npos);

  // What the tutorial teaches it, in each language as its last lines say.
  const auto taught =
      shell("cd acme\n" + golden_of_the_tutorial() +
            "if ctest --test-dir build; then exit 9; fi\n"
            "sed -i 's/^ *case 422:/      case 410:\\n&/; s/| 422/| 410 &/' $(ls connector.c* "
            "src/lib.rs 2>/dev/null)\n"
            "cmake --build build && ctest --test-dir build --output-on-failure\n");
  ASSERT_EQ(taught.status, 0) << taught.output;

  const auto tried = shell("cd acme && ./try event.json '[{\"status\": 429}]'");
  ASSERT_EQ(tried.status, 0) << tried.output;
  EXPECT_NE(tried.output.find("delivered after 2 tries"), std::string::npos) << tried.output;
  EXPECT_NE(tried.output.find("ada@example.com"), std::string::npos) << tried.output;
  EXPECT_NE(tried.output.find("\"records\":1,\"repeats\":0"), std::string::npos) << tried.output;
}
INSTANTIATE_TEST_SUITE_P(Author, Language, ::testing::Values("cpp", "c", "rust"),
                         [](const auto& param) { return std::string(param.param); });

TEST_F(Author, TheTutorialHolds) {
  const auto commands = shell_blocks(read_file(TENON_SOURCE_DIR "/sdk/README.md"));
  const auto done = shell(commands);
  ASSERT_EQ(done.status, 0) << done.output;
  // What its prose says of the outputs.
  for (const char* shown : {"delivered after 2 tries", "100% tests passed", "/outcomes/0/verdict",
                            "dead", "after 1 try", "valid"}) {
    EXPECT_NE(done.output.find(shown), std::string::npos) << shown << "\n" << done.output;
  }
}

// A run of the template's workflow that finds the SDK kept installs these packages only; each
// brings what it needs itself.
TEST_F(Author, ThePackagesOfTheTemplatesAreEnoughForTheProgramsOfTheGate) {
  const auto found = shell(
      "for program in tenon-check tenon; do\n"
      "  file=$(command -v $program)\n"
      "  for lib in $(readelf -d $file | sed -n 's/.*NEEDED.*\\[\\(.*\\)\\]/\\1/p'); do\n"
      "    dpkg -S \"*/x86_64-linux-gnu/$lib\" | sed 's/:.*//' | head -n 1\n"
      "  done\n"
      "done | sort -u");
  ASSERT_EQ(found.status, 0) << found.output;
  std::istringstream packages(found.output);
  int beyond_base = 0;
  for (std::string package; std::getline(packages, package);) {
    if (package == "libc6" || package == "libgcc-s1" || package == "libstdc++6") continue;
    if (package == "libasan8" || package == "libubsan1") continue;  // of this build alone
    ++beyond_base;
    for (const char* language : {"cpp", "c", "rust"}) {
      const std::string list = "\n" + read_file(TENON_SOURCE_DIR "/sdk/template/" +
                                                std::string(language) + "/.github/packages.txt");
      EXPECT_NE(list.find("\n" + package + "\n"), std::string::npos) << language << package;
    }
  }
  EXPECT_GT(beyond_base, 0) << found.output;
}

// The one command of the template's workflow, on what `tenon connector new` makes.
TEST_F(Author, ANewConnectorPassesTheGateAtOnce) {
  const auto done = shell(
      "tenon connector new acme --lang c\n"
      "tenon ci run acme --junit gate.xml --sarif gate.sarif\n"
      "ls acme/build/acme-0.1.0.tenonpkg\n");
  ASSERT_EQ(done.status, 0) << done.output;
  for (const char* step : {"pass lint", "pass build", "pass unit     1 test", "pass goldens",
                           "pass check", "pass scan", "pass package"}) {
    EXPECT_NE(done.output.find(step), std::string::npos) << step << "\n" << done.output;
  }
  EXPECT_NE(done.output.find("good: acme@0.1.0, packed into acme/build/acme-0.1.0.tenonpkg"),
            std::string::npos)
      << done.output;
  EXPECT_NE(read_file(work_ / "gate.xml").find("<testsuite name=\"scan\""), std::string::npos);
  EXPECT_NE(read_file(work_ / "gate.sarif").find("\"results\": []"), std::string::npos);

  // A golden that does not hold: the gate names the case and its file.
  const auto spoilt = shell(
      "cd acme && sed -i 's/\"verdict\": \"accepted\"/\"verdict\": \"rejected\"/' "
      "golden/answers.json\n"
      "tenon ci run . --junit gate.xml --sarif gate.sarif");
  EXPECT_EQ(spoilt.status, 1) << spoilt.output;
  EXPECT_NE(spoilt.output.find("fail goldens"), std::string::npos) << spoilt.output;
  EXPECT_NE(spoilt.output.find("skip package  a step before failed"), std::string::npos)
      << spoilt.output;
  EXPECT_NE(spoilt.output.find("not good: acme@0.1.0: "), std::string::npos) << spoilt.output;
  EXPECT_NE(read_file(work_ / "acme/gate.sarif").find("\"uri\": \"golden/answers.json\""),
            std::string::npos);
}

// `tenon check` is that program; a test for each case by CTest, and by GoogleTest.
TEST_F(Author, EachCaseOfTheSuiteIsATestOfItsOwn) {
  const auto made = shell(
      "tenon connector new acme --lang c && cd acme\n"
      "echo 'tenon_conformance_tests(acme GOLDEN golden)' >>CMakeLists.txt\n"
      "cmake -B build && cmake --build build\n"
      "ctest --test-dir build -R '^acme\\.(golden|load)'\n"
      "cp golden/answers.json golden/added_later.json\n"
      "ctest --test-dir build -N\n"
      "tenon check build/connectors/acme.so --only '^load'\n");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_NE(made.output.find("acme.golden.answers .."), std::string::npos) << made.output;
  EXPECT_NE(made.output.find("100% tests passed"), std::string::npos) << made.output;
  EXPECT_NE(made.output.find("acme.golden.added_later"), std::string::npos) << made.output;
  EXPECT_NE(made.output.find("pass     load.now_local"), std::string::npos) << made.output;

  write_file(work_ / "acme/cases.cpp", R"(#include "testkit/gtest.hpp"
int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  tenon::testkit::register_conformance("build/connectors/acme.so", "golden");
  return RUN_ALL_TESTS();
}
)");
  const auto cases = shell(
      "cd acme && g++ -std=c++20 -O0 cases.cpp -o cases -I\"$CMAKE_PREFIX_PATH/include\" "
      "-I\"$CMAKE_PREFIX_PATH/include/tenon-testkit\" -L\"$CMAKE_PREFIX_PATH/lib\" "
      "-ltenon_testkit -lgtest -ldl\n"
      "./cases --gtest_filter='Conformance.load*:Conformance.golden.answers'\n"
      "mv build/connectors/acme.so build/connectors/other.so\n"
      "if ./cases --gtest_filter='Conformance.load.now_local'; then exit 9; fi\n"
      "if TENON_CHECK=/nonexistent ./cases; then exit 9; fi\n");
  EXPECT_EQ(cases.status, 0) << cases.output;
  EXPECT_NE(cases.output.find("OK ] Conformance.golden.answers"), std::string::npos)
      << cases.output;
  EXPECT_NE(cases.output.find("no case was listed"), std::string::npos) << cases.output;
}

// The glue with pkg-config, without CMake and without nlohmann_json.
TEST_F(Author, PkgConfigIsEnough) {
  write_file(work_ / "small.cpp", R"(#include "tenon/connector.hpp"
#include "tenon/json_writer.hpp"
#include "tenon/reply.hpp"
#include "tenon/settings.hpp"
struct Small {
  explicit Small(std::string_view) {}
  tenon::sdk::Next check(const tenon::sdk::Call&, tenon::sdk::CheckStep& step) const {
    return step.done();
  }
};
TENON_CONNECTOR(Small)
)");
  const auto done = shell(
      "export PKG_CONFIG_PATH=$CMAKE_PREFIX_PATH/lib/pkgconfig\n"
      "g++ -std=c++20 -O2 -fPIC -shared -MMD small.cpp -o small.so $(pkg-config --cflags --libs "
      "tenon)\n"
      "! grep nlohmann small.d\n"
      "nm -D --defined-only small.so\n");
  ASSERT_EQ(done.status, 0) << done.output;
  EXPECT_NE(done.output.find(" T tenon_connector_v1\n"), std::string::npos) << done.output;
  EXPECT_EQ(std::count(done.output.begin(), done.output.end(), '\n'), 1) << done.output;
}

TEST_F(Author, WrongUsageSaysHowToMendIt) {
  const auto twice = shell("tenon connector new acme && ! tenon connector new acme");
  EXPECT_EQ(twice.status, 0) << twice.output;
  EXPECT_NE(twice.output.find("choose another with --dir"), std::string::npos) << twice.output;
  const auto named = shell("tenon connector new Google-Ads");
  EXPECT_EQ(named.status, 1);
  EXPECT_NE(named.output.find("\"google_ads\" would do"), std::string::npos) << named.output;
  const auto language = shell("tenon connector new other --lang cobol");
  EXPECT_EQ(language.status, 2);
  EXPECT_NE(language.output.find("rust"), std::string::npos) << language.output;
  EXPECT_FALSE(fs::exists(work_ / "other"));
}

}  // namespace
}  // namespace tenon::testing
