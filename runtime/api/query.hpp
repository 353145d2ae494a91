// Query: the parameters of a URL, each of which must be known and well-formed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "api/values.hpp"

namespace tenon {

constexpr std::string_view kDeliveryStates =
    "pending, retrying, delivered, dead, parked, ambiguous, skipped or filtered";
std::optional<DeliveryState> parse_delivery_state(std::string_view name);

// Reading a parameter remembers the first fault; ask `problem` once after reading them all.
class Query {
 public:
  // Percent-decodes; a parameter that is not in `known` (space-separated) or comes twice is a
  // fault.
  static Query parse(std::string_view query, std::string_view known);

  bool has(std::string_view name) const;
  std::string text(std::string_view name) const;  // "" where it is not given
  Time time(std::string_view name);
  std::uint64_t number(std::string_view name, std::uint64_t fallback, std::uint64_t least,
                       std::uint64_t most);
  PageQuery page();  // limit, after
  // For the audit chain: "?name=crm/token&source=web", at most 150 bytes. Without times, and
  // without how the answer is cut into parts, so that asking again is alike.
  std::string asked_for() const;
  std::optional<DeliveryState> state(std::string_view name);

  Problem bad(std::string_view name, std::string_view wanted, std::string_view found) const {
    return bad_parameter(name, wanted, found);
  }
  void fault(Problem problem);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::optional<Problem> problem_;
};

// The decoded segments of a path, or nothing if its encoding is broken.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

}  // namespace tenon
