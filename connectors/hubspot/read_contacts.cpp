// read_contacts: what HubSpot has under e-mail addresses.
#include <map>

#include "search.hpp"

namespace hubspot {

Next read_contacts(const Call& call, ReadbackStep& step) {
  std::map<std::string, std::vector<std::uint32_t>> wanted;  // lower-case address -> keys
  for (const Record record : call.records()) {
    const auto body = read_json(record.body());
    const std::string email = body ? email_key(text_of(*body, "email")) : std::string();
    if (!email.empty()) wanted[email].push_back(record.index());
  }
  if (wanted.size() > kMaxFound) {
    throw bad_input("records: wanted at most " + std::to_string(kMaxFound) + " addresses, found " +
                    std::to_string(wanted.size()));
  }
  if (wanted.empty()) return step.done();  // a key without an address stays unknown
  if (call.step() == 0) {
    Filter filter{"email", "IN", {}, {}};
    for (const auto& [email, keys] : wanted) filter.values.push_back(email);
    step.send(search_request({filter}, "", canonical_properties()));
    return step.suspend();
  }
  const SearchPage page = read_search(call.only_response(), call.now_ms(), step);
  for (const FoundContact& contact : page.contacts) {
    const auto keys = wanted.find(email_key(text_of(contact.properties, "email")));
    if (keys == wanted.end()) continue;
    const std::string record = write_json(canonical_traits(contact.properties));
    for (const std::uint32_t index : keys->second) step.found(index, record, contact.id);
    wanted.erase(keys);
  }
  if (!page.whole) return step.done();  // the others may stand on a further page
  for (const auto& [email, keys] : wanted) {
    for (const std::uint32_t index : keys) step.absent(index);
  }
  return step.done();
}

}  // namespace hubspot
