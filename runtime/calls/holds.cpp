// Acting on hints. They are news from outside: bounded, and names the manifest lacks are left out.
#include "calls/holds.hpp"

#include <algorithm>
#include <utility>

#include "egress/buckets.hpp"

namespace tenon {
namespace {

Time told(std::int64_t until_ms, Time now) {
  // Far-away and negative numbers must not overflow on their way to microseconds.
  const std::int64_t latest = ms_of(now + kMaxHold);
  return time_from_us(std::clamp<std::int64_t>(until_ms, 0, latest) * 1'000);
}

HintKind kind_of(const Hint& hint) {
  return hint.kind <= static_cast<std::uint32_t>(HintKind::vendor_down)
             ? static_cast<HintKind>(hint.kind)
             : HintKind::none;
}

std::string known_name(const Hint& hint, HintKind kind, const Manifest& manifest) {
  if (kind == HintKind::auth_rejected && manifest.slot(hint.name) != nullptr) {
    return "slot " + hint.name;
  }
  if (kind == HintKind::vendor_down && manifest.endpoint(hint.name) != nullptr) {
    return "endpoint " + hint.name;
  }
  return {};
}

}  // namespace

HintKind graver(HintKind a, HintKind b) {
  const auto weight = [](HintKind kind) {
    return kind == HintKind::auth_rejected ? static_cast<int>(HintKind::vendor_down) + 1
                                           : static_cast<int>(kind);
  };
  return weight(a) < weight(b) ? b : a;
}

std::string_view name_of(HintKind kind) {
  switch (kind) {
    case HintKind::throttled: return "throttled";
    case HintKind::auth_rejected: return "auth_rejected";
    case HintKind::vendor_down: return "vendor_down";
    case HintKind::none: break;
  }
  return "none";
}

std::string Hold::text() const {
  std::string out(name_of(kind));
  if (!what.empty()) out += " (" + what + ")";
  return out + (kind == HintKind::auth_rejected ? ": the vendor refuses the credential"
                                                : ": nothing works at the vendor at present");
}

Contact contact_of(Contact before, const HttpReply& reply) {
  Contact now = Contact::none;
  switch (reply.got) {
    case Got::http:
      now = reply.status >= 500   ? Contact::failing
            : reply.status == 401 ? Contact::refused
                                  : Contact::served;
      break;
    case Got::timeout:
    case Got::no_connection:
    case Got::lost: now = Contact::failing; break;
    case Got::blocked: now = Contact::blocked; break;
    case Got::none: break;
  }
  return std::max(before, now);
}

Hold next_hold(const std::optional<Hold>& before, HintKind kind, std::string what,
               std::int64_t until_ms, Time now) {
  Hold hold;
  hold.kind = kind;
  hold.what = std::move(what);
  hold.times = before ? before->times : 0;
  hold.since = before ? before->since : now;
  if (before && now < before->until) {
    hold.until = std::max(before->until, told(until_ms, now));
    return hold;
  }
  ++hold.times;
  const bool auth = kind == HintKind::auth_rejected;
  const milliseconds first = auth ? kFirstAuthHold : kFirstDownHold;
  const milliseconds most = auth ? kMaxAuthHold : kMaxDownHold;
  milliseconds wait = first;
  for (std::uint32_t i = 1; i < hold.times && wait < most; ++i) wait *= 2;
  const Time asked = told(until_ms, now);
  hold.until = asked > now ? asked : now + std::min(wait, most);
  return hold;
}

Time throttled_until(std::int64_t until_ms, Time now) {
  const Time asked = told(until_ms, now);
  return asked > now ? asked : now + kUnsaidThrottle;
}

HintKind Holds::take(const CallTarget& target, const std::vector<Hint>& hints) {
  const Time now = clock_.now();
  const Manifest& manifest = target.manifest;
  const std::string& name = target.destination->name.value;
  HintKind gravest = HintKind::none;
  for (const auto& hint : hints) {
    const HintKind kind = kind_of(hint);
    if (kind == HintKind::none) continue;
    gravest = graver(gravest, kind);
    telemetry_.count("vendor_hints", {{"destination", name}, {"kind", name_of(kind)}});
    if (kind == HintKind::throttled) {
      // A bucket that is not declared is the connector's invention: hold the one that is charged.
      const bool known = !rows_of(manifest, hint.name).empty();
      const std::string bucket = known ? hint.name : std::string();
      const auto account = account_of(manifest, *target.destination, *target.settings);
      // Which endpoint it was the hint does not say: then the account's bucket waits.
      const auto buckets = buckets_of(manifest, account, bucket, "");
      const std::string& key = blamed(buckets);
      limiter_.block(key.ends_with('@') ? buckets.front().key : key,
                     throttled_until(hint.until_ms, now));
      continue;
    }
    hold(name, kind, known_name(hint, kind, manifest), hint.until_ms);
  }
  return gravest;
}

void Holds::hold(const std::string& destination, HintKind kind, std::string what,
                 std::int64_t until_ms) {
  auto& all = holds_[destination];
  const auto same = all.find(kind);
  const auto before = same == all.end() ? std::nullopt : std::optional(same->second);
  Hold next = next_hold(before, kind, std::move(what), until_ms, clock_.now());
  if (!before || before->times != next.times) {
    telemetry_.log(LogLevel::warning, "destination.held",
                   {{"destination", destination}, {"why", next.text()}});
  }
  all[kind] = std::move(next);
}

HintKind Holds::met(const Destination& destination, Contact contact, bool whole,
                    const std::string& text) {
  const std::string& name = destination.name.value;
  if (contact == Contact::none) return HintKind::none;
  Row& row = rows_[name];
  if (contact == Contact::blocked) {
    ++row.blocked.calls;
    row.blocked.text = text;
    return HintKind::none;
  }
  row.blocked = Blocked();
  if (contact == Contact::served) {
    row = Row();
    if (whole) lift(name);
    return HintKind::none;
  }
  const bool refused = contact == Contact::refused;
  const std::uint32_t count = refused ? ++row.refused : ++row.failing;
  (refused ? row.failing : row.refused) = 0;
  // Behind a hold each call is a probe, and one is enough to know that nothing has changed.
  const bool held = holds_.contains(name);
  if (count < kBreakerAfter && !held) return HintKind::none;
  if (refused) {
    hold(name, HintKind::auth_rejected, "401 to " + std::to_string(count) + " calls in a row", 0);
    return HintKind::auth_rejected;
  }
  if (count == kBreakerAfter) {
    telemetry_.count("circuit_breaker_opened", {{"destination", name}});
  }
  hold(name, HintKind::vendor_down,
       "circuit breaker: " + std::to_string(count) + " calls failed in a row", 0);
  return HintKind::vendor_down;
}

Holds::Blocked Holds::blocked(const std::string& destination) const {
  const auto at = rows_.find(destination);
  return at == rows_.end() ? Blocked() : at->second.blocked;
}

void Holds::lift(const std::string& destination) {
  rows_.erase(destination);
  if (holds_.erase(destination) == 0) return;
  telemetry_.log(LogLevel::info, "destination.held_no_more", {{"destination", destination}});
  if (on_lift_) on_lift_(destination);
}

void Holds::lift_all() {
  rows_.clear();
  const auto lifted = std::exchange(holds_, {});
  for (const auto& [destination, all] : lifted) {
    if (on_lift_) on_lift_(destination);
  }
}

std::optional<Hold> Holds::of(const std::string& destination) const {
  std::optional<Hold> longest;
  const auto at = holds_.find(destination);
  if (at == holds_.end()) return longest;
  for (const auto& [kind, hold] : at->second) {
    if (!longest || hold.until > longest->until) longest = hold;
  }
  return longest;
}

std::optional<Time> Holds::held_until(const std::string& destination) const {
  const auto hold = of(destination);
  if (!hold || hold->until <= clock_.now()) return std::nullopt;
  return hold->until;
}

}  // namespace tenon
