// Turns in virtual time.
#include "egress/fair_queue.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tenon {
namespace {

// A unit of cost at weight 1; divisible enough that weights up to 100 keep their proportions.
constexpr std::uint64_t kUnit = 100'000;

}  // namespace

FairQueue::Ticket FairQueue::join(const Flow& flow, std::uint32_t weight, std::uint32_t cost) {
  Line& line = lines_[flow];
  const std::uint64_t charge = kUnit * cost / std::max<std::uint32_t>(weight, 1);
  const Ticket ticket = ++last_;
  if (line.entries.empty()) {
    line.turn = std::max(line.turn, now_);
    heads_.emplace(line.turn, ticket);
  }
  line.entries.push_back({ticket, std::max<std::uint64_t>(charge, 1)});
  flow_of_.emplace(ticket, flow);
  return ticket;
}

void FairQueue::leave(Ticket ticket, bool served) {
  const auto flow = flow_of_.find(ticket);
  TENON_ASSERT(flow != flow_of_.end());
  const auto at = lines_.find(flow->second);
  Line& line = at->second;
  const auto entry = std::find_if(line.entries.begin(), line.entries.end(),
                                  [&](const Entry& one) { return one.ticket == ticket; });
  const bool was_head = entry == line.entries.begin();
  if (was_head) heads_.erase({line.turn, ticket});
  if (served) {
    now_ = std::max(now_, line.turn);
    line.turn += entry->charge;
  }
  line.entries.erase(entry);
  flow_of_.erase(flow);
  if (!line.entries.empty()) {
    if (was_head) heads_.emplace(line.turn, line.entries.front().ticket);
  } else if (line.turn <= now_) {
    lines_.erase(at);  // nothing is owed: as if it had never been here
  }
  if (!flow_of_.empty()) return;
  lines_.clear();
  now_ = 0;
}

bool FairQueue::is_head(Ticket ticket) const {
  const auto flow = flow_of_.find(ticket);
  return flow != flow_of_.end() && lines_.at(flow->second).entries.front().ticket == ticket;
}

std::size_t FairQueue::waiting(const Flow& flow) const {
  const auto line = lines_.find(flow);
  return line == lines_.end() ? 0 : line->second.entries.size();
}

}  // namespace tenon
