// Scopes: "verb:resource", what a token of the admin API may do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tenon {

// "read:events", "write:vault", ...; "*" in place of the resource is all of them. write does not
// imply read.
bool is_scope(std::string_view scope);
// For people: the verbs and resources there are.
std::string_view known_scopes();
bool covers(const std::vector<std::string>& held, std::string_view wanted);
// The first of `wanted` that is not within `held`; "" = all are.
std::string beyond(const std::vector<std::string>& held, const std::vector<std::string>& wanted);

}  // namespace tenon
