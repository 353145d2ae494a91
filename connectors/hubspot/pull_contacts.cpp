// pull_contacts: contacts in the order in which they were changed, page by page, none left out.
//
// Pages are asked for by the time of the change, never by HubSpot's own paging: that counts places,
// and a contact that changes meanwhile moves away and lets another slip through. The cursor is the
// time up to which all is taken, and while many contacts share one time (an import), also the id up
// to which those are:
//   "t:1767225600000"        all that changed up to then is taken
//   "i:1767225600000:1001"   of those that changed at that moment, the ids up to 1001 are taken
// An RFC 3339 time is a cursor, too: where a workspace says to start. Changes of the last moments
// wait for the next pull: HubSpot's search shows them late.
#include <charconv>

#include "search.hpp"

namespace hubspot {
namespace {

struct Cursor {
  std::int64_t at_ms = 0;
  std::int64_t id = -1;  // not negative: among the ids of one moment

  std::string text() const {
    const std::string at = std::to_string(at_ms);
    return id < 0 ? "t:" + at : "i:" + at + ":" + std::to_string(id);
  }
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

Cursor read_cursor(std::string_view text) {
  if (text.empty()) return Cursor();
  if (const auto start = time_ms(text)) return Cursor{std::max<std::int64_t>(0, *start - 1), -1};
  const std::string_view rest = text.size() > 2 ? text.substr(2) : std::string_view();
  const auto colon = rest.find(':');
  const auto at = number(rest.substr(0, colon));
  if (text.starts_with("t:") && at && colon == std::string_view::npos) return Cursor{*at, -1};
  if (text.starts_with("i:") && at && colon != std::string_view::npos) {
    if (const auto id = number(rest.substr(colon + 1))) return Cursor{*at, *id};
  }
  throw bad_input("cursor: wanted one of this connector or an RFC 3339 time, found another text");
}

void emit(const FoundContact& contact, PullStep& step) {
  OrderedJson body;
  body["anonymousId"] = "hubspot-" + contact.id;
  body["traits"] = canonical_traits(contact.properties);
  body["context"]["hubspot"]["id"] = contact.id;
  const std::string text = write_json(body);
  const std::string id = contact.id + "-" + std::to_string(contact.modified_ms);
  Emit record;
  record.id = id;
  record.type = "identify";
  record.body = text;
  record.event_ms = contact.modified_ms;
  step.emit(record);
}

std::int64_t id_of(const FoundContact& contact) {
  const auto id = number(contact.id);
  if (!id) throw Refusal(TENON_E_RESPONSE, "HubSpot: wanted a number as id of a contact");
  return *id;
}

// The contacts of one moment, by id.
void take_moment(const SearchPage& page, Cursor cursor, PullStep& step) {
  for (const FoundContact& contact : page.contacts) {
    if (id_of(contact) <= cursor.id) {
      throw Refusal(TENON_E_RESPONSE, "HubSpot: the results of the search are not in order");
    }
    cursor.id = id_of(contact);
    emit(contact, step);
  }
  if (page.whole && page.contacts.size() < kMaxFound) cursor.id = -1;
  step.checkpoint(cursor.text(), Page::more);
}

// What changed after the cursor, by time. Of a full page the last moment may be cut in two, so it
// is left to the next page; if the page holds nothing else, its contacts are taken by id.
void take_later(const SearchPage& page, Cursor cursor, PullStep& step) {
  const bool full = !page.whole || page.contacts.size() >= kMaxFound;
  if (page.contacts.empty()) return step.checkpoint(cursor.text(), Page::last);
  std::int64_t last = cursor.at_ms;
  for (const FoundContact& contact : page.contacts) {
    if (contact.modified_ms < last || contact.modified_ms <= cursor.at_ms) {
      throw Refusal(TENON_E_RESPONSE, "HubSpot: the results of the search are not in order");
    }
    last = contact.modified_ms;
  }
  if (full && page.contacts.front().modified_ms == last) {
    return step.checkpoint(Cursor{last, 0}.text(), Page::more);
  }
  std::int64_t taken = cursor.at_ms;
  for (const FoundContact& contact : page.contacts) {
    if (full && contact.modified_ms == last) break;
    emit(contact, step);
    taken = contact.modified_ms;
  }
  step.checkpoint(Cursor{taken, -1}.text(), full ? Page::more : Page::last);
}

}  // namespace

Next pull_contacts(const Call& call, std::int64_t settle_ms, PullStep& step) {
  const Cursor cursor = read_cursor(call.cursor());
  const std::string at = std::to_string(cursor.at_ms);
  if (call.step() > 0) {
    const SearchPage page = read_search(call.only_response(), call.now_ms(), step);
    cursor.id < 0 ? take_later(page, cursor, step) : take_moment(page, cursor, step);
    return step.done();
  }
  std::vector<Filter> filters;
  if (cursor.id >= 0) {
    filters.push_back({"lastmodifieddate", "EQ", at, {}});
    filters.push_back({"hs_object_id", "GT", std::to_string(cursor.id), {}});
    step.send(search_request(filters, "hs_object_id", canonical_properties()));
  } else {
    const std::int64_t until = call.now_ms() - settle_ms;
    filters.push_back({"lastmodifieddate", "GT", at, {}});
    filters.push_back({"lastmodifieddate", "LTE", std::to_string(until), {}});
    step.send(search_request(filters, "lastmodifieddate", canonical_properties()));
  }
  return step.suspend();
}

}  // namespace hubspot
