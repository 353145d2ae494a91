// Helpers of the ingest tests that need a library.
#include "ingest_world.hpp"

#include <sodium.h>

namespace tenon {

std::string basic(std::string_view key) {
  const std::string user = std::string(key) + ":";
  std::string out(sodium_base64_encoded_len(user.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(user.data()),
                    user.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return "Basic " + out;
}

}  // namespace tenon
