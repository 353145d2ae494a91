// FairQueue: whose turn it is where many wait for one limit: weighted, work-conserving. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/lane.hpp"

namespace tenon {

// Those who wait in one line, first come, first served.
struct Flow {
  std::string who;  // destination
  Lane lane = Lane::live;

  auto operator<=>(const Flow&) const = default;
};

// Start-time fair queueing: serving a flow moves its next turn on by cost / weight; the flow whose
// turn is earliest goes first. A flow that was away begins at the present, so that it can neither
// save turns up nor be made to wait for what others had meanwhile. Each flow's wait is bounded by
// the others' weights, however much they ask for.
class FairQueue {
 public:
  using Ticket = std::uint64_t;  // 0 = nobody

  Ticket join(const Flow& flow, std::uint32_t weight, std::uint32_t cost);
  // `served`: it had its turn, which is charged to its flow.
  void leave(Ticket ticket, bool served);

  // The earliest of those at the head of their flow that are ready; 0 if none is.
  template <typename Ready>
  Ticket first(const Ready& ready) const {
    for (const auto& [turn, ticket] : heads_) {
      if (ready(ticket)) return ticket;
    }
    return 0;
  }
  template <typename Visit>
  void for_heads(const Visit& visit) const {
    for (const auto& [turn, ticket] : heads_) visit(ticket);
  }
  bool is_head(Ticket ticket) const;
  std::size_t waiting(const Flow& flow) const;

 private:
  struct Entry {
    Ticket ticket = 0;
    std::uint64_t charge = 0;
  };
  struct Line {
    std::deque<Entry> entries;
    std::uint64_t turn = 0;  // virtual time of its head's turn
  };

  std::map<Flow, Line> lines_;
  std::map<Ticket, Flow> flow_of_;
  std::set<std::pair<std::uint64_t, Ticket>> heads_;
  std::uint64_t now_ = 0;  // virtual: the turn of the last one served
  Ticket last_ = 0;
};

}  // namespace tenon
