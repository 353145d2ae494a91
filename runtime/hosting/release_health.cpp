// Counting, and the tests of the gate.
#include "hosting/release_health.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tenon {
namespace {

constexpr std::uint32_t kDeathsTooMany = 3;  // in a row, where the stable release has fewer
constexpr std::uint64_t kLeastRecords = 20;  // of each, before shares are compared
constexpr std::uint64_t kLeastCalls = 10;
constexpr double kFarOut = 3.5;             // standard errors: by chance once in some 4,000 looks
constexpr double kLeastDrop = 0.02;         // of the records: less is not worth a rollback
constexpr std::uint64_t kLeastNothing = 3;  // accepted records that the vendor does not have
constexpr double kUsualNothing = 0.01;      // deleted since, or not shown yet: happens to anybody
constexpr double kUnlikely = 1.0 / 4'000;
constexpr std::uint64_t kSlowBy = 500;  // ms of a call, and ...
constexpr double kSlowTimes = 3;        // ... so many times as long

std::int64_t minute_of(Time at) { return us_of(at) / 60'000'000; }

std::string percent(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  std::snprintf(
      text, sizeof text, "%.1f %%",
      100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(1, whole)));
  return text;
}

// Is the share of `b` greater than that of `a` by more than chance and more than a little?
bool clearly_more(std::uint64_t a, std::uint64_t of_a, std::uint64_t b, std::uint64_t of_b) {
  if (of_a < kLeastRecords || of_b < kLeastRecords) return false;
  const double na = static_cast<double>(of_a), nb = static_cast<double>(of_b);
  const double pa = static_cast<double>(a) / na, pb = static_cast<double>(b) / nb;
  if (pb - pa < kLeastDrop) return false;
  const double p = (static_cast<double>(a) + static_cast<double>(b)) / (na + nb);
  const double error = std::sqrt(p * (1 - p) * (1 / na + 1 / nb));
  return error == 0 || (pb - pa) / error > kFarOut;
}

// How likely it is that `hits` or more of `of` come up, where each does at this rate.
double at_least(std::uint64_t hits, std::uint64_t of, double rate) {
  const double n = static_cast<double>(of);
  double sum = 0;
  for (std::uint64_t hit = hits; hit <= of; ++hit) {
    const double k = static_cast<double>(hit);
    const double term = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                                 k * std::log(rate) + (n - k) * std::log1p(-rate));
    sum += term;
    if (k > n * rate && term < 1e-12) break;  // what follows is smaller still
  }
  return sum;
}

// Does the candidate call accepted what the vendor has not, other than by chance? The stable
// release's rate is taken for as high as its own few looks allow (Laplace's rule): where it was not
// looked at, it takes twelve in a row.
bool does_nothing(const HealthCounts& stable, const HealthCounts& candidate) {
  if (candidate.did_nothing < kLeastNothing) return false;
  const double rate =
      (static_cast<double>(stable.did_nothing) + 1) / (static_cast<double>(stable.looked_for) + 2);
  return at_least(candidate.did_nothing, candidate.looked_for, std::max(rate, kUsualNothing)) <
         kUnlikely;
}

struct Share {
  const char* name;
  std::uint64_t HealthCounts::*count;
};
// Not `delivered`: it falls where one of these grows.
constexpr Share kShares[] = {
    {"dead letters", &HealthCounts::dead},
    {"to be tried again", &HealthCounts::retry},
    {"unclear", &HealthCounts::unclear},
    {"skipped", &HealthCounts::skipped},
};

std::uint64_t mean_ms(const HealthCounts& counts) {
  return counts.took_ms / std::max<std::uint64_t>(1, counts.calls);
}

}  // namespace

