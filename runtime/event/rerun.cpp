// Records of reruns as bytes.
#include "event/rerun.hpp"

#include "base/codec.hpp"

namespace tenon {

std::string_view name_of(RerunKind kind) {
  switch (kind) {
    case RerunKind::none: return "none";
    case RerunKind::replay: return "replay";
    case RerunKind::redrive: return "redrive";
  }
  return "none";
}

std::string_view name_of(RerunFate fate) {
  switch (fate) {
    case RerunFate::none: return "running";
    case RerunFate::done: return "done";
    case RerunFate::cancelled: return "cancelled";
    case RerunFate::failed: return "failed";
  }
  return "running";
}

void put(Writer& out, const RerunStarted& started) {
  out.u64(started.id.value);
  out.u8(static_cast<std::uint8_t>(started.kind));
  out.text(started.destination);
  out.text(started.actor);
  out.u32(started.rate);
  out.i64(us_of(started.from));
  out.i64(us_of(started.to));
  out.text(started.source);
  out.text(started.where);
  out.u8(started.accept_duplicates ? 1 : 0);
  out.u8(started.letter_state);
  out.text(started.action);
  out.text(started.reason);
  out.text(started.vendor_code);
  out.u32(started.http_status);
}

RerunStarted take_rerun_started(Reader& in) {
  RerunStarted started;
  started.id = RerunId{in.u64()};
  started.kind = static_cast<RerunKind>(in.u8());
  started.destination = in.text();
  started.actor = in.text();
  started.rate = in.u32();
  started.from = time_from_us(in.i64());
  started.to = time_from_us(in.i64());
  started.source = in.text();
  started.where = in.text();
  started.accept_duplicates = in.u8() != 0;
  started.letter_state = in.u8();
  started.action = in.text();
  started.reason = in.text();
  started.vendor_code = in.text();
  started.http_status = in.u32();
  return started;
}

void put(Writer& out, const RerunMoved& moved) {
  out.u64(moved.id.value);
  out.text(moved.destination);
  out.u64(moved.decision.value);
  out.u32(moved.events);
  out.u64(moved.looked);
  out.u64(moved.left_alone);
  out.u32(static_cast<std::uint32_t>(moved.items.size()));
  for (const auto& item : moved.items) {
    put(out, item.delivery);
    out.text(item.action);
    out.u8(item.letter ? 1 : 0);
  }
  out.u8(static_cast<std::uint8_t>(moved.fate));
  out.text(moved.actor);
  out.text(moved.reason);
}

RerunMoved take_rerun_moved(Reader& in) {
  RerunMoved moved;
  moved.id = RerunId{in.u64()};
  moved.destination = in.text();
  moved.decision = Offset{in.u64()};
  moved.events = in.u32();
  moved.looked = in.u64();
  moved.left_alone = in.u64();
  const std::uint32_t count = in.count(75);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    RerunItem item;
    item.delivery = take_delivery_ref(in, true);
    item.action = in.text();
    item.letter = in.u8() != 0;
    moved.items.push_back(std::move(item));
  }
  moved.fate = static_cast<RerunFate>(in.u8());
  moved.actor = in.text();
  moved.reason = in.text();
  return moved;
}

void put(Writer& out, const LetterClosed& closed) {
  put(out, closed.delivery);
  out.text(closed.destination);
  out.text(closed.actor);
  out.u8(static_cast<std::uint8_t>(closed.end));
  write(out, closed.replaced_by);
}

LetterClosed take_letter_closed(Reader& in) {
  LetterClosed closed;
  closed.delivery = take_delivery_ref(in, true);
  closed.destination = in.text();
  closed.actor = in.text();
  closed.end = static_cast<LetterEnd>(in.u8());
  closed.replaced_by = read_event_id(in);
  return closed;
}

}  // namespace tenon
