// Deflate (zlib's format) of a text, and back within a limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

std::string squeezed(std::string_view text);
// corrupt: not of this form, or longer than `most`.
Result<std::string> released(std::string_view bytes, std::size_t most);

}  // namespace tenon
