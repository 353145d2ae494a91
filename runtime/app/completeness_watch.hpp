// CompletenessWatch: adds up the counts of the last days now and then, and keeps what does not add
// up.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/completeness.hpp"
#include "base/result.hpp"
#include "notices/notice.hpp"
#include "ports/clock.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

// Deliveries of these days are looked at each time; what is older is for `tenon completeness`.
constexpr std::chrono::hours kCompletenessDays{8 * 24};
constexpr std::chrono::minutes kCompletenessEvery{2};

struct CompletenessDoors {
  Clock& clock;
  Telemetry& telemetry;
  std::function<Result<CompletenessRows>(const HourRange&)> counted;
  std::function<std::string(NameHash)> source_name;
};

// One thread.
class CompletenessWatch {
 public:
  explicit CompletenessWatch(CompletenessDoors doors) : doors_(std::move(doors)) {}

  Task<void> run();  // until cancelled
  void look(Time now);
  // A remainder that two looks have found: one that heals by itself is a moment, not a fault.
  std::vector<Condition> conditions() const;

 private:
  using Place = std::pair<std::string, std::string>;  // source, destination ("" = events)
  struct Remainder {
    std::int64_t amount = 0;
    Time since{};  // the earliest hour
    int looks = 0;
  };
  void publish(const std::map<Place, CompletenessCounts>& sums);

  CompletenessDoors doors_;
  std::map<Place, Remainder> remainders_;
};

}  // namespace tenon::app
