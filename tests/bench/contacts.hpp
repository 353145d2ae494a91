// Contacts: mapped records as a route gives them to HubSpot's upsert.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

// All different; eight fields, of which two are not text, one holds an escape and one is not ASCII.
inline std::vector<std::string> contact_records(std::size_t count) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    records.push_back(R"({"email":"person.)" + n +
                      R"(@customers.example","firstname":"Zoë","lastname":"Number )" + n +
                      R"(","phone":"+49301234)" + n +
                      R"(","company":"Example \"North\" Ltd","city":"Berlin",)" +
                      R"("lifecyclestage":"customer","visits":)" + n + R"(,"newsletter":true})");
  }
  return records;
}

}  // namespace bench
