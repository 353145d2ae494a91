// vendor_error: HubSpot's own words about an error, fit to be shown to people.
#include <algorithm>

#include "hubspot.hpp"

namespace hubspot {
namespace {

constexpr std::size_t kMaxMessage = 300;  // bytes
constexpr std::size_t kMinSecretive = 3;  // shorter values would blank out common letters

void replace_all(std::string& text, const std::string& from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Longest first, so that no rest of a longer value stays behind a shorter one inside it.
std::vector<std::string> values_of(const Contact& contact) {
  std::vector<std::string> values{contact.email, contact.key};
  for (const auto& [name, value] : JsonView(contact.properties).members()) {
    values.push_back(value.text());
  }
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return values;
}

void cut(std::string& text) {
  if (text.size() <= kMaxMessage) return;
  std::size_t end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
}

}  // namespace

VendorError vendor_error(const Json& error, const Contact* contact) {
  VendorError said;
  said.category = text_of(error, "category");
  said.message = text_of(error, "message");
  if (contact != nullptr) {
    for (const std::string& value : values_of(*contact)) {
      if (value.size() >= kMinSecretive) replace_all(said.message, value, "[value]");
    }
  }
  cut(said.category);
  cut(said.message);
  return said;
}

}  // namespace hubspot
