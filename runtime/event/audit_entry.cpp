// Audit entries as bytes.
#include "event/audit_entry.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kAuditEntryVersion = 1;

template <typename Bytes>
void put_bytes(Writer& out, const Bytes& bytes) {
  out.raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

template <typename Bytes>
void take_bytes(Reader& in, Bytes& bytes) {
  const auto raw = in.raw(bytes.size());
  std::copy(raw.begin(), raw.end(), bytes.begin());
}

}  // namespace

std::string encode_unsealed(const AuditEntry& entry) {
  Writer out;
  out.u8(kAuditEntryVersion);
  out.u64(entry.sequence);
  out.i64(us_of(entry.at));
  out.i64(us_of(entry.until));
  out.u32(entry.count);
  out.u32(entry.status);
  out.u64(entry.begun);
  for (const auto* text : {&entry.actor, &entry.act, &entry.target, &entry.peer, &entry.why}) {
    out.text(std::string_view(*text).substr(0, kMaxAuditText));
  }
  put_bytes(out, entry.body);
  put_bytes(out, entry.before);
  out.u64(entry.key);
  return std::move(out).take();
}

std::string encode(const AuditEntry& entry) {
  Writer out;
  out.raw(encode_unsealed(entry));
  put_bytes(out, entry.mac);
  return std::move(out).take();
}

Result<AuditEntry> decode_audit_entry(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kAuditEntryVersion) {
    return unsupported("wanted format 1 of an audit entry, found " + std::to_string(version) +
                       ": written by a newer version?");
  }
  AuditEntry out;
  out.sequence = in.u64();
  out.at = time_from_us(in.i64());
  out.until = time_from_us(in.i64());
  out.count = in.u32();
  out.status = in.u32();
  out.begun = in.u64();
  for (auto* text : {&out.actor, &out.act, &out.target, &out.peer, &out.why}) *text = in.text();
  take_bytes(in, out.body);
  take_bytes(in, out.before);
  out.key = in.u64();
  take_bytes(in, out.mac);
  const bool short_texts = std::max({out.actor.size(), out.act.size(), out.target.size(),
                                     out.peer.size(), out.why.size()}) <= kMaxAuditText;
  if (!in.done() || !short_texts) {
    return corrupt("audit entry: the fields do not fit the length");
  }
  return out;
}

}  // namespace tenon
