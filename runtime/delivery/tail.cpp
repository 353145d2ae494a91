// The Tail: one reader for each line of each partition, and whom a record concerns.
#include "delivery/tail.hpp"

#include <algorithm>
#include <utility>

#include "base/fail_point.hpp"
#include "base/limits.hpp"
#include "event/attempt.hpp"

namespace tenon::delivery {

ReadLimits limits_of(Line line) {
  ReadLimits limits;
  if (line == Line::decisions) {
    limits.streams = stream_bit(Stream::decision);
    limits.max_records = 16;
    limits.max_bytes = 128 * 1024;  // some hundred events
  } else {
    limits.streams =
        stream_bit(Stream::attempt) | stream_bit(Stream::outcome) | stream_bit(Stream::control);
  }
  return limits;
}

Tail::Tail(EventLog& log, const boost::asio::any_io_executor& executor,
           std::function<void(Error)> on_fatal)
    : log_(log),
      on_fatal_(std::move(on_fatal)),
      decisions_(kPartitions),
      others_(kPartitions),
      joined_(executor) {}

Tail::Reading& Tail::of(Line line, PartitionId p) {
  return line == Line::decisions ? decisions_[p.value] : others_[p.value];
}

void Tail::start(Scope& scope) {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    scope.spawn(read(Line::decisions, PartitionId{p}), "delivery.tail.decisions");
    scope.spawn(read(Line::others, PartitionId{p}), "delivery.tail.others");
  }
}

std::vector<Tail::Member>::iterator Tail::place_of(Reading& reading, std::string_view name) {
  return std::lower_bound(
      reading.members.begin(), reading.members.end(), name,
      [](const Member& one, std::string_view key) { return one.follower->destination() < key; });
}

bool Tail::join(Line line, PartitionId p, Follower& follower) {
  Reading& reading = of(line, p);
  const Offset from = follower.place(line, p);
  // Nobody is here to be kept waiting, and what lies before may be trimmed already.
  if (reading.members.empty()) reading.at = std::max(reading.at, from);
  if (from < reading.at) return false;
  reading.members.insert(place_of(reading, follower.destination()), Member{&follower, from});
  joined_.notify();
  return true;
}

Task<void> Tail::read(Line line, PartitionId p) {
  const auto ended = co_await read_until_error(line, p);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Tail::read_until_error(Line line, PartitionId p) {
  Reading& reading = of(line, p);
  const ReadLimits limits = limits_of(line);
  for (;;) {
    while (reading.members.empty()) co_await joined_.wait();
    if (reading.at >= log_.end(p)) {
      co_await log_.wait_beyond(p, reading.at);
      continue;  // its members may be others now
    }
    TENON_CO_TRY_AS(const auto slice, log_.read(p, reading.at, limits));
    if (line == Line::decisions) {
      TENON_FAIL_POINT_IF("delivery.decision.read", !slice.records.empty());
    }
    const auto handed = hand_on(line, p, slice);
    if (!handed) co_return Error(handed.error());
  }
}

Result<void> Tail::hand_to(Member& member, Line line, PartitionId p, const Record& record) {
  if (record.offset < member.from) return {};
  member.took = true;
  return member.follower->take(line, p, record);
}

Result<void> Tail::hand_on(Line line, PartitionId p, const LogSlice& slice) {
  Reading& reading = of(line, p);
  auto& members = reading.members;
  for (const auto& record : slice.records) {
    const Stream stream = record.header.stream;
    const bool of_attempt = stream == Stream::attempt || stream == Stream::outcome;
    const auto whose = of_attempt ? destination_of_attempt(record.body) : std::string_view();
    if (!whose.empty()) {
      const auto at = place_of(reading, whose);
      const bool here = at != members.end() && at->follower->destination() == whose;
      if (here) TENON_TRY(hand_to(*at, line, p, record));
      continue;
    }
    // Decisions and control, and what cannot be read, which must not pass for another's.
    for (auto& member : members) TENON_TRY(hand_to(member, line, p, record));
  }
  reading.at = std::max(reading.at, slice.next);
  std::size_t left = 0;
  for (auto& member : members) {
    const bool took = std::exchange(member.took, false);
    const Offset next = std::max(slice.next, member.from);
    TENON_TRY_AS(const bool stays, member.follower->taken(line, p, next, took));
    if (stays) continue;
    member.follower = nullptr;
    ++left;
  }
  if (left > 0) std::erase_if(members, [](const Member& one) { return one.follower == nullptr; });
  return {};
}

}  // namespace tenon::delivery
