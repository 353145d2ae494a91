// State between steps: what was saved comes back, older versions too, and foreign bytes are
// refused.
#include "tenon/state.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tenon::sdk {
namespace {

enum class Phase : std::uint8_t { lookup, write };

struct Waiting {
  std::uint32_t index = 0;
  std::optional<std::string> ref;
  bool operator==(const Waiting&) const = default;
  auto fields() { return std::tie(index, ref); }
};
struct Progress {
  static constexpr std::uint16_t kVersion = 3;
  Phase phase = Phase::lookup;
  std::int64_t until_ms = 0;
  std::vector<Waiting> waiting;
  bool last = false;
  bool operator==(const Progress&) const = default;
  auto fields() { return std::tie(phase, until_ms, waiting, last); }
};
// The same state before `waiting` and `last` were added.
struct Early {
  static constexpr std::uint16_t kVersion = 1;
  Phase phase = Phase::lookup;
  std::int64_t until_ms = 0;
  auto fields() { return std::tie(phase, until_ms); }
};

struct Later : Early {
  static constexpr std::uint16_t kVersion = 4;
};
struct Other {
  static constexpr std::uint16_t kVersion = 3;
  std::string name = "x";
  auto fields() { return std::tie(name); }
};

std::string refusal_of(std::string_view state) {
  try {
    load<Progress>(state);
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.status(), TENON_E_INPUT);
    return refusal.what();
  }
  return "none";
}

struct Flags {
  static constexpr std::uint16_t kVersion = 1;
  std::vector<bool> sent;
  auto fields() { return std::tie(sent); }
};

TEST(State, a_list_of_flags_comes_back) {
  const std::vector<bool> sent{true, false, true};
  EXPECT_EQ(load<Flags>(save(Flags{sent})).sent, sent);
}

TEST(State, comes_back_as_it_was) {
  const Progress progress{Phase::write, -5, {{7, "a"}, {8, std::nullopt}, {9, ""}}, true};
  EXPECT_EQ(load<Progress>(save(progress)), progress);
  EXPECT_EQ(load<Progress>(save(Progress())), Progress());
}

TEST(State, an_older_version_leaves_new_fields_alone) {
  const Progress wanted{Phase::write, 12, {}, false};
  EXPECT_EQ(load<Progress>(save(Early{Phase::write, 12})), wanted);
}

TEST(State, says_what_was_wrong) {
  EXPECT_EQ(refusal_of(""), "state: wanted one of this connector, found none");
  EXPECT_EQ(refusal_of("something else"),
            "state: wanted one of this connector, found 14 foreign bytes");
  EXPECT_EQ(refusal_of(save(Later())), "state: wanted version 3 or older, found 4");
  EXPECT_EQ(refusal_of(save(Other())), "state: its fields are not those of version 3");
}

TEST(State, every_cut_and_every_changed_byte_is_refused) {
  const std::string state = save(Progress{Phase::write, 1, {{7, "abc"}}, true});
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_NE(refusal_of(state.substr(0, i)), "none");
    std::string changed = state;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_NE(refusal_of(changed), "none");
  }
}

// Bytes with a right checksum and a length that lies: refused before anything is allocated for it.
TEST(State, a_length_beyond_the_end_is_refused) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string state = save(Progress{Phase::write, 1, {{7, "abc"}, {8, "d"}}, true});
    state.resize(state.size() - 4);
    for (int change = 0; change < 3; ++change) {
      state[4 + random() % (state.size() - 4)] = static_cast<char>(random());
    }
    detail::StateWriter sum;
    std::uint32_t value = detail::state_sum(state);
    sum.put(value);
    state += sum.bytes;
    try {
      const Progress read = load<Progress>(state);
      EXPECT_EQ(load<Progress>(save(read)), read);
    } catch (const Refusal&) {
    }
  }
}

}  // namespace
}  // namespace tenon::sdk
