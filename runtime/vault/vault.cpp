// Lookups of credentials by destination and slot.
#include "vault/vault.hpp"

namespace tenon {
namespace {

std::string place_of(const Destination& destination, std::string_view slot) {
  // An instance that parses the webhooks of a source is named after it.
  const std::string& name = destination.name.value;
  const bool of_source = name.starts_with("source/");
  return (of_source ? "source " + name.substr(7) : "destination " + name) + ", slot " +
         std::string(slot);
}

}  // namespace

Result<Secret> Vault::credential(const Destination& destination, std::string_view slot) {
  const auto it = destination.credentials.find(std::string(slot));
  if (it == destination.credentials.end()) {
    return unauthorized("wanted a credential, found none; add credentials." + std::string(slot) +
                            " = \"env:NAME\" or \"file:PATH\" to the workspace file",
                        place_of(destination, slot));
  }
  auto secret = store_.get(it->second);
  if (!secret) return std::move(secret.error()).in(place_of(destination, slot));
  if (secret->empty()) {
    return unauthorized("wanted a credential, found an empty text behind its reference",
                        place_of(destination, slot));
  }
  return std::move(*secret);
}

std::vector<Error> Vault::problems(const Destination& destination, const Manifest& manifest) {
  std::vector<Error> out;
  for (const auto& slot : manifest.slots) {
    const bool given = destination.credentials.count(slot.name) > 0;
    if (!given && !manifest.is_needed_to_send(slot)) continue;
    auto secret = credential(destination, slot.name);
    if (!secret) out.push_back(std::move(secret.error()));
  }
  for (const auto& [name, reference] : destination.credentials) {
    if (manifest.slot(name) != nullptr) continue;
    out.push_back(
        invalid("wanted a slot that connector " + manifest.id + " declares, found \"" + name + "\"",
                place_of(destination, name)));
  }
  return out;
}

}  // namespace tenon
