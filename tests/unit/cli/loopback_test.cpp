// What a browser brings back from the vendor's page.
#include "cli/loopback.hpp"

#include <gtest/gtest.h>

namespace tenon::cli {
namespace {

TEST(Loopback, ReadsStateAndCode) {
  CameBack back;
  ASSERT_TRUE(read_callback("/callback?code=a%2Fb&state=st&iss=https%3A%2F%2Fx", back));
  EXPECT_EQ(back.state, "st");
  EXPECT_EQ(back.code.reveal(), "a/b");
  EXPECT_EQ(back.error, "");
}

TEST(Loopback, ReadsARefusal) {
  CameBack back;
  ASSERT_TRUE(read_callback("/callback?error=access_denied&error_description=No&state=st", back));
  EXPECT_EQ(back.error, "access_denied: No");
  EXPECT_TRUE(back.code.empty());
}

TEST(Loopback, OtherRequestsAreNotForIt) {
  for (const char* target : {"/favicon.ico", "/callback", "/callback?code=a", "/callback2?state=s",
                             "", "callback?state=s", "/callback?state=%zz", "http://x/?state=s"}) {
    CameBack back;
    EXPECT_FALSE(read_callback(target, back)) << target;
  }
}

}  // namespace
}  // namespace tenon::cli
