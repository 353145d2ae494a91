// Secrets are wiped where they were, and offer no way to be shown by accident.
#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>

namespace tenon {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Printable<Secret>);
static_assert(!std::equality_comparable<Secret>);
static_assert(!std::copy_constructible<Secret>);

TEST(Secret, MovesAndLeavesNothingBehind) {
  for (const std::size_t size : {std::size_t{5}, std::size_t{15}, std::size_t{500}}) {
    Secret first(std::string(size, 's'));
    Secret second(std::move(first));
    EXPECT_TRUE(first.empty());  // NOLINT: what is left of a moved Secret is its contract
    EXPECT_EQ(second.reveal(), std::string(size, 's'));
    Secret third;
    third = std::move(second);
    EXPECT_TRUE(second.empty());  // NOLINT
    EXPECT_EQ(third.reveal().size(), size);
    EXPECT_EQ(third.copy().reveal(), third.reveal());
  }
}

TEST(Secret, WipeOverwritesTheWholeBuffer) {
  std::string bytes = "short";  // lies inside the string object, so it can be looked at afterwards
  const char* place = bytes.data();
  wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(place[i], '\0');
}

}  // namespace
}  // namespace tenon
