// search: POST /crm/v3/objects/contacts/search, shared by pull, read-back and fill_contact.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hubspot.hpp"

namespace hubspot {

// One test of a search; `values` of IN, `value` of the others.
struct Filter {
  std::string property, op, value;
  std::vector<std::string> values;
};

// All filters hold. `sort`: a property, ascending; "" = any order. A read, in the bucket of
// searches, which HubSpot limits on their own.
Request search_request(const std::vector<Filter>& filters, const std::string& sort,
                       const std::vector<std::string>& properties);

// HubSpot gives no more in one page.
inline constexpr std::size_t kMaxFound = 100;

struct FoundContact {
  std::string id;
  Json properties;               // an object
  std::int64_t modified_ms = 0;  // 0: it does not say
};
struct SearchPage {
  std::vector<FoundContact> contacts;
  bool whole = true;  // no further page
};

// What the reply holds; a Refusal with what was found instead (and hints) if it is none.
SearchPage read_search(const Response& response, std::int64_t now_ms, AnyStep& step);

// "2026-01-31T00:00:00Z", with up to nine decimals, as Unix milliseconds.
std::optional<std::int64_t> time_ms(std::string_view text);

}  // namespace hubspot
