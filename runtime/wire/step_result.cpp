// Encoding of step results.
#include "wire/step_result.hpp"

#include "base/codec.hpp"
#include "wire/text.hpp"

namespace tenon::wire {
namespace {

constexpr std::int32_t kStatusLeast = -6;  // TENON_E_INTERNAL, which also stands for the unknown

std::size_t size_of_headers(const HttpHeaders& headers) {
  std::size_t bytes = 4;
  for (const auto& [name, value] : headers) bytes += 8 + name.size() + value.size();
  return bytes;
}

void write(Writer& out, const HttpHeaders& headers) {
  out.u32(static_cast<std::uint32_t>(headers.size()));
  for (const auto& [name, value] : headers) {
    out.text(name);
    out.text(value);
  }
}

void write(Writer& out, const ConnectorRequest& r) {
  out.u32(r.tag);
  out.u32(static_cast<std::uint32_t>(r.effect));
  out.u32(r.cost);
  out.text(r.endpoint);
  out.text(r.method);
  out.text(r.path);
  write(out, r.query);
  write(out, r.headers);
  out.text(r.body);
  out.u32(static_cast<std::uint32_t>(r.secrets.size()));
  for (const auto& s : r.secrets) {
    out.u32(static_cast<std::uint32_t>(s.place));
    out.u32(s.index);
    out.u32(static_cast<std::uint32_t>(s.transform));
    out.u64(s.offset);
    out.text(s.slot);
    out.text(s.message);
  }
  out.u32(static_cast<std::uint32_t>(r.covers.size()));
  for (const auto index : r.covers) out.u32(index);
  out.text(r.bucket);
  out.text(r.idempotency_key);
}

void write(Writer& out, const RecordOutcome& o) {
  out.u32(o.index);
  out.u32(static_cast<std::uint32_t>(o.verdict));
  out.u32(static_cast<std::uint32_t>(o.applied));
  out.u32(o.reason);
  out.u32(o.retry_after_ms);
  out.text(o.vendor_ref);
  out.text(o.vendor_code);
  out.text(o.detail);
}

void write(Writer& out, const Emit& e) {
  out.u32(static_cast<std::uint32_t>(e.kind));
  out.u32(e.index);
  out.text(e.id);
  out.text(e.type);
  out.text(e.body);
  out.i64(e.event_ms);
}

void write(Writer& out, const Hint& h) {
  out.u32(h.kind);
  out.text(h.name);
  out.i64(h.until_ms);
}

void write(Writer& out, const ConnectorLog& l) {
  out.u32(l.level);
  out.text(l.message);
}

template <typename T>
void write_all(Writer& out, const std::vector<T>& values) {
  out.u32(static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) write(out, value);
}

template <typename E>
E known(std::uint32_t value, std::uint32_t greatest) {
  return static_cast<E>(value <= greatest ? value : 0);
}

bool read_headers(Reader& in, HttpHeaders& headers, std::size_t most) {
  const std::uint32_t count = in.count(8);
  if (count > most) return false;
  headers.resize(count);
  for (auto& [name, value] : headers) {
    name = in.text();
    value = in.text();
  }
  return in.ok();
}

bool read(Reader& in, ConnectorRequest& r, const StepBounds& bounds) {
  r.tag = in.u32();
  r.effect = known<Effect>(in.u32(), 2);
  r.cost = in.u32();
  r.endpoint = in.text();
  r.method = in.text();
  r.path = in.text();
  if (!read_headers(in, r.query, kMaxRequestQuery)) return false;
  if (!read_headers(in, r.headers, kMaxRequestHeaders)) return false;
  r.body = in.text();
  const std::uint32_t secrets = in.count(28);
  if (secrets > kMaxRequestSecrets) return false;
  r.secrets.resize(secrets);
  for (auto& s : r.secrets) {
    s.place = known<SecretPlace>(in.u32(), 4);
    s.index = in.u32();
    s.transform = known<SecretTransform>(in.u32(), 3);
    s.offset = in.u64();
    s.slot = in.text();
    s.message = in.text();
  }
  const std::uint32_t covers = in.count(4);
  if (covers > bounds.records) return false;
  r.covers.resize(covers);
  for (auto& index : r.covers) index = in.u32();
  r.bucket = in.text();
  r.idempotency_key = in.text();
  return in.ok();
}

bool read(Reader& in, RecordOutcome& o, const StepBounds&) {
  o.index = in.u32();
  o.verdict = known<Verdict>(in.u32(), 6);
  o.applied = known<Applied>(in.u32(), 2);
  o.reason = in.u32();
  o.retry_after_ms = in.u32();
  o.vendor_ref = in.text();
  o.vendor_code = in.text();
  o.detail = in.text();
  return in.ok();
}

bool read(Reader& in, Emit& e, const StepBounds&) {
  e.kind = known<EmitKind>(in.u32(), 3);
  e.index = in.u32();
  e.id = in.text();
  e.type = in.text();
  e.body = in.text();
  e.event_ms = in.i64();
  return in.ok();
}

bool read(Reader& in, Hint& h, const StepBounds&) {
  h.kind = known<std::uint32_t>(in.u32(), 3);
  h.name = in.text();
  h.until_ms = in.i64();
  return in.ok();
}

bool read(Reader& in, ConnectorLog& l, const StepBounds&) {
  l.level = known<std::uint32_t>(in.u32(), 3);
  l.message = in.text();
  return in.ok();
}

template <typename T>
bool read_all(Reader& in, std::vector<T>& values, std::size_t least_bytes, std::size_t most,
              const StepBounds& bounds) {
  const std::uint32_t count = in.count(least_bytes);
  if (count > most) return false;
  values.resize(count);
  for (auto& value : values) {
    if (!read(in, value, bounds)) return false;
  }
  return in.ok();
}

}  // namespace

std::size_t size_of(const ConnectorRequest& r) {
  std::size_t bytes = 64 + r.endpoint.size() + r.method.size() + r.path.size() + r.body.size() +
                      r.bucket.size() + r.idempotency_key.size() + size_of_headers(r.query) +
                      size_of_headers(r.headers) + 4 * r.covers.size();
  for (const auto& s : r.secrets) bytes += 28 + s.slot.size() + s.message.size();
  return bytes;
}
std::size_t size_of(const RecordOutcome& o) {
  return 32 + o.vendor_ref.size() + o.vendor_code.size() + o.detail.size();
}
std::size_t size_of(const Emit& e) { return 28 + e.id.size() + e.type.size() + e.body.size(); }
std::size_t size_of(const Hint& h) { return 16 + h.name.size(); }

std::string encode_result(const StepResult& r) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(r.status));
  out.text(r.explain);
  write_all(out, r.requests);
  write_all(out, r.outcomes);
  write_all(out, r.emits);
  write_all(out, r.hints);
  write_all(out, r.logs);
  out.u8(static_cast<std::uint8_t>((r.suspended ? 1 : 0) | (r.checkpointed ? 2 : 0) |
                                   (r.more ? 4 : 0) | (r.replied ? 8 : 0)));
  out.text(r.state);
  out.u32(r.delay_ms);
  out.text(r.cursor);
  out.u32(r.emits_covered);
  out.u32(r.reply_status);
  out.text(r.reply_body);
  return std::move(out).take();
}

