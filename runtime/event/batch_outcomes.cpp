// A batch in short: most of its records end alike, so it is runs over a few kinds of end.
#include "event/batch_outcomes.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/limits.hpp"

namespace tenon {
namespace {

constexpr std::size_t kLeastKind = 27, kLeastRun = 8;  // bytes

bool waits(const DeliveryOutcome& outcome) { return outcome.fate == OutcomeFate::retry; }

bool is_done(const DeliveryOutcome& outcome) {
  return outcome.fate == OutcomeFate::delivered || outcome.fate == OutcomeFate::skipped;
}

DeliveryOutcome kind_of(const DeliveryOutcome& outcome) {
  DeliveryOutcome kind = outcome;
  kind.delivery = DeliveryRef();
  kind.next_at = Time{};
  kind.position = UINT32_MAX;
  if (is_done(kind)) kind.vendor_code = kind.vendor_ref = kind.detail = "";
  return kind;
}

std::uint32_t place_of(std::vector<DeliveryOutcome>& kinds, DeliveryOutcome kind) {
  const auto known = std::find(kinds.begin(), kinds.end(), kind);
  const auto place = static_cast<std::uint32_t>(known - kinds.begin());
  if (known == kinds.end()) kinds.push_back(std::move(kind));
  return place;
}

DeliveryOutcome take_kind(Reader& in) {
  DeliveryOutcome kind;
  kind.verdict = static_cast<Verdict>(in.u8());
  kind.fate = static_cast<OutcomeFate>(in.u8());
  kind.number = in.u32();
  kind.http_status = in.u32();
  kind.maybe_applied = in.u8() != 0;
  kind.reason = in.text();
  kind.vendor_code = in.text();
  kind.vendor_ref = in.text();
  kind.detail = in.text();
  return kind;
}

}  // namespace

BatchOutcomes batch_outcomes_of(const std::vector<DeliveryOutcome>& outcomes) {
  std::vector<const DeliveryOutcome*> places;
  for (const auto& outcome : outcomes) {
    if (outcome.position >= kMaxCallRecords) continue;  // it was in no batch
    places.resize(std::max<std::size_t>(places.size(), outcome.position + 1));
    places[outcome.position] = &outcome;
  }
  BatchOutcomes batch;
  for (const auto* outcome : places) {
    const std::uint32_t kind =
        place_of(batch.kinds, outcome == nullptr ? DeliveryOutcome() : kind_of(*outcome));
    if (batch.runs.empty() || batch.runs.back().kind != kind) batch.runs.push_back({0, kind});
    ++batch.runs.back().count;
    if (outcome != nullptr && waits(*outcome)) batch.next_at.push_back(outcome->next_at);
  }
  return batch;
}

std::optional<DeliveryOutcome> outcome_at(const BatchOutcomes& batch, std::uint32_t place) {
  std::uint32_t begins = 0;
  std::size_t waiting = 0;
  for (const auto& run : batch.runs) {
    const DeliveryOutcome& kind = batch.kinds[run.kind];
    const std::uint32_t within = place - begins;
    if (within < run.count) {
      if (kind.fate == OutcomeFate::none) return std::nullopt;
      DeliveryOutcome outcome = kind;
      outcome.position = place;
      if (waits(kind)) outcome.next_at = batch.next_at[waiting + within];
      return outcome;
    }
    begins += run.count;
    if (waits(kind)) waiting += run.count;
  }
  return std::nullopt;
}

void put(Writer& out, const BatchOutcomes& batch) {
  out.u32(static_cast<std::uint32_t>(batch.kinds.size()));
  for (const auto& kind : batch.kinds) {
    out.u8(static_cast<std::uint8_t>(kind.verdict));
    out.u8(static_cast<std::uint8_t>(kind.fate));
    out.u32(kind.number);
    out.u32(kind.http_status);
    out.u8(kind.maybe_applied ? 1 : 0);
    out.text(kind.reason);
    out.text(kind.vendor_code);
    out.text(kind.vendor_ref);
    out.text(kind.detail);
  }
  out.u32(static_cast<std::uint32_t>(batch.runs.size()));
  for (const auto& run : batch.runs) {
    out.u32(run.count);
    out.u32(run.kind);
  }
  out.u32(static_cast<std::uint32_t>(batch.next_at.size()));
  for (const Time at : batch.next_at) out.i64(us_of(at));
}

Result<BatchOutcomes> take_batch_outcomes(Reader& in) {
  BatchOutcomes batch;
  const std::uint32_t kinds = in.count(kLeastKind);
  for (std::uint32_t i = 0; i < kinds && in.ok(); ++i) batch.kinds.push_back(take_kind(in));
  const std::uint32_t runs = in.count(kLeastRun);
  std::uint64_t places = 0, waiting = 0;
  for (std::uint32_t i = 0; i < runs && in.ok(); ++i) {
    BatchOutcomes::Run run;
    run.count = in.u32();
    run.kind = in.u32();
    if (run.kind >= batch.kinds.size()) return corrupt("outcome: a run over no kind of end");
    places += run.count;
    if (waits(batch.kinds[run.kind])) waiting += run.count;
    batch.runs.push_back(run);
  }
  const std::uint32_t times = in.count(sizeof(std::int64_t));
  for (std::uint32_t i = 0; i < times && in.ok(); ++i) {
    batch.next_at.push_back(time_from_us(in.i64()));
  }
  if (!in.ok() || places > kMaxCallRecords || waiting != times) {
    return corrupt("outcome: what it says of its batch does not fit");
  }
  return batch;
}

}  // namespace tenon
