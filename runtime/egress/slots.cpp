// Slots: checks of the references, and the splicing itself.
#include "egress/slots.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <algorithm>

#include "base/base64.hpp"
#include "base/hash.hpp"
#include "egress/check.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMaxSignedMessageBytes = 1u << 20;

Result<void> check_place(const ConnectorRequest& request, const SecretRef& ref, const Slot& slot) {
  if (ref.transform < SecretTransform::plain || ref.transform > SecretTransform::hmac_sha256_hex) {
    return invalid("wanted a known transform of a secret, found another number");
  }
  std::size_t size = 0;
  switch (ref.place) {
    case SecretPlace::header:
      if (ref.index >= request.headers.size()) {
        return invalid("wanted the index of one of " + std::to_string(request.headers.size()) +
                       " headers, found " + std::to_string(ref.index));
      }
      size = request.headers[ref.index].second.size();
      break;
    case SecretPlace::query:
      if (ref.index >= request.query.size()) {
        return invalid("wanted the index of one of " + std::to_string(request.query.size()) +
                       " query pairs, found " + std::to_string(ref.index));
      }
      size = request.query[ref.index].second.size();
      break;
    case SecretPlace::path: size = request.path.size(); break;
    case SecretPlace::body: size = request.body.size(); break;
    default: return invalid("wanted a known place of a secret, found another number");
  }
  if (ref.offset > size || (ref.place == SecretPlace::path && ref.offset == 0)) {
    return invalid("wanted an offset within " + std::to_string(size) + " bytes, found " +
                   std::to_string(ref.offset));
  }
  if (slot.kind == SlotKind::basic && ref.place != SecretPlace::header) {
    return invalid("wanted a basic slot in a header");
  }
  return {};
}

bool bound(const Slot& slot, const ConnectorRequest& request) {
  const bool endpoint = slot.endpoints.empty() ||
                        std::find(slot.endpoints.begin(), slot.endpoints.end(), request.endpoint) !=
                            slot.endpoints.end();
  return endpoint && request.path.starts_with(slot.path_prefix);
}

// The secret as it goes on the wire, before the encoding of its place.
Result<std::string> transformed(const SecretRef& ref, const Secret& secret) {
  switch (ref.transform) {
    case SecretTransform::plain: return std::string(secret.reveal());
    case SecretTransform::base64: return to_base64(secret.reveal());
    case SecretTransform::hmac_sha256_hex: break;
    default: return invalid("wanted a known transform of a secret, found another number");
  }
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const auto key = secret.reveal();
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(ref.message.data()), ref.message.size(), mac,
           &length) == nullptr) {
    return unavailable("HMAC-SHA256 failed in the crypto library");
  }
  return to_hex(std::string_view(reinterpret_cast<const char*>(mac), length));
}

// Inserts without leaving the old buffer behind.
void insert_wiping(std::string& text, std::size_t offset, std::string_view part) {
  std::string out;
  out.reserve(text.size() + part.size());
  out.append(text, 0, offset).append(part).append(text, offset);
  wipe(text);
  text = std::move(out);
}

void put_by_manifest(ConnectorRequest& request, const Slot& slot, std::string_view value) {
  switch (slot.kind) {
    case SlotKind::header:
      request.headers.emplace_back(slot.header, slot.prefix + std::string(value));
      break;
    case SlotKind::basic:
      request.headers.emplace_back("authorization", "Basic " + to_base64(value));
      break;
    case SlotKind::query: request.query.emplace_back(slot.parameter, std::string(value)); break;
    case SlotKind::signing: break;  // used by the signing scheme only
  }
}

void put_by_place(ConnectorRequest& request, const SecretRef& ref, const Slot& slot,
                  const std::string& value) {
  switch (ref.place) {
    case SecretPlace::header: {
      auto& text = request.headers[ref.index].second;
      std::string whole = slot.kind == SlotKind::basic ? to_base64(value) : value;
      if (text.empty()) whole.insert(0, slot.kind == SlotKind::basic ? "Basic " : slot.prefix);
      insert_wiping(text, ref.offset, whole);
      wipe(whole);
      break;
    }
    case SecretPlace::query:
      insert_wiping(request.query[ref.index].second, ref.offset, value);
      break;
    case SecretPlace::path: {
      std::string encoded = percent_encode(value);
      insert_wiping(request.path, ref.offset, encoded);
      wipe(encoded);
      break;
    }
    case SecretPlace::body: insert_wiping(request.body, ref.offset, value); break;
    case SecretPlace::none: break;  // refused by check_slots
  }
}

bool by_reference(const ConnectorRequest& request, const Slot& slot) {
  return std::any_of(request.secrets.begin(), request.secrets.end(),
                     [&](const SecretRef& ref) { return ref.slot == slot.name; });
}

