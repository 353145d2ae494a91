// Pages as bytes.
#include "event/pulled.hpp"

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kPulledVersion = 1;

Result<void> check_version(std::uint8_t version) {
  if (version == kPulledVersion) return {};
  return unsupported("wanted pulled format 1, found " + std::to_string(version));
}

}  // namespace

std::string encode(const PulledPage& page) {
  Writer out;
  out.u8(kPulledVersion);
  for (const auto* text : {&page.pull, &page.destination, &page.stream, &page.release, &page.source,
                           &page.before, &page.cursor}) {
    out.text(*text);
  }
  out.u8(page.more ? 1 : 0);
  out.u32(static_cast<std::uint32_t>(page.ends.size()));
  for (const Offset end : page.ends) out.u64(end.value);
  out.u32(static_cast<std::uint32_t>(page.records.size()));
  for (const auto& record : page.records) {
    out.text(record.id);
    out.text(record.type);
    out.text(record.body);
    out.i64(record.event_ms);
  }
  return std::move(out).take();
}

std::string encode(const PulledEntered& entered) {
  Writer out;
  out.u8(kPulledVersion);
  for (const auto* text : {&entered.pull, &entered.destination, &entered.stream}) out.text(*text);
  out.u64(entered.page.value);
  out.u32(entered.events);
  out.u32(entered.rejected);
  return std::move(out).take();
}

Result<PulledPage> decode_pulled_page(std::string_view body) {
  Reader in(body);
  TENON_TRY(check_version(in.u8()));
  PulledPage page;
  for (auto* text : {&page.pull, &page.destination, &page.stream, &page.release, &page.source,
                     &page.before, &page.cursor}) {
    *text = in.text();
  }
  page.more = in.u8() != 0;
  const std::uint32_t ends = in.count(8);
  for (std::uint32_t i = 0; i < ends; ++i) page.ends.push_back(Offset{in.u64()});
  const std::uint32_t count = in.count(20);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    PulledRecord record;
    record.id = in.text();
    record.type = in.text();
    record.body = in.text();
    record.event_ms = in.i64();
    page.records.push_back(std::move(record));
  }
  if (!in.done()) return corrupt("pulled page: its fields do not fit its length");
  return page;
}

Result<PulledEntered> decode_pulled_entered(std::string_view body) {
  Reader in(body);
  TENON_TRY(check_version(in.u8()));
  PulledEntered entered;
  for (auto* text : {&entered.pull, &entered.destination, &entered.stream}) *text = in.text();
  entered.page = Offset{in.u64()};
  entered.events = in.u32();
  entered.rejected = in.u32();
  if (!in.done()) return corrupt("pulled mark: its fields do not fit its length");
  return entered;
}

}  // namespace tenon
