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

Result<std::string> Vault::reference_of(const Destination& destination,
                                        std::string_view slot) const {
  const auto it = destination.credentials.find(std::string(slot));
  if (it != destination.credentials.end()) return it->second;
  return unauthorized("wanted a credential, found none; add credentials." + std::string(slot) +
                          " = \"vault:NAME\", \"env:NAME\" or \"file:PATH\" to the workspace file",
                      place_of(destination, slot));
}

Result<Secret> Vault::credential(const Destination& destination, std::string_view slot) {
  TENON_TRY_AS(const auto reference, reference_of(destination, slot));
  auto secret = store_.get(reference);
  if (!secret) return std::move(secret.error()).in(place_of(destination, slot));
  if (secret->empty()) {
    return unauthorized("wanted a credential, found an empty text behind its reference",
                        place_of(destination, slot));
  }
  return std::move(*secret);
}

Result<Secret> Vault::credentials(const Destination& destination, std::string_view slot) {
  TENON_TRY_AS(const auto reference, reference_of(destination, slot));
  auto secrets = store_.valid(reference);
  if (!secrets) return std::move(secrets.error()).in(place_of(destination, slot));
  std::string lines;
  for (const auto& secret : *secrets) {
    if (!lines.empty()) lines += '\n';
    lines += secret.reveal();
  }
  Secret out(lines);
  wipe(lines);
  if (!out.empty()) return out;
  return unauthorized("wanted a credential, found an empty text behind its reference",
                      place_of(destination, slot));
}

std::vector<Error> Vault::problems(const Destination& destination, const Manifest& manifest) {
  std::vector<Error> out;
  for (const auto& slot : manifest.slots) {
    if (destination.oauth && manifest.oauth && manifest.oauth->slot == slot.name) continue;
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