// A credential goes into a header as it is: it must not end that header.
Result<void> check_header_bytes(const Slot& slot, const Secret& secret) {
  if (is_field_value(secret.reveal())) return {};
  return invalid("wanted a credential of visible ASCII, found another byte in it",
                 "slot " + slot.name);
}

}  // namespace

bool is_host_header(const Manifest& manifest, std::string_view lower_name) {
  if (is_reserved_header(lower_name)) return true;
  if (!manifest.sign.empty() && lower_name.starts_with("webhook-")) return true;
  return std::any_of(manifest.slots.begin(), manifest.slots.end(), [&](const Slot& slot) {
    return slot.kind == SlotKind::header && same_name(slot.header, lower_name);
  });
}

bool is_slot_place(const ConnectorRequest& request, const Manifest& manifest, std::size_t index) {
  return std::any_of(request.secrets.begin(), request.secrets.end(), [&](const SecretRef& ref) {
    if (ref.place != SecretPlace::header || ref.index != index) return false;
    const Slot* slot = manifest.slot(ref.slot);
    if (slot == nullptr) return false;
    const bool basic = slot->kind == SlotKind::basic;
    const std::string owned = basic ? std::string("authorization") : slot->header;
    return slot->kind != SlotKind::signing && same_name(request.headers[index].first, owned);
  });
}

bool is_used(const ConnectorRequest& request, const Slot& slot) {
  return slot.kind != SlotKind::signing && (bound(slot, request) || by_reference(request, slot));
}

Result<void> check_slots(const ConnectorRequest& request, const Manifest& manifest) {
  if (request.secrets.size() > kMaxRequestSecrets) {
    return invalid("wanted at most " + std::to_string(kMaxRequestSecrets) + ", found " +
                       std::to_string(request.secrets.size()),
                   "secrets");
  }
  for (const auto& ref : request.secrets) {
    const Slot* slot = manifest.slot(ref.slot);
    if (slot == nullptr || slot->kind == SlotKind::signing) {
      return invalid("wanted a slot that the manifest of " + manifest.id +
                         " declares for requests, found another name",
                     "secrets");
    }
    const std::string place = "secrets[" + slot->name + "]";
    if (!bound(*slot, request)) {
      return invalid("wanted a request to the slot's own endpoints and paths, found endpoint " +
                         request.endpoint,
                     place);
    }
    if (ref.message.size() > kMaxSignedMessageBytes) {
      return invalid("wanted a message of at most 1 MiB to sign", place);
    }
    auto checked = check_place(request, ref, *slot);
    if (!checked) return std::move(checked.error()).in(place);
  }
  return {};
}

Result<void> splice(ConnectorRequest& request, const Manifest& manifest,
                    const CredentialLookup& lookup, std::vector<Secret>& used) {
  // From the back, so that the offsets of the others stay right.
  std::vector<const SecretRef*> order;
  for (const auto& ref : request.secrets) order.push_back(&ref);
  std::stable_sort(order.begin(), order.end(),
                   [](const SecretRef* a, const SecretRef* b) { return a->offset > b->offset; });
  // Before the path changes: slots are bound to the path as the connector gave it.
  std::vector<const Slot*> by_manifest;
  for (const auto& slot : manifest.slots) {
    if (slot.kind == SlotKind::signing || !bound(slot, request) || by_reference(request, slot)) {
      continue;
    }
    by_manifest.push_back(&slot);
  }
  for (const SecretRef* ref : order) {
    const Slot* slot = manifest.slot(ref->slot);
    if (slot == nullptr) return invalid("wanted a declared slot, found another name", "secrets");
    TENON_TRY_AS(Secret secret, lookup(*slot));
    if (secret.empty()) {
      return unauthorized("wanted a credential, found none", "slot " + slot->name);
    }
    if (ref->place == SecretPlace::header) TENON_TRY(check_header_bytes(*slot, secret));
    auto value = transformed(*ref, secret);
    if (!value) return std::move(value.error());
    put_by_place(request, *ref, *slot, *value);
    wipe(*value);
    used.push_back(std::move(secret));
  }
  for (const Slot* slot : by_manifest) {
    TENON_TRY_AS(Secret secret, lookup(*slot));
    if (secret.empty()) continue;
    if (slot->kind == SlotKind::header) TENON_TRY(check_header_bytes(*slot, secret));
    put_by_manifest(request, *slot, secret.reveal());
    used.push_back(std::move(secret));
  }
  return {};
}

std::string percent_encode(std::string_view bytes) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const char c : bytes) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string query_text(const HttpHeaders& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    out += out.empty() ? '?' : '&';
    out += percent_encode(name);
    out += '=';
    out += percent_encode(value);
  }
  return out;
}

}  // namespace tenon
