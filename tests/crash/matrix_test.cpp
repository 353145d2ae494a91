// The crash matrix: each fault in a run of its own; and that no fail point is left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>

#include "crash/matrix.hpp"

namespace tenon::testing {

// For the messages of gtest.
void PrintTo(const Case& one, std::ostream* out) { *out << one.fault; }

namespace {

bool is_long() {
  const auto text = from_environment("TENON_LONG");
  return text && *text == "yes";
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.fault + "_" + std::to_string(info.index);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Matrix : public ::testing::TestWithParam<Case> {};

TEST_P(Matrix, KeepsThePromise) {
  Trial trial(GetParam());
  const auto breaks = trial.go();
  for (const auto& one : breaks) ADD_FAILURE() << GetParam().fault << ": " << one;
  // Rows of the table that ci/test crash prints.
  std::cout << "row: " << GetParam().fault << " " << trial.ended() << " " << breaks.size() << "\n";
}

INSTANTIATE_TEST_SUITE_P(Crash, Matrix, ::testing::ValuesIn(is_long() ? matrix(4) : short_matrix()),
                         name_of);

TEST(FailPoints, EachIsTriedWithEachThingThatCanGoWrongThere) {
  std::set<std::string> tried;
  for (const auto& one : short_matrix()) {
    tried.insert(point_of(one.fault) + one.fault.substr(one.fault.rfind(':')));
  }
  std::istringstream lines(run({program("tenond"), "--list-fail-points"}).output);
  std::size_t points = 0;
  for (std::string line; std::getline(lines, line); ++points) {
    const auto colon = line.find(':');
    const std::string point = line.substr(0, colon);
    std::istringstream actions(line.substr(colon + 1));
    bool torn = false;
    for (std::string action; actions >> action;) {
      torn = torn || action == "torn";
      // Without writes behind it, a power cut is a kill.
      if (action == "cut") continue;
      EXPECT_TRUE(tried.contains(point + ":" + action)) << point << ":" << action;
    }
  }
  EXPECT_GE(points, 60U);
}

TEST(FailPoints, AWrongNameIsAnErrorAtTheStart) {
  const Folder folder;
  const auto start = [&](const std::string& fault) {
    return run({program("tenond"), "--data", folder / "data"}, {{"TENON_FAIL_POINT", fault}});
  };
  for (const auto& [fault, text] : std::vector<std::pair<std::string, std::string>>{
           {"log.snyc:kill", "no such point; tenond --list-fail-points names all"},
           {"log.sync:torn", "this point takes kill cut eio"},
           {"log.sync@0:kill", "NTH and TIMES are numbers from 1"},
           {"log.sync", "wanted NAME[@NTH[+[TIMES]]]:ACTION"}}) {
    const auto ended = start(fault);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_NE(ended.output.find(text), std::string::npos) << ended.output;
  }
}

}  // namespace
}  // namespace tenon::testing
