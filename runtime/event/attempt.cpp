// Attempts and outcomes as bytes.
#include "event/attempt.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "event/batch_outcomes.hpp"

namespace tenon {
namespace {

// Of begins: 2 tells of replays.
constexpr std::uint8_t kAttemptVersion = 2;
// Of outcomes: 2 tells maybe_applied, which is false in 1; 3 tells of replays; 4 which record of
// the batch an outcome and a request are about; 5 how all of the batch ended.
constexpr std::uint8_t kOutcomeVersion = 5;

}  // namespace

void put(Writer& out, const DeliveryRef& ref) {
  out.raw({reinterpret_cast<const char*>(ref.id.bytes.data()), ref.id.bytes.size()});
  out.u64(ref.event.value);
  out.u16(ref.index);
  out.u64(ref.key.value);
  out.u64(ref.source.value);
  out.i64(us_of(ref.received));
  out.u64(ref.config.value);
  out.text(ref.route);
  out.u64(ref.decided.value);
  out.u64(ref.replay.value);
}

DeliveryRef take_delivery_ref(Reader& in, bool knows_replay) {
  DeliveryRef ref;
  const auto bytes = in.raw(ref.id.bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ref.id.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  }
  ref.event = Offset{in.u64()};
  ref.index = in.u16();
  ref.key = KeyHash{in.u64()};
  ref.source = NameHash{in.u64()};
  ref.received = time_from_us(in.i64());
  ref.config = ConfigVersion{in.u64()};
  ref.route = in.text();
  ref.decided = Offset{in.u64()};
  if (knows_replay) ref.replay = RerunId{in.u64()};
  return ref;
}

namespace {

void put(Writer& out, const DeliveryOutcome& outcome) {
  tenon::put(out, outcome.delivery);
  out.u8(static_cast<std::uint8_t>(outcome.verdict));
  out.u8(static_cast<std::uint8_t>(outcome.fate));
  out.u32(outcome.number);
  out.i64(us_of(outcome.next_at));
  out.u32(outcome.http_status);
  out.text(outcome.reason);
  out.text(outcome.vendor_code);
  out.text(outcome.vendor_ref);
  out.text(outcome.detail);
  out.u8(outcome.maybe_applied ? 1 : 0);
  out.u32(outcome.position);
}

DeliveryOutcome take_outcome(Reader& in, std::uint8_t version) {
  DeliveryOutcome outcome;
  outcome.delivery = take_delivery_ref(in, version >= 3);
  outcome.verdict = static_cast<Verdict>(in.u8());
  outcome.fate = static_cast<OutcomeFate>(in.u8());
  outcome.number = in.u32();
  outcome.next_at = time_from_us(in.i64());
  outcome.http_status = in.u32();
  outcome.reason = in.text();
  outcome.vendor_code = in.text();
  outcome.vendor_ref = in.text();
  outcome.detail = in.text();
  if (version >= 2) outcome.maybe_applied = in.u8() != 0;
  if (version >= 4) outcome.position = in.u32();
  return outcome;
}

void put(Writer& out, const ExchangeNote& note) {
  out.u32(note.step);
  out.text(note.endpoint);
  out.text(note.method);
  out.text(note.path);
  out.text(note.got);
  out.u32(note.http_status);
  out.u32(note.took_ms);
  out.u32(note.resent);
  out.text(note.request_excerpt);
  out.text(note.reply_excerpt);
  out.u32(static_cast<std::uint32_t>(note.covers.size()));
  for (const std::uint32_t index : note.covers) out.u32(index);
}

ExchangeNote take_note(Reader& in, std::uint8_t version) {
  ExchangeNote note;
  note.step = in.u32();
  note.endpoint = in.text();
  note.method = in.text();
  note.path = in.text();
  note.got = in.text();
  note.http_status = in.u32();
  note.took_ms = in.u32();
  note.resent = in.u32();
  note.request_excerpt = in.text();
  note.reply_excerpt = in.text();
  const std::uint32_t covers = version >= 4 ? in.count(4) : 0;
  for (std::uint32_t i = 0; i < covers && in.ok(); ++i) note.covers.push_back(in.u32());
  return note;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::unresolved: return "unresolved";
    case Verdict::accepted: return "accepted";
    case Verdict::duplicate: return "duplicate";
    case Verdict::skipped: return "skipped";
    case Verdict::rejected: return "rejected";
    case Verdict::retry: return "retry";
    case Verdict::isolate: return "isolate";
  }
  return "unresolved";
}

std::string_view name_of(OutcomeFate fate) {
  switch (fate) {
    case OutcomeFate::none: return "none";
    case OutcomeFate::delivered: return "delivered";
    case OutcomeFate::skipped: return "skipped";
    case OutcomeFate::retry: return "retry";
    case OutcomeFate::parked: return "parked";
    case OutcomeFate::dead: return "dead";
    case OutcomeFate::ambiguous: return "ambiguous";
  }
  return "none";
}

std::string encode(const AttemptBegin& begin) {
  Writer out;
  out.u8(kAttemptVersion);
  out.text(begin.attempt);
  out.text(begin.destination);
  out.text(begin.release);
  out.text(begin.action);
  out.text(begin.idempotency);
  out.text(begin.request_digest);
  out.u8(begin.safe_to_repeat ? 1 : 0);
  out.u32(begin.number);
  out.u32(begin.total);
  out.u32(static_cast<std::uint32_t>(begin.deliveries.size()));
  for (std::size_t i = 0; i < begin.deliveries.size(); ++i) {
    put(out, begin.deliveries[i]);
    out.u32(begin.positions.at(i));
    out.u32(begin.numbers.at(i));
  }
  return std::move(out).take();
}

// Both begin with format, attempt and destination, in every format so far.
std::string_view destination_of_attempt(std::string_view body) {
  Reader in(body);
  in.u8();
  in.text();
  return in.text();
}

Result<AttemptBegin> decode_attempt_begin(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kAttemptVersion) {
    return unsupported("wanted attempt format 1 or 2, found " + std::to_string(version));
  }
  AttemptBegin begin;
  begin.attempt = in.text();
  begin.destination = in.text();
  begin.release = in.text();
  begin.action = in.text();
  begin.idempotency = in.text();
  begin.request_digest = in.text();
  begin.safe_to_repeat = in.u8() != 0;
  begin.number = in.u32();
  begin.total = in.u32();
  const std::uint32_t count = in.count(70);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    begin.deliveries.push_back(take_delivery_ref(in, version >= 2));
    begin.positions.push_back(in.u32());
    begin.numbers.push_back(in.u32());
  }
  if (!in.done()) return corrupt("attempt: its fields do not fit its length");
  return begin;
}

