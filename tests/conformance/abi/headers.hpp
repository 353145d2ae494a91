// Headers that are changed on purpose, the probe made of them, and what tenon-abi says.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tenon {

const std::string kTable = TENON_SOURCE_DIR "/sdk/abi/v1.txt";
const std::string kInclude = TENON_SOURCE_DIR "/sdk/include";
const std::string kTool = TENON_BINARY_DIR "/bin/tenon-abi";

struct Ran {
  int exit = -1;
  std::string output;
  bool says(const std::string& words) const { return output.find(words) != std::string::npos; }
};

// Runs a command, standard output and error captured.
inline Ran run_command(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> part;
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe)) {
    ran.output.append(part.data(), got);
  }
  const int status = pclose(pipe);
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A place to replace, and by what. Wanted exactly once: else the header has moved on.
using Edit = std::pair<std::string, std::string>;
inline std::string edited(std::string text, const std::vector<Edit>& edits) {
  for (const auto& [from, to] : edits) {
    const auto at = text.find(from);
    if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
      ADD_FAILURE() << "wanted once in tenon.h: " << from;
      return text;
    }
    text.replace(at, from.size(), to);
  }
  return text;
}

// A folder of this test's own, empty.
inline std::string fresh_folder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name();
  for (char& c : name) c = c == '/' ? '_' : c;
  const std::string folder = ::testing::TempDir() + "tenon_abi." + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// Builds the probe of the headers below `include`, by the compiler and flags given.
inline Ran build_probe(const std::string& compiler, const std::string& include,
                       const std::string& out) {
  const std::string source = out + ".abi_probe.c";
  write_text(source,
             "#include <tenon/tenon.h>\n#include <tenon/reasons.h>\n"
             "enum { abi_probe_major = TENON_ABI_MAJOR, abi_probe_minor = TENON_ABI_MINOR };\n"
             "const tenon_connector* tenon_connector_v1(void) { return 0; }\n");
  const bool clang = compiler.find("clang") != std::string::npos;
  return run_command(compiler + " -shared -fPIC -O0 -g3 -gdwarf-5 " +
                     (clang ? "-fdebug-macro " : "") + "-fno-eliminate-unused-debug-types -I'" +
                     include + "' '" + source + "' -o '" + out + "'");
}

// Today's table as it will be on the day of the release: no line may change any more.
inline std::string released_table() {
  std::string text = read_text(kTable);
  const auto open = text.find(" open\n");
  if (open != std::string::npos) text.replace(open, 6, " released\n");
  return text;
}

}  // namespace tenon
