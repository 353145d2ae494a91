// Rollouts as bytes.
#include "event/rollouts.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {

// Version 1 knew no conformance.
constexpr std::uint8_t kRolloutsVersion = 2;
constexpr std::size_t kLeastRolloutBytes = 10 * 4 + 4 + 8 + 2 * 8 + 2 * 4 + 3;

void put_conformance(Writer& out, const ConformanceVerdict& verdict) {
  out.u8(static_cast<std::uint8_t>(verdict.state));
  out.text(verdict.version);
  for (const auto number : {verdict.passed, verdict.failed, verdict.skipped, verdict.goldens}) {
    out.u32(number);
  }
  out.u32(static_cast<std::uint32_t>(verdict.failures.size()));
  for (const auto& name : verdict.failures) out.text(name);
  out.text(verdict.why);
  out.i64(us_of(verdict.at));
}

ConformanceVerdict take_conformance(Reader& in) {
  ConformanceVerdict verdict;
  verdict.state = static_cast<ConformanceState>(in.u8());
  verdict.version = in.text();
  for (auto* number : {&verdict.passed, &verdict.failed, &verdict.skipped, &verdict.goldens}) {
    *number = in.u32();
  }
  for (auto left = in.count(4); left > 0 && in.ok(); --left) {
    verdict.failures.emplace_back(in.text());
  }
  verdict.why = in.text();
  verdict.at = time_from_us(in.i64());
  return verdict;
}

void put_rollout(Writer& out, const Rollout& rollout) {
  for (const auto* text :
       {&rollout.connector, &rollout.stable, &rollout.before, &rollout.candidate,
        &rollout.frozen_why, &rollout.refused, &rollout.deed, &rollout.reason, &rollout.actor}) {
    out.text(*text);
  }
  out.u8(static_cast<std::uint8_t>(rollout.stage));
  out.u32(rollout.percent);
  out.u8(rollout.frozen ? 1 : 0);
  out.i64(us_of(rollout.since));
  out.i64(us_of(rollout.at));
  out.u32(static_cast<std::uint32_t>(rollout.pins.size()));
  for (const auto& pin : rollout.pins) {
    out.text(pin.destination);
    out.text(pin.version);
  }
  out.u32(static_cast<std::uint32_t>(rollout.policy.steps.size()));
  for (const auto step : rollout.policy.steps) out.u32(step);
  out.i64(rollout.policy.every.count());
  out.u32(rollout.policy.records);
  out.u8(rollout.policy.gate ? 1 : 0);
  put_conformance(out, rollout.conformance);
}

Rollout take_rollout(Reader& in, std::uint8_t version) {
  Rollout rollout;
  for (auto* text :
       {&rollout.connector, &rollout.stable, &rollout.before, &rollout.candidate,
        &rollout.frozen_why, &rollout.refused, &rollout.deed, &rollout.reason, &rollout.actor}) {
    *text = in.text();
  }
  rollout.stage = static_cast<RolloutStage>(in.u8());
  rollout.percent = in.u32();
  rollout.frozen = in.u8() != 0;
  rollout.since = time_from_us(in.i64());
  rollout.at = time_from_us(in.i64());
  for (auto left = in.count(2 * 4); left > 0 && in.ok(); --left) {
    ReleasePin pin;
    pin.destination = in.text();
    pin.version = in.text();
    rollout.pins.push_back(std::move(pin));
  }
  for (auto left = in.count(4); left > 0 && in.ok(); --left) {
    rollout.policy.steps.push_back(in.u32());
  }
  rollout.policy.every = seconds{in.i64()};
  rollout.policy.records = in.u32();
  rollout.policy.gate = in.u8() != 0;
  if (version >= 2) rollout.conformance = take_conformance(in);
  return rollout;
}

// What a damaged record could make of a rollout: more traffic than anybody decided.
bool is_sound(const Rollout& rollout) {
  if (rollout.conformance.state > ConformanceState::not_run) return false;
  switch (rollout.stage) {
    case RolloutStage::none: return rollout.candidate.empty() && rollout.percent == 0;
    case RolloutStage::shadow: return !rollout.candidate.empty() && rollout.percent == 0;
    case RolloutStage::canary:
      return !rollout.candidate.empty() && rollout.percent >= 1 && rollout.percent <= 100;
  }
  return false;
}

}  // namespace

std::string_view name_of(RolloutStage stage) {
  switch (stage) {
    case RolloutStage::none: return "none";
    case RolloutStage::shadow: return "shadow";
    case RolloutStage::canary: return "canary";
  }
  return "unknown";
}

std::string_view name_of(ConformanceState state) {
  switch (state) {
    case ConformanceState::none: return "none";
    case ConformanceState::passed: return "passed";
    case ConformanceState::failed: return "failed";
    case ConformanceState::not_run: return "not_run";
  }
  return "unknown";
}

std::string encode(const Rollouts& rollouts) {
  Writer out;
  out.u8(kRolloutsVersion);
  out.text(rollouts.deed);
  out.text(rollouts.connector);
  out.text(rollouts.actor);
  out.u32(static_cast<std::uint32_t>(rollouts.rollouts.size()));
  for (const auto& rollout : rollouts.rollouts) put_rollout(out, rollout);
  return std::move(out).take();
}

Result<Rollouts> decode_rollouts(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version == 0 || version > kRolloutsVersion) {
    return unsupported("wanted format 1 or 2 of the rollouts, found " + std::to_string(version) +
                       ": written by a newer version?");
  }
  Rollouts out;
  out.deed = in.text();
  out.connector = in.text();
  out.actor = in.text();
  for (auto left = in.count(kLeastRolloutBytes); left > 0 && in.ok(); --left) {
    out.rollouts.push_back(take_rollout(in, version));
    if (in.ok() && !is_sound(out.rollouts.back())) {
      return corrupt("rollouts: stage, candidate, percent and conformance of " +
                     out.rollouts.back().connector + " do not fit each other");
    }
  }
  if (!in.done()) return corrupt("rollouts: the fields do not fit the length");
  return out;
}

}  // namespace tenon
