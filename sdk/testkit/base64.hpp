// Base64 back to bytes, for texts of JSON that are none.
#pragma once

#include <string>
#include <string_view>

namespace tenon::testkit {

// False: a character that is not of the alphabet, or a wrong length.
bool decode_base64(std::string_view text, std::string& bytes);

}  // namespace tenon::testkit
