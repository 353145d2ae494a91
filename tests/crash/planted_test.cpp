// The matrix with bugs planted in the host: each must be found, or the matrix proves nothing.
#include <gtest/gtest.h>

#include <iostream>

#include "crash/trial.hpp"

namespace tenon::testing {
namespace {

// Tries the faults until one finds the bug; what the finding must speak of.
void find(const std::string& bug, const std::vector<Case>& cases, const std::string& word) {
  for (auto one : cases) {
    one.bug = bug;
    Trial trial(one);
    for (const auto& text : trial.go()) {
      if (text.find(word) == std::string::npos) continue;
      std::cout << "found: " << bug << " by " << one.fault << ": " << text << "\n";
      return;
    }
  }
  ADD_FAILURE() << bug << " was not found";
}

Case basic_case(const std::string& fault) {
  Case one;
  one.fault = fault;
  return one;
}

TEST(Planted, AcknowledgedBeforeSync) {
  find("acknowledged_before_sync", {basic_case("log.sync@18:cut"), basic_case("log.sync@20:cut")},
       "was acknowledged and is lost");
}

TEST(Planted, CursorBeforeRows) {
  Case trouble = basic_case("state.inside@7:kill");
  trouble.scenario = Scenario::trouble;
  Case later = trouble;
  later.fault = "state.inside@12:kill";
  find("cursor_before_rows", {trouble, later, basic_case("state.inside@2:kill")}, "");
}

TEST(Planted, BeginNotRecorded) {
  find("begin_not_recorded",
       {basic_case("egress.answered@5:kill"), basic_case("delivery.outcome.append@3:kill"),
        basic_case("egress.answered@11:kill")},
       "under another key");
}

TEST(Planted, SyncTriedAgain) {
  Case one = basic_case("log.sync@18:eio");
  one.fate = Fate::gives_up;
  find("sync_tried_again", {one}, "wanted an end with a text");
}

// Which request is the nth is a matter of timing, and only batches go under the key of the call.
TEST(Planted, NewKeyEachTry) {
  std::vector<Case> cases;
  for (int nth = 3; nth <= 12; ++nth) {
    cases.push_back(basic_case("egress.answered@" + std::to_string(nth) + ":kill"));
  }
  find("new_key_each_try", cases, "under another key");
}

}  // namespace
}  // namespace tenon::testing
