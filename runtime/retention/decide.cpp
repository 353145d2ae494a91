// The order of the checks is the order in which a person wants to hear of them.
#include "retention/decide.hpp"

namespace tenon::retention {

Judged judge(const Cut& cut, const Facts& facts, const Rules& rules, Time now) {
  const microseconds age = now - cut.stamp;
  const auto older_than = [&](std::chrono::seconds least) { return age >= least; };
  const bool too_much = facts.excess_bytes > 0;
  if (!older_than(rules.keep) && !too_much) return {false, "age"};
  for (const auto& need : facts.needs) {
    if (need.from < cut.at) return {false, need.who};
  }
  // A duplicate of what is forgotten would be taken for new.
  if (!older_than(facts.dedupe_window) && facts.ids_from < cut.at) {
    return {false, "window of duplicates"};
  }
  if (facts.resting_from < cut.at && !older_than(rules.keep_resting) && !too_much) {
    return {false, "dead letters"};
  }
  return {true, ""};
}

}  // namespace tenon::retention
