// Decision as bytes: names are written once per record and referred to by number.
#include "event/decision.hpp"

#include <map>
#include <optional>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kDecisionVersion = 1;

class Names {
 public:
  std::uint16_t number_of(const std::string& name) {
    const auto [at, fresh] = numbers_.try_emplace(name, static_cast<std::uint16_t>(list_.size()));
    if (fresh) list_.push_back(name);
    return at->second;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::map<std::string, std::uint16_t> numbers_;
  std::vector<std::string> list_;
};

// All of it, or what is for `only`.
Result<Decision> decode(std::string_view bytes, std::optional<std::string_view> only) {
  Reader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kDecisionVersion) {
    return unsupported("wanted decision format 1, found " + std::to_string(version));
  }
  Decision decision;
  decision.from = Offset{in.u64()};
  decision.to = Offset{in.u64()};
  decision.consent_enforced = in.u8() != 0;
  std::vector<std::string_view> names;
  std::optional<std::uint16_t> only_number;
  const std::uint16_t name_count = in.u16();
  for (std::uint16_t i = 0; i < name_count && in.ok(); ++i) {
    names.push_back(in.text());
    if (only && names.back() == *only) only_number = i;
  }
  if (only && in.ok() && !only_number) return decision;
  bool names_fit = true;
  const auto name = [&](std::uint16_t number) -> std::string {
    if (number < names.size()) return std::string(names[number]);
    names_fit = false;
    return {};
  };
  const std::uint32_t count = in.count(47);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    DecidedEvent event;
    event.offset = Offset{in.u64()};
    event.index = in.u16();
    event.key = KeyHash{in.u64()};
    event.source = NameHash{in.u64()};
    event.received = time_from_us(in.i64());
    event.fate = static_cast<EventFate>(in.u8());
    event.first = Offset{in.u64()};
    event.reason = name(in.u16());
    const std::uint16_t deliveries = in.u16();
    for (std::uint16_t d = 0; d < deliveries && in.ok(); ++d) {
      const std::uint16_t route = in.u16(), destination = in.u16(), action = in.u16();
      const auto fate = static_cast<DeliveryFate>(in.u8());
      const std::uint16_t reason = in.u16();
      if (only && destination != *only_number) continue;
      event.deliveries.push_back(
          {name(route), name(destination), name(action), fate, name(reason)});
    }
    if (only && event.deliveries.empty()) continue;
    decision.events.push_back(std::move(event));
  }
  if (!in.done() || !names_fit) return corrupt("decision: its fields do not fit its length");
  return decision;
}

}  // namespace

std::string encode(const Decision& decision) {
  Names names;
  Writer body;
  for (const auto& event : decision.events) {
    body.u64(event.offset.value);
    body.u16(event.index);
    body.u64(event.key.value);
    body.u64(event.source.value);
    body.i64(us_of(event.received));
    body.u8(static_cast<std::uint8_t>(event.fate));
    body.u64(event.first.value);
    body.u16(names.number_of(event.reason));
    body.u16(static_cast<std::uint16_t>(event.deliveries.size()));
    for (const auto& delivery : event.deliveries) {
      body.u16(names.number_of(delivery.route));
      body.u16(names.number_of(delivery.destination));
      body.u16(names.number_of(delivery.action));
      body.u8(static_cast<std::uint8_t>(delivery.fate));
      body.u16(names.number_of(delivery.reason));
    }
  }
  Writer out;
  out.u8(kDecisionVersion);
  out.u64(decision.from.value);
  out.u64(decision.to.value);
  out.u8(decision.consent_enforced ? 1 : 0);
  out.u16(static_cast<std::uint16_t>(names.list().size()));
  for (const auto& name : names.list()) out.text(name);
  out.u32(static_cast<std::uint32_t>(decision.events.size()));
  out.raw(body.view());
  return std::move(out).take();
}

Result<Decision> decode_decision(std::string_view body) { return decode(body, std::nullopt); }

Result<Decision> decode_decision_for(std::string_view destination, std::string_view body) {
  return decode(body, destination);
}

}  // namespace tenon
