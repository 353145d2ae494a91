// What a request says about its body: its media type, and its content coding, undone within limits.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

// A body may not grow by more than this factor, once it is larger than kFreeInflateBytes. What
// clients send shrinks to a fifth or a twentieth; a bomb to a thousandth.
constexpr std::size_t kMaxInflateRatio = 300;
constexpr std::size_t kFreeInflateBytes = 256 * 1024;

// Of a Content-Type, in lower case and without parameters.
std::string media_type_of(std::string_view content_type);

// Undoes a Content-Encoding: empty, identity, gzip (x-gzip) or deflate, which is zlib's form or
// bare.
//   unsupported: any other coding, or more than one.
//   invalid: damaged or cut-off data, or bytes after its end.
//   limited: larger than `max_bytes`, or a bomb by kMaxInflateRatio; nothing beyond is inflated.
Result<std::string> decode_body(std::string body, std::string_view coding, std::size_t max_bytes);

}  // namespace tenon
