// The promise as checks over what was sent and what arrived.
#include "crash/ledger.hpp"

#include <set>

namespace tenon::testing {
namespace {

using nlohmann::json;

// What a pull brought in is known by the address of the contact.
std::string id_of(const json& event) {
  if (!event.is_object()) return {};
  const bool pulled = event.value("source", std::string()) == "crm-changes";
  return pulled && event.contains("traits") ? event["traits"].value("email", std::string())
                                            : event.value("messageId", std::string());
}

bool accepted(const Arrival& arrival) { return arrival.status >= 200 && arrival.status < 300; }

}  // namespace

void Ledger::sent(std::string id, std::string user, Said said) {
  sent_.push_back({std::move(id), std::move(user), said});
}

void Ledger::arrived(const json& journal, int life) {
  for (; seen_ < journal.size(); ++seen_) {
    const json& entry = journal[seen_];
    json body = json::parse(entry["body"].get<std::string>(), nullptr, false);
    if (!body.is_array()) body = json::array({body});
    for (const auto& event : body) {
      Arrival arrival;
      arrival.life = life;
      arrival.path = entry["path"];
      arrival.id = id_of(event);
      arrival.key = entry["headers"].value("webhook-id", std::string());
      arrival.status = entry["status"];
      arrivals_.push_back(std::move(arrival));
    }
  }
}

std::size_t Ledger::acknowledged() const {
  std::size_t count = 0;
  for (const auto& one : sent_) count += one.said == Said::acknowledged ? 1 : 0;
  return count;
}

std::set<std::string> Ledger::delivered(const std::string& path) const {
  std::set<std::string> ids;
  for (const auto& arrival : arrivals_) {
    if (arrival.path == path && accepted(arrival)) ids.insert(arrival.id);
  }
  return ids;
}

std::vector<std::string> Ledger::breaks(const std::string& path,
                                        const std::set<std::string>& dead) const {
  std::vector<std::string> found;
  const auto tell = [&](const std::string& id, const std::string& what) {
    if (found.size() < 20) found.push_back(id + " " + what + " (" + path + ")");
  };
  std::map<std::string, const Sent*> known;
  std::map<std::string, std::size_t> place;
  for (const auto& one : sent_) {
    if (known.emplace(one.id, &one).second) place.emplace(one.id, place.size());
    if (one.said != Said::refused) known[one.id] = &one;
  }
  const auto batch_of = [&](const Arrival& one) {
    std::set<std::string> ids;
    for (const auto& other : arrivals_) {
      if (other.key == one.key && other.life == one.life) ids.insert(other.id);
    }
    return ids;
  };
  const auto text_of = [](const std::set<std::string>& ids) {
    std::string text;
    for (const auto& id : ids) text += (text.empty() ? "" : " ") + id;
    return text;
  };
  const auto got = delivered(path);
  for (const auto& one : sent_) {
    const bool settled = got.contains(one.id) || dead.contains(one.id) || skipped_.contains(one.id);
    if (one.said == Said::acknowledged && !settled) tell(one.id, "was acknowledged and is lost");
  }
  std::map<std::string, const Arrival*> first;
  std::map<std::string, std::pair<std::size_t, std::string>> last_of;  // by user
  for (const auto& arrival : arrivals_) {
    if (arrival.path != path) continue;
    const auto at = known.find(arrival.id);
    if (at == known.end()) {
      tell(arrival.id, "was delivered and never sent");
      continue;
    }
    if (at->second->said == Said::refused) tell(arrival.id, "was refused and delivered");
    const auto [earlier, is_first] = first.emplace(arrival.id, &arrival);
    if (!is_first && accepted(*earlier->second)) {
      // The vendor had said yes. Only a host that died may not have heard it.
      if (earlier->second->life == arrival.life) tell(arrival.id, "was repeated without need");
      if (earlier->second->key != arrival.key) {
        const auto before = batch_of(*earlier->second), now = batch_of(arrival);
        tell(arrival.id, "was repeated under another key: first with " + text_of(before) +
                             ", now with " + text_of(now));
      }
    }
    if (!accepted(arrival)) {
      if (is_first) first.erase(arrival.id);
      continue;
    }
    earlier->second = &arrival;
    if (!is_first || out_of_order_.contains(arrival.id)) continue;
    auto& [before, before_id] = last_of[at->second->user];
    const std::size_t now = place[arrival.id] + 1;
    if (now < before) tell(arrival.id, "came after " + before_id);
    before = now;
    before_id = arrival.id;
  }
  return found;
}

CompletenessCounts sums_of(const json& rows) {
  CompletenessCounts sum;
  for (const auto& row : rows) {
    if (row["source"] == kNotices) continue;
    const auto add = [&](std::uint64_t& to, const char* name) { to += row.value(name, 0u); };
    const json reasons = row.value("filtered_by", json::object());
    for (const auto& [reason, count] : reasons.items()) {
      sum.filtered_by[reason] += count.get<std::uint64_t>();
    }
    add(sum.received, "received");
    add(sum.duplicate, "duplicate");
    add(sum.no_route, "no_route");
    add(sum.invalid, "invalid");
    add(sum.undecided, "undecided");
    add(sum.routed, "routed");
    add(sum.rejected, "rejected");
    for (const auto& [to, name] : std::initializer_list<std::pair<std::uint64_t*, const char*>>{
             {&sum.filtered, "filtered"},
             {&sum.skipped, "skipped"},
             {&sum.delivered, "delivered"},
             {&sum.pending, "pending"},
             {&sum.parked, "parked"},
             {&sum.dead, "dead"},
             {&sum.ambiguous, "ambiguous"}}) {
      add(*to, name);
      sum.decided += row.value(name, 0u);
    }
  }
  return sum;
}

std::string text_of(const CompletenessCounts& c) {
  return json({{"received", c.received},
               {"duplicate", c.duplicate},
               {"no_route", c.no_route},
               {"invalid", c.invalid},
               {"undecided", c.undecided},
               {"routed", c.routed},
               {"decided", c.decided},
               {"filtered", c.filtered},
               {"skipped", c.skipped},
               {"delivered", c.delivered},
               {"pending", c.pending},
               {"parked", c.parked},
               {"dead", c.dead},
               {"ambiguous", c.ambiguous},
               {"rejected", c.rejected},
               {"broken", c.broken}})
      .dump();
}

}  // namespace tenon::testing
