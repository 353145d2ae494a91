// Tally: adds call after call to groups, within stated limits: of a diff of files, and of a shadow
// that runs beside a live release for as long as that does.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "shadow/compare.hpp"
#include "shadow/report.hpp"

namespace tenon::shadow {

// What one Tally holds at most: about 500 * 20 examples of 800 bytes, 8 MB. What would need a new
// group beyond is counted, not kept.
constexpr std::size_t kMaxPlaceGroups = 500;
constexpr std::size_t kMaxKindGroups = 20;       // at one place; further ones are "other"
constexpr std::size_t kMaxDivergedGroups = 100;  // each with two whole requests, cut

// How a call's action is named: that of a delivery, "check", "readback/upsert_contact".
std::string action_of(const CapturedCall& call);

// One thread. The order in which calls come decides only which one is the example.
class Tally {
 public:
  // One call, and what each release made of it.
  void add(const CapturedCall& call, const Replayed& before, const Replayed& after);
  // One that was not run, with the reason in a few words (a closed list: it is a key).
  void add_not_run(const std::string& why) { ++not_run_[why]; }

  // So far, judged by what the later release lists. Names and source are the caller's to set.
  Report report(const std::vector<IntendedChange>& changes = {}) const;

 private:
  using PlaceKey = std::tuple<Rank, std::string, std::string>;  // rank, action, place
  struct Place {
    std::uint64_t calls = 0, times = 0;
    std::map<std::string, KindGroup> kinds;
    std::uint64_t last_call = 0;                   // of those that were counted
    std::map<std::string, std::uint64_t> last_of;  // likewise, by kind
  };
  void add_difference(const CapturedCall& call, const std::string& action, Difference one);
  void add_divergence(const CapturedCall& call, const Divergence& away, bool newer);

  std::map<PlaceKey, Place> places_;
  std::map<std::string, DivergedGroup> divergences_;
  std::map<std::string, std::uint64_t> not_run_;
  std::uint64_t calls_ = 0, same_ = 0, different_ = 0, diverged_ = 0, beyond_ = 0;
};

}  // namespace tenon::shadow
