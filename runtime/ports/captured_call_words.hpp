// The words of enumerators in captures, each list in the order of the numbers. Private to the two
// files of the codec.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ports/connector_runtime.hpp"

namespace tenon {

template <typename Enum, std::size_t N>
using EnumWords = std::array<std::pair<Enum, std::string_view>, N>;

inline constexpr EnumWords<Op, 6> kOpWords = {{{Op::none, "none"},
                                               {Op::deliver, "deliver"},
                                               {Op::pull, "pull"},
                                               {Op::webhook, "webhook"},
                                               {Op::readback, "readback"},
                                               {Op::check, "check"}}};
inline constexpr EnumWords<Effect, 3> kEffectWords = {
    {{Effect::once, "once"}, {Effect::idempotent, "idempotent"}, {Effect::read, "read"}}};
inline constexpr EnumWords<Applied, 3> kAppliedWords = {
    {{Applied::maybe, "maybe"}, {Applied::no, "no"}, {Applied::yes, "yes"}}};
inline constexpr EnumWords<SecretPlace, 5> kSecretPlaceWords = {{{SecretPlace::none, "none"},
                                                                 {SecretPlace::header, "header"},
                                                                 {SecretPlace::path, "path"},
                                                                 {SecretPlace::body, "body"},
                                                                 {SecretPlace::query, "query"}}};
inline constexpr EnumWords<SecretTransform, 4> kSecretTransformWords = {
    {{SecretTransform::none, "none"},
     {SecretTransform::plain, "plain"},
     {SecretTransform::base64, "base64"},
     {SecretTransform::hmac_sha256_hex, "hmac_sha256_hex"}}};
inline constexpr EnumWords<Got, 6> kGotWords = {{{Got::none, "none"},
                                                 {Got::http, "http"},
                                                 {Got::timeout, "timeout"},
                                                 {Got::no_connection, "no_connection"},
                                                 {Got::blocked, "blocked"},
                                                 {Got::lost, "lost"}}};
inline constexpr EnumWords<Verdict, 7> kVerdictWords = {{{Verdict::unresolved, "unresolved"},
                                                         {Verdict::accepted, "accepted"},
                                                         {Verdict::duplicate, "duplicate"},
                                                         {Verdict::skipped, "skipped"},
                                                         {Verdict::rejected, "rejected"},
                                                         {Verdict::retry, "retry"},
                                                         {Verdict::isolate, "isolate"}}};

constexpr const auto& words_of(Op) { return kOpWords; }
constexpr const auto& words_of(Effect) { return kEffectWords; }
constexpr const auto& words_of(Applied) { return kAppliedWords; }
constexpr const auto& words_of(SecretPlace) { return kSecretPlaceWords; }
constexpr const auto& words_of(SecretTransform) { return kSecretTransformWords; }
constexpr const auto& words_of(Got) { return kGotWords; }
constexpr const auto& words_of(Verdict) { return kVerdictWords; }

// A value outside of its list, which no room makes, is told as the first word.
template <typename Enum>
std::string_view word_of(Enum value) {
  for (const auto& [known, word] : words_of(Enum{})) {
    if (known == value) return word;
  }
  return words_of(Enum{}).front().second;
}

}  // namespace tenon
