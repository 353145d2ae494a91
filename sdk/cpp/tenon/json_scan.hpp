// JSON as bytes: are they valid, where does a value end, what do escapes mean?
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tenon/limits.h"

namespace tenon::sdk {

// Deeper JSON is treated as unreadable.
inline constexpr std::size_t kMaxJsonDepth = TENON_MAX_JSON_DEPTH;

namespace detail {

inline std::string_view between(const char* begin, const char* end) {
  return begin == end ? std::string_view()
                      : std::string_view(begin, static_cast<std::size_t>(end - begin));
}

inline const char* skip_space(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) ++at;
  return at;
}

// Eight bytes at a time: a byte of the result is 0x80 where that of `word` is `c`, up to the first.
inline std::uint64_t equal_bytes(std::uint64_t word, char c) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  const std::uint64_t x = word ^ (kOnes * static_cast<unsigned char>(c));
  return (x - kOnes) & ~x & (kOnes << 7);
}

// The first quote or backslash at or behind `at`, or `end`.
inline const char* quote_or_escape(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t hit = equal_bytes(word, '"') | equal_bytes(word, '\\');
    if (hit != 0) return at + __builtin_ctzll(hit) / 8;
    at += 8;
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

// `at` is behind a text's opening quote: the place behind its closing one, or `end`.
inline const char* text_end(const char* at, const char* end) {
  while (true) {
    at = quote_or_escape(at, end);
    if (at == end) return end;
    if (*at == '"') return at + 1;
    if (end - at < 2) return end;
    at += 2;
  }
}

// The place behind the value that begins at `at`. Counts brackets, however deep, without recursion.
inline const char* value_end(const char* at, const char* end) {
  if (at == end) return end;
  if (*at == '"') return text_end(at + 1, end);
  if (*at != '{' && *at != '[') {
    while (at != end && *at != ',' && *at != ']' && *at != '}' && *at != ' ' && *at != '\n' &&
           *at != '\t' && *at != '\r' && *at != ':') {
      ++at;
    }
    return at;
  }
  std::size_t depth = 0;
  while (at != end) {
    const char c = *at++;
    if (c == '"') {
      at = text_end(at, end);
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at;
    }
  }
  return end;
}

inline void put_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  }
  out += static_cast<char>(0x80 | (code & 0x3F));
}

// Four hexadecimal digits at `at`, or nothing: above 0xFFFF.
inline std::uint32_t hex4(const char* at, const char* end) {
  if (end - at < 4) return 0x10000;
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return 0x10000;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

// The character that the escape at `at`, behind its backslash, stands for; `at` moves behind it. A
// malformed one is U+FFFD.
inline std::uint32_t escaped_code(const char*& at, const char* end) {
  constexpr std::uint32_t kBad = 0xFFFD;
  if (at == end) return kBad;
  switch (const char c = *at++) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'u': break;
    default: return c == '"' || c == '\\' || c == '/' ? static_cast<std::uint32_t>(c) : kBad;
  }
  const std::uint32_t high = hex4(at, end);
  if (high > 0xFFFF) return kBad;
  at += 4;
  if (high < 0xD800 || high > 0xDFFF) return high;
  if (high > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return kBad;
  const std::uint32_t low = hex4(at + 2, end);
  if (low < 0xDC00 || low > 0xDFFF) return kBad;
  at += 6;
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

// Puts the text between two quotes behind `out`, escapes resolved.
inline void unescape(std::string_view inside, std::string& out) {
  const char* at = inside.data();
  const char* end = at + inside.size();
  while (at != end) {
    const char* stop = quote_or_escape(at, end);
    out.append(at, static_cast<std::size_t>(stop - at));
    if (stop == end) return;
    at = stop + 1;
    put_utf8(*stop == '"' ? '"' : escaped_code(at, end), out);
  }
}

// Does the text between two quotes mean `wanted`?
inline bool same_text(std::string_view inside, std::string_view wanted) {
  if (inside.find('\\') == std::string_view::npos) return inside == wanted;
  const char* at = inside.data();
  const char* end = at + inside.size();
  std::string one;  // short: never allocates
  while (at != end) {
    one.clear();
    if (*at == '\\') {
      ++at;
      put_utf8(escaped_code(at, end), one);
    } else {
      one += *at++;
    }
    if (!wanted.starts_with(one)) return false;
    wanted.remove_prefix(one.size());
  }
  return wanted.empty();
}

// One part of a JSON pointer, "~1" and "~0" resolved.
inline std::string pointer_part(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1')) {
      out += part[++i] == '0' ? '~' : '/';
    } else {
      out += part[i];
    }
  }
  return out;
}