void HealthCounts::add(const HealthCounts& other) {
  for (auto member :
       {&HealthCounts::calls, &HealthCounts::failed_calls, &HealthCounts::took_ms,
        &HealthCounts::records, &HealthCounts::delivered, &HealthCounts::skipped,
        &HealthCounts::retry, &HealthCounts::dead, &HealthCounts::unclear,
        &HealthCounts::looked_for, &HealthCounts::did_nothing, &HealthCounts::unlike}) {
    this->*member += other.*member;
  }
}

void count(HealthCounts& counts, OutcomeFate fate) {
  ++counts.records;
  switch (fate) {
    case OutcomeFate::delivered: ++counts.delivered; break;
    case OutcomeFate::skipped: ++counts.skipped; break;
    case OutcomeFate::retry: ++counts.retry; break;
    case OutcomeFate::dead: ++counts.dead; break;
    case OutcomeFate::none:
    case OutcomeFate::parked:
    case OutcomeFate::ambiguous: ++counts.unclear; break;
  }
}

void ReleaseHealth::saw(const std::string& release, Time ended, const HealthCounts& call) {
  auto& minutes = minutes_[release];
  const std::int64_t number = minute_of(ended);
  if (minutes.empty() || minutes.back().number < number) {
    minutes.push_back({number, {}});
    if (minutes.size() > kHealthMinutes) minutes.pop_front();
  }
  minutes.back().counts.add(call);
  if (minutes_.size() <= kHealthReleases) return;
  const auto oldest = std::min_element(
      minutes_.begin(), minutes_.end(),
      [](const auto& a, const auto& b) { return a.second.back().number < b.second.back().number; });
  minutes_.erase(oldest);
}

HealthCounts ReleaseHealth::since(const std::string& release, Time from) const {
  HealthCounts all;
  const auto at = minutes_.find(release);
  if (at == minutes_.end()) return all;
  const std::int64_t first = minute_of(from);
  for (const auto& minute : at->second) {
    if (minute.number >= first) all.add(minute.counts);
  }
  return all;
}

std::optional<std::string> worse_than(const HealthCounts& stable, const HealthCounts& candidate,
                                      const HealthStrikes& stable_strikes,
                                      const HealthStrikes& candidate_strikes) {
  if (candidate_strikes.quarantined) return "quarantined: " + candidate_strikes.reason;
  if (candidate_strikes.in_a_row >= kDeathsTooMany &&
      candidate_strikes.in_a_row > stable_strikes.in_a_row) {
    return std::to_string(candidate_strikes.in_a_row) +
           " deaths of its worker in a row: " + candidate_strikes.reason;
  }
  if (does_nothing(stable, candidate)) {
    return "did nothing: of " + std::to_string(candidate.looked_for) +
           " accepted records that were looked for, the vendor does not have " +
           std::to_string(candidate.did_nothing) + " (of the stable release " +
           std::to_string(stable.did_nothing) + " of " + std::to_string(stable.looked_for) + ")";
  }
  for (const auto& share : kShares) {
    const std::uint64_t before = stable.*share.count, now = candidate.*share.count;
    if (clearly_more(before, stable.records, now, candidate.records)) {
      return percent(now, candidate.records) + " " + share.name + ", " +
             percent(before, stable.records) + " with the stable release (" +
             std::to_string(candidate.records) + " and " + std::to_string(stable.records) +
             " records)";
    }
  }
  if (clearly_more(stable.failed_calls, std::max(stable.calls, kLeastRecords),
                   candidate.failed_calls, candidate.calls)) {
    return percent(candidate.failed_calls, candidate.calls) + " of its calls failed, " +
           percent(stable.failed_calls, stable.calls) + " with the stable release";
  }
  const std::uint64_t was = mean_ms(stable), is = mean_ms(candidate);
  if (stable.calls >= kLeastCalls && candidate.calls >= kLeastCalls && is > was + kSlowBy &&
      static_cast<double>(is) > kSlowTimes * static_cast<double>(was)) {
    return "a call takes " + std::to_string(is) + " ms on average, " + std::to_string(was) +
           " ms with the stable release";
  }
  return std::nullopt;
}

}  // namespace tenon
