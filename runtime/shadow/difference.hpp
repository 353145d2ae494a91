// Difference: one thing that one release did otherwise than the other, on one recorded call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::shadow {

// What people look at first comes first.
enum class Rank : std::uint8_t {
  outcome,  // how a record or the call ended
  detail,   // what is told of that
  request,  // what would have been sent
  other,    // delays and hints
};
std::string_view name_of(Rank rank);

// README.md lists the places and kinds.
struct Difference {
  Rank rank = Rank::other;
  std::string place;          // "outcome", "body.inputs.*.properties.phone"
  std::string kind;           // "unresolved to accepted", "now E.164", "changed"
  std::string before, after;  // one line each, cut; "" = nothing is there

  bool operator==(const Difference&) const = default;
};

constexpr std::size_t kMaxDifferences = 2'000;  // of one call; of what is beyond only that it is

struct Comparison {
  std::vector<Difference> differences;  // in the order of steps, requests and members
  bool more = false;                    // there are more than kMaxDifferences

  void add(Difference one) {
    if (differences.size() < kMaxDifferences) {
      differences.push_back(std::move(one));
    } else {
      more = true;
    }
  }
};

}  // namespace tenon::shadow