Result<StepResult> decode_result(std::string_view bytes, const StepBounds& bounds) {
  const auto broken = [](std::string_view part) {
    return corrupt("illegal frame: a result whose " + std::string(part) +
                   " is truncated or over the limits of a step");
  };
  if (bytes.size() > kMaxResultMessageBytes) return broken("size");
  Reader in(bytes);
  StepResult r;
  r.status = static_cast<std::int32_t>(in.u32());
  if (r.status > 0 || r.status < kStatusLeast) r.status = kStatusLeast;
  r.explain = in.text();
  if (!read_all(in, r.requests, 60, max_requests(bounds.records), bounds)) return broken("request");
  if (!read_all(in, r.outcomes, 32, bounds.records, bounds)) return broken("outcome");
  if (!read_all(in, r.emits, 28, kMaxEmits, bounds)) return broken("emit");
  if (!read_all(in, r.hints, 16, kMaxHints, bounds)) return broken("hint");
  if (!read_all(in, r.logs, 8, kMaxStepLogLines, bounds)) return broken("log");
  const std::uint8_t flags = in.u8();
  if ((flags & ~0x0fu) != 0) return broken("flag set");
  r.suspended = (flags & 1) != 0;
  r.checkpointed = (flags & 2) != 0;
  r.more = (flags & 4) != 0;
  r.replied = (flags & 8) != 0;
  r.state = in.text();
  r.delay_ms = in.u32();
  r.cursor = in.text();
  r.emits_covered = in.u32();
  r.reply_status = in.u32();
  r.reply_body = in.text();
  if (!in.done()) return broken("end");
  TENON_TRY(check_result(r, bounds));
  escape_texts(r);
  return r;
}

void escape_texts(StepResult& r) {
  r.explain = escape_text(r.explain, kMaxExplainBytes);
  for (auto& log : r.logs) log.message = escape_text(log.message, kMaxLogLineBytes);
  for (auto& o : r.outcomes) {
    o.vendor_ref = escape_text(o.vendor_ref, kMaxNoteBytes);
    o.vendor_code = escape_text(o.vendor_code, kMaxNoteBytes);
    o.detail = escape_text(o.detail, kMaxNoteBytes);
  }
}

}  // namespace tenon::wire
