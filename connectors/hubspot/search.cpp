// The body of a search, and its reply.
#include "search.hpp"

#include <charconv>
#include <chrono>

namespace hubspot {
namespace {

// `count` digits at `at`; nothing if there is anything else.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::string body_of(const std::vector<Filter>& filters, const std::string& sort,
                    const std::vector<std::string>& properties) {
  OrderedJson all = OrderedJson::array();
  for (const Filter& filter : filters) {
    OrderedJson one;
    one["propertyName"] = filter.property;
    one["operator"] = filter.op;
    if (filter.op == "IN") {
      one["values"] = filter.values;
    } else {
      one["value"] = filter.value;
    }
    all.push_back(std::move(one));
  }
  OrderedJson group, body;
  group["filters"] = std::move(all);
  body["filterGroups"] = OrderedJson::array({std::move(group)});
  if (!sort.empty()) body["sorts"] = OrderedJson::array({sort});
  body["properties"] = properties;
  body["limit"] = kMaxFound;
  return write_json(body);
}

}  // namespace

Request search_request(const std::vector<Filter>& filters, const std::string& sort,
                       const std::vector<std::string>& properties) {
  Request request = Request::post("api", "/crm/v3/objects/contacts/search");
  request.header("accept", "application/json").json(body_of(filters, sort, properties));
  request.read_only().bucket("search");
  return request;
}

std::optional<std::int64_t> time_ms(std::string_view text) {
  using namespace std::chrono;
  const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  std::string_view rest = text.substr(19);
  int millis = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int scale = 100;
    std::size_t count = 0;
    for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count) {
      millis += (rest[count] - '0') * scale;
      scale /= 10;
    }
    if (count == 0 || count > 9) return std::nullopt;
    rest.remove_prefix(count);
  }
  if (rest != "Z") return std::nullopt;
  const auto at = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + milliseconds{millis};
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

SearchPage read_search(const Response& response, std::int64_t now_ms, AnyStep& step) {
  give_hints(response, now_ms, step, "search");
  if (!response.answered()) throw Refusal(TENON_E_RESPONSE, unanswered(response).detail);
  const auto body = response.cut() ? std::nullopt : read_json(response.body());
  const Json* results = body ? member(*body, "results") : nullptr;
  if (!response.ok() || results == nullptr || !results->is_array()) {
    const VendorError said = body ? vendor_error(*body, nullptr) : VendorError();
    throw Refusal(TENON_E_RESPONSE, "HubSpot: wanted the results of a search, found HTTP " +
                                        std::to_string(response.status()) +
                                        (said.category.empty() ? "" : " " + said.category));
  }
  SearchPage page;
  for (const Json& result : *results) {
    FoundContact contact;
    contact.id = text_of(result, "id");
    const Json* properties = member(result, "properties");
    if (contact.id.empty() || properties == nullptr || !properties->is_object()) {
      throw Refusal(TENON_E_RESPONSE, "HubSpot: a result of the search without id or properties");
    }
    contact.properties = *properties;
    const std::string modified = text_of(*properties, "lastmodifieddate");
    contact.modified_ms = time_ms(modified).value_or(0);
    page.contacts.push_back(std::move(contact));
  }
  const Json* paging = member(*body, "paging");
  page.whole = paging == nullptr || member(*paging, "next") == nullptr;
  return page;
}

}  // namespace hubspot
