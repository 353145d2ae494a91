// Spot checks: while a release is rolled out, a sample of what was called accepted is looked for at
// the vendor, by the release that said so. Nothing follows for the delivery; the gate judges it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calls/read_back.hpp"
#include "delivery/attempt.hpp"
#include "hosting/release_health.hpp"

namespace tenon::delivery {

// All of them of one release at one destination.
constexpr std::uint64_t kSpotShare = 10;    // one of so many accepted records, by its delivery
constexpr std::size_t kSpotsAMinute = 20;   // at most
constexpr std::size_t kSpotsTogether = 10;  // are asked for in one call
// Of a destination. A record has at most 32 KiB or so, so this is a few MiB.
constexpr std::size_t kSpotsWaiting = 64;

// A record that was accepted, and when the vendor's reads surely show it.
struct Spot {
  std::string release, action;  // who said so: "crm@1.0.0"
  std::size_t together = 1;     // so many keys may be asked for in one call
  DeliveryRef ref;
  ReadBackKey key;
  Instant due{};
};

// Is this delivery one of the sample? By its name, so that all releases are sampled alike.
bool is_sampled(const DeliveryId& id);
// Can what the setup's release writes by this action be looked for?
bool can_be_looked_for(const Setup& setup, const std::string& action);

// Which records are looked for, within the limits, and when. One thread.
class SpotSample {
 public:
  // True: it waits to be looked for. False: it is not of the sample, or there is no room.
  bool take(Spot spot, Instant now);
  // Forgets what other releases said; the names are as "crm@1.0.0". A release that nobody runs any
  // more is not begun for it.
  void keep_only(const std::vector<std::string>& releases);
  std::optional<Instant> next_due() const;
  // What is due, for one call: of one release and action, each key once.
  std::vector<Spot> take_due(Instant now);
  std::size_t size() const { return waiting_.size(); }

 private:
  std::deque<Spot> waiting_;
  std::map<std::string, std::deque<Instant>> taken_;  // by release, in the last minute
};

// What the vendor's answers about spots say of their release, as counts to be added.
HealthCounts count_spots(const std::vector<ReadBackFound>& found, const std::vector<Spot>& spots);

}  // namespace tenon::delivery
