// Base64 of any bytes (RFC 4648, standard alphabet, with padding), where JSON must carry them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon {

std::string to_base64(std::string_view bytes);
// Nothing where a character is not of the alphabet or the padding is wrong.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tenon
