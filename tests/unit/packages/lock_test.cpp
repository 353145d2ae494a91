// The lock: which bytes may run; read strictly, so that nothing else does.
#include "packages/lock.hpp"

#include <gtest/gtest.h>

namespace tenon::packages {
namespace {

const std::string kA(64, 'a'), kB(64, 'b');

Lock some_lock() { return Lock{{{"acme@1.0.0", true, kA}, {"shop@2.1.0-rc.1", false, kB}}}; }

TEST(Lock, ComesBackSortedAndWhole) {
  Lock other = some_lock();
  std::swap(other.releases[0], other.releases[1]);
  EXPECT_EQ(text_of(other),
            "tenon lock 1\nacme@1.0.0 package " + kA + "\nshop@2.1.0-rc.1 so " + kB + "\n");
  EXPECT_EQ(parse_lock(text_of(other), "l")->releases, some_lock().releases);
  EXPECT_EQ(parse_lock("# ours\n\ntenon lock 1\n# none\n", "l")->releases.size(), 0u);
}

TEST(Lock, OnlyTheseBytesMayRun) {
  const Lock lock = some_lock();
  EXPECT_EQ(lock.objection("acme@1.0.0", kB, kA), "");
  EXPECT_EQ(lock.objection("shop@2.1.0-rc.1", kB, ""), "");
  EXPECT_NE(lock.objection("acme@1.0.0", kB, kB).find("found a package of digest " + kB),
            std::string::npos);
  EXPECT_NE(lock.objection("acme@1.0.0", kA, "").find("found a .so"), std::string::npos)
      << "a .so is no package, even with the same digits";
  EXPECT_NE(lock.objection("acme@1.0.1", kB, kA).find("add the line: acme@1.0.1 package " + kA),
            std::string::npos);
}

TEST(Lock, WhatIsMisreadIsRefusedAtItsLine) {
  const auto says = [](const std::string& text, const std::string& what) {
    const auto lock = parse_lock(text, "my.lock");
    ASSERT_FALSE(lock) << text;
    EXPECT_NE(lock.error().text().find(what), std::string::npos) << lock.error().text();
  };
  says("", "first line");
  says("tenon lock 2\n", "my.lock:1");
  says("tenon lock 1\nacme@1.0.0 package\n", "found 2 words");
  says("tenon lock 1\nacme@1.0.0  package " + kA + "\n", "my.lock:2");
  says("tenon lock 1\nacme@1 package " + kA + "\n", "wanted a release");
  says("tenon lock 1\nacme@1.0.0 thing " + kA + "\n", "package or so");
  says("tenon lock 1\nacme@1.0.0 so " + kA.substr(1) + "\n", "64 lower-case");
  says("tenon lock 1\nacme@1.0.0 so " + std::string(64, 'A') + "\n", "64 lower-case");
  says("tenon lock 1\nacme@1.0.0 so " + kA + "\nacme@1.0.0 so " + kB + "\n", "a second time");
  says(std::string(kMaxLockBytes + 1, '#'), "at most");
}

}  // namespace
}  // namespace tenon::packages
