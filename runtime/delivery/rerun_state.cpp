// RerunState as bytes.
#include "delivery/rerun_state.hpp"

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/limits.hpp"

namespace tenon::delivery {
namespace {

constexpr std::uint8_t kRerunVersion = 1;

// In the order in which they are stored.
template <typename State>
auto numbers_of(State& s) {
  return std::array{&s.looked,  &s.left_alone, &s.taken,     &s.letters, &s.delivered,
                    &s.skipped, &s.given_up,   &s.cancelled, &s.waiting};
}

}  // namespace

bool RerunState::complete() const {
  return std::all_of(parts.begin(), parts.end(), [this](const Part& part) {
    return fate == RerunFate::none ? part.started : part.ended;
  });
}

RerunState rerun_state_of(const RerunStarted& asked, Time started) {
  RerunState state;
  state.asked = asked;
  state.started = started;
  state.parts.resize(kPartitions);
  return state;
}

std::string encode(const RerunState& state) {
  Writer out;
  out.u8(kRerunVersion);
  put(out, state.asked);
  out.i64(us_of(state.started));
  out.i64(us_of(state.ended));
  out.u8(static_cast<std::uint8_t>(state.fate));
  out.text(state.ended_by);
  out.text(state.reason);
  for (const auto& part : state.parts) {
    out.u8((part.started ? 1 : 0) | (part.ended ? 2 : 0));
    out.u64(part.end.value);
    out.u64(part.decision.value);
    out.u32(part.events);
  }
  for (const auto* number : numbers_of(state)) out.u64(*number);
  return std::move(out).take();
}

Result<RerunState> decode_rerun_state(std::string_view bytes) {
  Reader in(bytes);
  if (in.u8() != kRerunVersion) return corrupt("delivery state: a rerun of another format");
  RerunState state;
  state.asked = take_rerun_started(in);
  state.started = time_from_us(in.i64());
  state.ended = time_from_us(in.i64());
  state.fate = static_cast<RerunFate>(in.u8());
  state.ended_by = in.text();
  state.reason = in.text();
  state.parts.resize(kPartitions);
  for (auto& part : state.parts) {
    const std::uint8_t flags = in.u8();
    part.started = (flags & 1) != 0;
    part.ended = (flags & 2) != 0;
    part.end = Offset{in.u64()};
    part.decision = Offset{in.u64()};
    part.events = in.u32();
  }
  for (auto* number : numbers_of(state)) *number = in.u64();
  if (!in.done()) return corrupt("delivery state: a rerun does not fit its length");
  return state;
}

}  // namespace tenon::delivery
