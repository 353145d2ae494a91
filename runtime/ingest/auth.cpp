// Comparing keys by digest, so that neither length nor place of a difference shows in time.
#include "ingest/auth.hpp"

#include <sodium.h>

#include "base/ascii.hpp"

namespace tenon {

WriteKeys::WriteKeys(const std::vector<IngestSource>& sources) {
  for (const IngestSource& source : sources) {
    entries_.push_back({digest128(source.write_key.reveal()), !source.write_key.empty()});
  }
}

std::optional<std::size_t> WriteKeys::find(std::string_view key) const {
  const Digest128 wanted = digest128(key);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const bool same = sodium_memcmp(entries_[i].digest.data(), wanted.data(), wanted.size()) == 0;
    if (same && entries_[i].usable && !key.empty()) found = i;
  }
  return found;
}

std::optional<std::string> basic_user(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (lower(authorization[i]) != kScheme[i]) return std::nullopt;
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.ends_with('=') || authorization.ends_with(' ')) {
    authorization.remove_suffix(1);
  }
  std::string out(authorization.size() + 1, '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                        authorization.data(), authorization.size(), " ", &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0) {
    return std::nullopt;
  }
  out.resize(length);
  return out.substr(0, out.find(':'));
}

}  // namespace tenon