// Bytes of the UTF-8 character at `at`; 0 if it is malformed, too long for its value, or a
// surrogate.
inline std::size_t utf8_length(const char* at, const char* end) {
  const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at[i]); };
  const auto follows = [&](std::ptrdiff_t i, unsigned least, unsigned most) {
    return end - at > i && byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// The place behind a valid text, `at` behind its opening quote; null if it is none.
inline const char* check_text(const char* at, const char* end) {
  while (at != end) {
    const auto c = static_cast<unsigned char>(*at);
    if (c == '"') return at + 1;
    if (c < 0x20) return nullptr;
    if (c == '\\') {
      const char* escape = at + 1;
      const bool letter_u = escape != end && *escape == 'u';
      if (escaped_code(escape, end) == 0xFFFD && !(letter_u && hex4(at + 2, end) == 0xFFFD)) {
        return nullptr;
      }
      at = escape;
    } else if (c < 0x80) {
      ++at;
    } else {
      const std::size_t length = utf8_length(at, end);
      if (length == 0) return nullptr;
      at += length;
    }
  }
  return nullptr;
}

inline const char* check_digits(const char* at, const char* end) {
  const char* begin = at;
  while (at != end && *at >= '0' && *at <= '9') ++at;
  return at == begin ? nullptr : at;
}

inline const char* check_number(const char* at, const char* end) {
  if (*at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if ((at = check_digits(at, end)) == nullptr) {
    return nullptr;
  }
  if (at != end && *at == '.' && (at = check_digits(at + 1, end)) == nullptr) return nullptr;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    at = check_digits(at, end);
  }
  return at;
}

inline const char* check_word(const char* at, const char* end, std::string_view word) {
  return between(at, end).starts_with(word) ? at + word.size() : nullptr;
}

// The place behind a valid value that holds no other, or null.
inline const char* check_scalar(const char* at, const char* end) {
  switch (*at) {
    case '"': return check_text(at + 1, end);
    case 't': return check_word(at, end, "true");
    case 'f': return check_word(at, end, "false");
    case 'n': return check_word(at, end, "null");
    default: return check_number(at, end);
  }
}

}  // namespace detail

// Are `bytes` exactly one JSON value (RFC 8259) in UTF-8, no deeper than kMaxJsonDepth? Does not
// allocate. Names that stand twice in an object are allowed; the first one is read.
inline bool json_valid(std::string_view bytes) {
  using namespace detail;
  const char* end = bytes.data() + bytes.size();
  const char* at = skip_space(bytes.data(), end);
  std::uint64_t objects = 0;  // one bit per open bracket, the innermost lowest: is it an object?
  std::size_t depth = 0;
  while (true) {
    if (at == end) return false;
    bool closes = false;
    if (*at == '{' || *at == '[') {
      if (depth == kMaxJsonDepth) return false;
      ++depth;
      objects = objects << 1 | (*at == '{' ? 1u : 0u);
      at = skip_space(at + 1, end);
      if (at == end) return false;
      closes = *at == ((objects & 1) != 0 ? '}' : ']');
    } else if ((at = check_scalar(at, end)) == nullptr) {
      return false;
    } else {
      at = skip_space(at, end);
      if (depth == 0) return at == end;
      if (at == end) return false;
      closes = *at != ',';
      if (!closes) at = skip_space(at + 1, end);
    }
    while (closes) {
      if (*at != ((objects & 1) != 0 ? '}' : ']')) return false;
      objects >>= 1;
      at = skip_space(at + 1, end);
      if (--depth == 0) return at == end;
      if (at == end) return false;
      closes = *at != ',';
      if (!closes) at = skip_space(at + 1, end);
    }
    if ((objects & 1) == 0) continue;
    if (at == end || *at != '"' || (at = check_text(at + 1, end)) == nullptr) return false;
    at = skip_space(at, end);
    if (at == end || *at != ':') return false;
    at = skip_space(at + 1, end);
  }
}

// Puts `json`, which is valid, behind `out` without the space between its tokens; each token stays
// as it stands.
inline void json_minify(std::string_view json, std::string& out) {
  out.reserve(out.size() + json.size());
  const char* at = json.data();
  const char* end = at + json.size();
  while ((at = detail::skip_space(at, end)) != end) {
    const char* token = at;
    if (*at == '"') {
      at = detail::text_end(at + 1, end);
    } else {
      while (at != end && *at != '"' && *at != ' ' && *at != '\n' && *at != '\t' && *at != '\r')
        ++at;
    }
    out.append(token, static_cast<std::size_t>(at - token));
  }
}

}  // namespace tenon::sdk
