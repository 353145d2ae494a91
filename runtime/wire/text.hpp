// Text that came from a connector, made safe to show: data, never structure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tenon::wire {

// At most `most` bytes of `text`, with C0, DEL, C1, invalid UTF-8 and lone backslashes escaped
// (\n, \t, \\, \x1b, \u0085), so that the result is one line of valid UTF-8. What was cut is told
// by " [N bytes cut]".
std::string escape_text(std::string_view text, std::size_t most);

// Is it well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)?
bool is_utf8(std::string_view text);

}  // namespace tenon::wire