bool is_about(const ExchangeNote& note, const DeliveryOutcome& outcome) {
  return note.covers.empty() ||
         std::find(note.covers.begin(), note.covers.end(), outcome.position) != note.covers.end();
}

std::string encode(const AttemptOutcome& outcome) {
  Writer out;
  out.u8(kOutcomeVersion);
  out.text(outcome.attempt);
  out.text(outcome.destination);
  out.text(outcome.release);
  out.text(outcome.action);
  out.i64(us_of(outcome.began));
  out.i64(us_of(outcome.ended));
  out.text(outcome.error);
  out.u32(static_cast<std::uint32_t>(outcome.exchanges.size()));
  for (const auto& note : outcome.exchanges) put(out, note);
  out.u32(static_cast<std::uint32_t>(outcome.outcomes.size()));
  for (const auto& one : outcome.outcomes) put(out, one);
  put(out, outcome.batch);
  return std::move(out).take();
}

Result<AttemptOutcome> decode_attempt_outcome(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kOutcomeVersion) {
    return unsupported("wanted outcome format 1 to 5, found " + std::to_string(version));
  }
  AttemptOutcome outcome;
  outcome.attempt = in.text();
  outcome.destination = in.text();
  outcome.release = in.text();
  outcome.action = in.text();
  outcome.began = time_from_us(in.i64());
  outcome.ended = time_from_us(in.i64());
  outcome.error = in.text();
  const std::uint32_t notes = in.count(40);
  for (std::uint32_t i = 0; i < notes && in.ok(); ++i)
    outcome.exchanges.push_back(take_note(in, version));
  const std::uint32_t count = in.count(96);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    outcome.outcomes.push_back(take_outcome(in, version));
  }
  if (version >= 5) {
    TENON_TRY_AS(outcome.batch, take_batch_outcomes(in));
  }
  if (!in.done()) return corrupt("outcome: its fields do not fit its length");
  return outcome;
}

}  // namespace tenon
