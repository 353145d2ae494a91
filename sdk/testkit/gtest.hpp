// For an author's own test program: each golden of a folder is a test of GoogleTest.
#pragma once

#include <gtest/gtest.h>

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

}  // namespace tenon::testkit
