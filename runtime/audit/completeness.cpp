// Sums and comparisons of counts.
#include "audit/completeness.hpp"

#include <chrono>

namespace tenon {
namespace {

constexpr struct {
  const char* name;
  std::uint64_t CompletenessCounts::*count;
} kCounts[] = {
    {"received", &CompletenessCounts::received},   {"duplicate", &CompletenessCounts::duplicate},
    {"no_route", &CompletenessCounts::no_route},   {"invalid", &CompletenessCounts::invalid},
    {"undecided", &CompletenessCounts::undecided}, {"routed", &CompletenessCounts::routed},
    {"decided", &CompletenessCounts::decided},     {"filtered", &CompletenessCounts::filtered},
    {"skipped", &CompletenessCounts::skipped},     {"delivered", &CompletenessCounts::delivered},
    {"pending", &CompletenessCounts::pending},     {"parked", &CompletenessCounts::parked},
    {"dead", &CompletenessCounts::dead},           {"ambiguous", &CompletenessCounts::ambiguous},
    {"rejected", &CompletenessCounts::rejected},   {"broken", &CompletenessCounts::broken},
};

}  // namespace

Time hour_of(Time t) { return std::chrono::floor<std::chrono::hours>(t); }

bool is_trimmed(Offset begin) { return begin > Offset{64}; }

std::int64_t CompletenessCounts::remainder() const {
  const std::uint64_t events = received - duplicate - no_route - invalid - undecided - routed;
  const std::uint64_t deliveries =
      decided - filtered - skipped - delivered - pending - parked - dead - ambiguous;
  // Of a row that counts both, a lack of one must not hide a surplus of the other.
  if (events == 0) return static_cast<std::int64_t>(deliveries);
  return static_cast<std::int64_t>(events);
}

bool CompletenessCounts::adds_up() const {
  return broken == 0 && remainder() == 0 && (received == 0 || decided >= routed || decided == 0);
}

void CompletenessCounts::add(const CompletenessCounts& other) {
  for (const auto& one : kCounts) this->*one.count += other.*one.count;
  for (const auto& [reason, count] : other.filtered_by) filtered_by[reason] += count;
}

std::string difference(const CompletenessCounts& counted, const CompletenessCounts& recounted) {
  std::string out;
  for (const auto& one : kCounts) {
    if (counted.*one.count == recounted.*one.count) continue;
    out += (out.empty() ? "" : ", ") + std::string(one.name) + " " +
           std::to_string(counted.*one.count) + ", recounted " +
           std::to_string(recounted.*one.count);
  }
  return out;
}

}  // namespace tenon
