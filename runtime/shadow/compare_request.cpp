// Part by part, the body last.
#include "shadow/compare_request.hpp"

#include <map>

#include "base/ascii.hpp"
#include "shadow/body_compare.hpp"
#include "shadow/compare_values.hpp"

namespace tenon::shadow {
namespace {

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::once: return "once";
    case Effect::idempotent: return "idempotent";
    case Effect::read: return "read";
  }
  return "?";
}

// Values of one name are one text, in their order.
std::map<std::string, std::string> by_name(const HttpHeaders& pairs, bool lower_case) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : pairs) {
    auto [at, fresh] = out.try_emplace(lower_case ? lower(name) : name, value);
    if (!fresh) at->second += ", " + value;
  }
  return out;
}

void compare_pairs(Comparison& out, const std::string& place, const HttpHeaders& before,
                   const HttpHeaders& after, bool lower_case) {
  const auto had = by_name(before, lower_case), has = by_name(after, lower_case);
  for (const auto& [name, value] : had) {
    const auto other = has.find(name);
    const std::string at = place + shown(name, kMaxPlaceBytes);
    if (other == has.end()) {
      out.add({Rank::request, at, "now absent", shown(value), {}});
    } else {
      compare_texts(out, Rank::request, at, value, other->second);
    }
  }
  for (const auto& [name, value] : has) {
    if (had.contains(name)) continue;
    out.add({Rank::request, place + shown(name, kMaxPlaceBytes), "new", {}, shown(value)});
  }
}

// Where which credential would be spliced in; what is spliced in is not known here.
std::string secrets_text(const ConnectorRequest& request) {
  std::string out;
  for (const auto& secret : request.secrets) {
    constexpr const char* kPlaces[] = {"none", "header", "path", "body", "query"};
    const auto place = static_cast<std::size_t>(secret.place);
    out += (out.empty() ? "" : ", ") + secret.slot + " in " + (place < 5 ? kPlaces[place] : "?") +
           " " + std::to_string(secret.index) + " at " + std::to_string(secret.offset) + " as " +
           std::to_string(static_cast<std::uint32_t>(secret.transform));
    if (!secret.message.empty()) out += " over " + secret.message;
  }
  return out;
}

std::string covers_text(const ConnectorRequest& request) {
  std::string out;
  for (const auto index : request.covers) {
    out += (out.empty() ? "" : ", ") + std::to_string(index);
  }
  return out;
}

}  // namespace

void compare_request(const ConnectorRequest& before, const ConnectorRequest& after,
                     Comparison& out) {
  // Of matched requests endpoint, method and what is covered are equal, of scripted ones perhaps.
  compare_texts(out, Rank::request, "request.endpoint", before.endpoint, after.endpoint);
  compare_texts(out, Rank::request, "request.method", before.method, after.method);
  compare_texts(out, Rank::request, "request.path", before.path, after.path);
  compare_texts(out, Rank::request, "request.covers", covers_text(before), covers_text(after));
  compare_pairs(out, "request.query.", before.query, after.query, false);
  compare_pairs(out, "request.header.", before.headers, after.headers, true);
  compare_words(out, Rank::request, "request.effect", name_of(before.effect),
                name_of(after.effect));
  compare_texts(out, Rank::request, "request.idempotency_key", before.idempotency_key,
                after.idempotency_key);
  compare_texts(out, Rank::request, "request.secrets", secrets_text(before), secrets_text(after));
  compare_texts(out, Rank::request, "request.bucket", before.bucket, after.bucket);
  compare_numbers(out, Rank::request, "request.cost", before.cost, after.cost);
  compare_bodies(before.body, after.body, "body", out);
}

}  // namespace tenon::shadow
