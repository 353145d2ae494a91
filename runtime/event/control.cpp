// Control and lease records as bytes.
#include "event/control.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kLeaseVersion = 1;
// Of control records: in 1 a redrive knows no replay.
constexpr std::uint8_t kControlVersion = 2;

struct Put {
  Writer& out;
  void operator()(const std::monostate&) const {}
  void operator()(const ConfigApplied& c) const {
    out.text(c.workspace);
    out.text(c.content);
    out.text(c.digest);
    out.text(c.actor);
  }
  void operator()(const DestinationPaused& c) const {
    out.text(c.destination);
    out.text(c.reason);
    out.text(c.actor);
  }
  void operator()(const DestinationResumed& c) const {
    out.text(c.destination);
    out.text(c.actor);
  }
  void operator()(const DestinationSkipped& c) const {
    out.text(c.destination);
    out.text(c.reason);
    out.text(c.actor);
  }
  void operator()(const Redriven& c) const {
    put(out, c.delivery);
    out.text(c.destination);
    out.text(c.actor);
  }
  void operator()(const RejectedReentered& c) const {
    out.u64(c.rejected.value);
    write(out, c.reentered_as);
    out.text(c.actor);
  }
  void operator()(const RerunStarted& c) const { put(out, c); }
  void operator()(const RerunMoved& c) const { put(out, c); }
  void operator()(const LetterClosed& c) const { put(out, c); }
};

Redriven take_redriven(Reader& in, std::uint8_t version) {
  Redriven c;
  c.delivery = take_delivery_ref(in, version >= 2);
  c.destination = in.text();
  c.actor = in.text();
  return c;
}

}  // namespace

ControlType type_of(const Control& control) { return static_cast<ControlType>(control.index()); }

std::string encode(const Control& control) {
  Writer out;
  out.u8(kControlVersion);
  std::visit(Put{out}, control);
  return std::move(out).take();
}

Result<Control> decode_control(std::uint16_t type, std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kControlVersion) {
    return unsupported("wanted control format 1 or 2, found " + std::to_string(version));
  }
  Control control;
  const auto text = [&in] { return std::string(in.text()); };
  switch (static_cast<ControlType>(type)) {
    case ControlType::config_applied: {
      ConfigApplied c;
      c.workspace = text();
      c.content = text();
      c.digest = text();
      c.actor = text();
      control = std::move(c);
      break;
    }
    case ControlType::destination_paused: {
      DestinationPaused c;
      c.destination = text();
      c.reason = text();
      c.actor = text();
      control = std::move(c);
      break;
    }
    case ControlType::destination_resumed: {
      DestinationResumed c;
      c.destination = text();
      c.actor = text();
      control = std::move(c);
      break;
    }
    case ControlType::destination_skipped: {
      DestinationSkipped c;
      c.destination = text();
      c.reason = text();
      c.actor = text();
      control = std::move(c);
      break;
    }
    case ControlType::redriven: control = take_redriven(in, version); break;
    case ControlType::rejected_reentered: {
      RejectedReentered c;
      c.rejected = Offset{in.u64()};
      c.reentered_as = read_event_id(in);
      c.actor = text();
      control = std::move(c);
      break;
    }
    case ControlType::rerun_started: control = take_rerun_started(in); break;
    case ControlType::rerun_moved: control = take_rerun_moved(in); break;
    case ControlType::letter_closed: control = take_letter_closed(in); break;
    default:
      return unsupported("control record of type " + std::to_string(type) +
                         ": written by a newer version? this one knows 1 to 9");
  }
  if (!in.done()) return corrupt("control record: its fields do not fit its length");
  return control;
}

std::string encode(const Lease& lease) {
  Writer out;
  out.u8(kLeaseVersion);
  out.text(lease.bucket);
  out.u32(lease.tokens);
  out.i64(us_of(lease.granted));
  out.i64(us_of(lease.expires));
  return std::move(out).take();
}

Result<Lease> decode_lease(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kLeaseVersion) {
    return unsupported("wanted lease format 1, found " + std::to_string(version));
  }
  Lease lease;
  lease.bucket = in.text();
  lease.tokens = in.u32();
  lease.granted = time_from_us(in.i64());
  lease.expires = time_from_us(in.i64());
  if (!in.done()) return corrupt("lease: its fields do not fit its length");
  return lease;
}

ConfigVersion config_version_of(std::string_view digest_hex) {
  std::uint64_t value = 0;
  for (const char c : digest_hex.substr(0, 16)) {
    value = (value << 4) | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return ConfigVersion{value};
}

}  // namespace tenon
