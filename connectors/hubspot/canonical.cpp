// canonical: a contact of HubSpot in the words of the platform.
#include "search.hpp"

namespace hubspot {
namespace {

struct Name {
  const char* property;
  const char* trait;
};
constexpr Name kNames[] = {{"email", "email"},       {"firstname", "firstName"},
                           {"lastname", "lastName"}, {"phone", "phone"},
                           {"jobtitle", "title"},    {"lifecyclestage", "lifecyclestage"}};

}  // namespace

std::vector<std::string> canonical_properties() {
  std::vector<std::string> names;
  for (const Name& name : kNames) names.emplace_back(name.property);
  names.insert(names.end(), {"company", "createdate", "lastmodifieddate", "hs_object_id"});
  return names;
}

OrderedJson canonical_traits(const Json& properties) {
  OrderedJson traits = OrderedJson::object();
  for (const Name& name : kNames) {
    const std::string value = text_of(properties, name.property);
    if (!value.empty()) traits[name.trait] = value;
  }
  const std::string company = text_of(properties, "company");
  if (!company.empty()) traits["company"]["name"] = company;
  const std::string created = text_of(properties, "createdate");
  if (!created.empty()) traits["createdAt"] = created;
  return traits;
}

}  // namespace hubspot
