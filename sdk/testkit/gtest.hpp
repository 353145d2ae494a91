// For an author's own test program: each golden of a folder, and each case of tenon-check, is a
// test of GoogleTest.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "testkit/expectation.hpp"

namespace tenon::testkit {

class GoldenTest : public ::testing::Test {
 public:
  // `error`: why the file, or the folder, cannot be read.
  GoldenTest(const tenon_connector& table, std::string file, std::string error = {})
      : table_(table), file_(std::move(file)), error_(std::move(error)) {}

  void TestBody() override {
    ASSERT_EQ(error_, "");
    Golden golden;
    std::string error;
    ASSERT_TRUE(read_golden(file_, golden, error)) << error;
    tenon_status status = TENON_OK;
    const auto instance = Instance::create(table_, golden.settings, status, error);
    ASSERT_TRUE(instance) << file_ << ": settings refused: " << error;
    const Differences found = differences(golden, run_golden(*instance, golden));
    EXPECT_TRUE(found.empty()) << file_ << ":\n" << shown(found);
  }

 private:
  const tenon_connector& table_;
  const std::string file_, error_;
};

// Makes a test "<suite>.<name>" of each file of `folder`; before RUN_ALL_TESTS. A folder without
// goldens, or one that cannot be read, is a failing test.
inline void register_goldens(const tenon_connector& table, const std::string& folder,
                             const std::string& suite = "Golden") {
  std::vector<std::string> errors;
  const std::vector<Golden> goldens = read_goldens(folder, errors);
  for (const Golden& golden : goldens) {
    ::testing::RegisterTest(
        suite.c_str(), golden.name.c_str(), nullptr, nullptr, golden.file.c_str(), 1,
        [&table, file = golden.file]() -> GoldenTest* { return new GoldenTest(table, file); });
  }
  if (goldens.empty() && errors.empty()) errors.push_back(folder + ": no golden in it");
  for (std::size_t i = 0; i < errors.size(); ++i) {
    ::testing::RegisterTest(
        suite.c_str(), ("unreadable_" + std::to_string(i)).c_str(), nullptr, nullptr, __FILE__,
        __LINE__,
        [&table, error = errors[i]]() -> GoldenTest* { return new GoldenTest(table, "", error); });
  }
}

// A shell's command and what it printed, errors too; `status` is 0 to 255, or -1 if it did not end.
struct Printed {
  int status = -1;
  std::string text;
};
inline Printed printed_by(const std::string& command) {
  Printed printed;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return printed;
  std::array<char, 4096> part;
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe)) {
    printed.text.append(part.data(), got);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) printed.status = WEXITSTATUS(status);
  return printed;
}

inline std::string shell_word(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// One case of tenon-check, in processes of its own as ever.
class ConformanceTest : public ::testing::Test {
 public:
  // Without a name the command is expected to say why there are no cases.
  ConformanceTest(std::string command, std::string name)
      : command_(std::move(command)), name_(std::move(name)) {}

  void TestBody() override {
    const Printed printed =
        printed_by(command_ + (name_.empty() ? "" : " --case " + shell_word(name_)));
    if (printed.text.rfind("skip ", 0) == 0) GTEST_SKIP() << printed.text;
    EXPECT_EQ(printed.status, 0) << printed.text;
    EXPECT_FALSE(name_.empty()) << "no case was listed: " << printed.text;
  }

 private:
  const std::string command_, name_;
};

// Makes a test "<suite>.<case>" of each case of tenon-check on the connector `so` with the goldens
// in `golden`; before RUN_ALL_TESTS. The program is the one that TENON_CHECK names in the
// environment, else that in PATH. Without it, or without a case, there is one failing test.
// Since 1.0-rc.
inline void register_conformance(const std::string& so, const std::string& golden,
                                 const std::string& suite = "Conformance") {
  const char* given = std::getenv("TENON_CHECK");
  const std::string program = shell_word(given == nullptr ? "tenon-check" : given);
  const std::string with = " --golden " + shell_word(golden);
  const std::string command = program + " " + shell_word(so) + with;
  const Printed list = printed_by(program + " --list" + with);
  std::vector<std::string> names;
  for (std::size_t at = 0; list.status == 0 && at < list.text.size();) {
    const std::size_t end = std::min(list.text.find('\n', at), list.text.size());
    const std::size_t colon = list.text.find(": ", at);
    if (colon < end) names.push_back(list.text.substr(at, colon - at));
    at = end + 1;
  }
  if (names.empty()) names.emplace_back();
  for (const std::string& name : names) {
    ::testing::RegisterTest(
        suite.c_str(), name.empty() ? "list" : name.c_str(), nullptr, nullptr, so.c_str(), 1,
        [command, name]() -> ConformanceTest* { return new ConformanceTest(command, name); });
  }
}

}  // namespace tenon::testkit
