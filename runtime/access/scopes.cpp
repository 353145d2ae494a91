// The table of scopes.
#include "access/scopes.hpp"

#include <algorithm>
#include <array>

namespace tenon {
namespace {

constexpr std::array<std::string_view, 12> kResources = {
    "*",          "audit",        "backup", "captures",   "config", "connectors",
    "deliveries", "destinations", "events", "operations", "tokens", "vault"};

}  // namespace

std::string_view known_scopes() {
  return "read: or write: and one of audit, backup, captures, config, connectors, deliveries, "
         "destinations, events, operations, tokens, vault, *";
}

bool is_scope(std::string_view scope) {
  const auto colon = scope.find(':');
  if (colon == std::string_view::npos) return false;
  const auto verb = scope.substr(0, colon), resource = scope.substr(colon + 1);
  if (verb != "read" && verb != "write") return false;
  return std::find(kResources.begin(), kResources.end(), resource) != kResources.end();
}

bool covers(const std::vector<std::string>& held, std::string_view wanted) {
  const auto verb = wanted.substr(0, wanted.find(':') + 1);
  return std::any_of(held.begin(), held.end(), [&](const std::string& scope) {
    return scope == wanted || scope == std::string(verb) + "*";
  });
}

std::string beyond(const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
  for (const auto& scope : wanted) {
    if (!covers(held, scope)) return scope;
  }
  return {};
}

}  // namespace tenon
