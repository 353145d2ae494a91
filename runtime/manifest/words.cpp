// Words: see words.hpp.
#include "manifest/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tenon::manifest {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// The number at the front of `text`, which is moved past it; nothing if none or too large.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
std::optional<std::int64_t> with_unit(std::string_view text, const Unit* begin, const Unit* end) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  const auto* unit = std::find_if(begin, end, [&](const Unit& u) { return u.name == text; });
  if (unit == end || *number > INT64_MAX / unit->factor) return std::nullopt;
  return *number * unit->factor;
}

// Letters put in, left out, changed, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> older, old, now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) now[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    older = std::move(old);
    old = now;
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = old[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({old[j] + 1, now[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], older[j - 2] + 1);
      }
    }
  }
  return now[b.size()];
}

// Compares the dotted parts of two pre-release tags as the standard of semantic versions says.
bool pre_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const auto x = a.substr(0, a.find('.'));
    const auto y = b.substr(0, b.find('.'));
    if (x != y) {
      const bool x_number = std::all_of(x.begin(), x.end(), is_digit);
      const bool y_number = std::all_of(y.begin(), y.end(), is_digit);
      if (x_number != y_number) return x_number;
      if (x_number && x.size() != y.size()) return x.size() < y.size();
      return x < y;
    }
    a.remove_prefix(std::min(x.size() + 1, a.size()));
    b.remove_prefix(std::min(y.size() + 1, b.size()));
  }
  return a.empty() && !b.empty();
}

bool is_pre(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  return text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || is_lower(c) || is_upper(c) || c == '-' || c == '.';
         });
}

// As backends/vault_file names secrets.
bool is_vault_name(std::string_view text) {
  char before = '/';
  for (const char c : text) {
    if (c == '/' ? before == '/' : !is_lower(c) && !is_digit(c) && c != '_' && c != '-') {
      return false;
    }
    before = c;
  }
  return text.size() <= 128 && before != '/';
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         (is_lower(text.front()) || is_digit(text.front())) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_public_key(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kKeyScheme.size() + kDigits && text.starts_with(kKeyScheme) &&
         text.find_first_not_of("0123456789abcdef", kKeyScheme.size()) == std::string_view::npos;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kMaxNameBytes) return {};
  std::string best;
  std::size_t best_distance = 1 + std::max<std::size_t>(1, word.size() / 3);
  for (const auto& candidate : known) {
    if (candidate.size() > kMaxNameBytes) continue;
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string hint_for(std::string_view word, const std::vector<std::string>& known) {
  const auto best = nearest(word, known);
  if (!best.empty()) return "; did you mean \"" + best + "\"?";
  if (known.empty()) return "; none is known here";
  std::string out = "; known here: ";
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i == 20) return out + ", ...";
    out += (i == 0 ? "" : ", ") + known[i];
  }
  return out;
}

std::optional<Version> parse_version(std::string_view text) {
  if (text.size() > kMaxNameBytes) return std::nullopt;
  Version out;
  std::uint32_t* const parts[] = {&out.major, &out.minor, &out.patch};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return std::nullopt;
    const auto number = take_number(text);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    *parts[i] = static_cast<std::uint32_t>(*number);
  }
  if (text.empty()) return out;
  if (text.front() != '-' || !is_pre(text.substr(1))) return std::nullopt;
  out.pre = text.substr(1);
  return out;
}

bool operator<(const Version& a, const Version& b) {
  if (a.major != b.major) return a.major < b.major;
  if (a.minor != b.minor) return a.minor < b.minor;
  if (a.patch != b.patch) return a.patch < b.patch;
  if (a.pre.empty() || b.pre.empty()) return !a.pre.empty() && b.pre.empty();
  return pre_less(a.pre, b.pre);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  return with_unit(text, kUnits.data(), kUnits.data() + kUnits.size());
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  static constexpr std::array<Unit, 4> kUnits{
      {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};
  return with_unit(text, kUnits.data(), kUnits.data() + kUnits.size());
}

std::string duration_text(std::int64_t ms) {
  constexpr Unit kUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};
  for (const auto& unit : kUnits) {
    if (ms >= unit.factor && ms % unit.factor == 0) {
      return std::to_string(ms / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(ms) + "ms";
}

std::string size_text(std::int64_t bytes) {
  constexpr Unit kUnits[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}};
  for (const auto& unit : kUnits) {
    if (bytes >= unit.factor && bytes % unit.factor == 0) {
      return std::to_string(bytes / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(bytes) + "B";
}

Result<void> check_pointer(std::string_view text) {
  if (text.empty()) return {};
  if (text.front() != '/') {
    return invalid("wanted a JSON pointer such as \"/properties/email\", found no / in front");
  }
  if (text.size() > kMaxPointerBytes) return invalid("wanted a pointer of at most 512 bytes");
  if (std::count(text.begin(), text.end(), '/') > static_cast<std::ptrdiff_t>(kMaxPointerTokens)) {
    return invalid("wanted a pointer of at most 16 names, found more");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
      return invalid("wanted ~0 or ~1 after a ~ in a pointer; write ~0 for ~ itself");
    }
  }
  return {};
}

std::string pointer_to(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::string> parse_target(std::string_view text) {
  if (text.empty() || text.front() == '/') {
    TENON_TRY(check_pointer(text));
    return std::string(text);
  }
  std::string out = pointer_to(text);
  TENON_TRY(check_pointer(out));
  return out;
}

Result<void> check_reference(std::string_view text) {
  const auto fail = [](const char* found) {
    return invalid(
        std::string("wanted a reference to a secret, \"vault:NAME\", \"env:NAME\" or "
                    "\"file:PATH\", found ") +
        found +
        "; put the secret into the vault (tenon vault put NAME), an environment variable "
        "or a file, and name that here");
  };
  if (text.size() > 1024) return fail("a text over 1024 bytes");
  if (text.substr(0, 5) == "file:") {
    if (text.size() == 5) return fail("no path");
    const bool control = std::any_of(text.begin(), text.end(),
                                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (control) return fail("a path with control characters");
    return {};
  }
  if (text.substr(0, 6) == "vault:") {
    return is_vault_name(text.substr(6)) ? Result<void>()
                                         : fail(
                                               "no name of parts of a-z, 0-9, _ and -, parted by "
                                               "/, after vault:");
  }
  if (text.substr(0, 4) != "env:") return fail("a literal, which is not shown here");
  const auto name = text.substr(4);
  const bool good =
      !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_lower(c) || is_upper(c) || is_digit(c) || c == '_';
      });
  if (!good) return fail("no name of letters, digits and _ after env:");
  return {};
}

bool CharPattern::matches(std::string_view text) const {
  return text.size() >= least && text.size() <= most &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return set.find(c) != std::string::npos; });
}

std::optional<CharPattern> parse_pattern(std::string_view text) {
  if (text.size() < 5 || text.front() != '[' || text.back() != '}') return std::nullopt;
  const auto close = text.rfind("]{");
  if (close == std::string_view::npos || close < 2) return std::nullopt;
  const auto chars = text.substr(1, close - 1);
  CharPattern out;
  for (std::size_t i = 0; i < chars.size(); ++i) {
    const auto from = static_cast<unsigned char>(chars[i]);
    auto to = from;
    if (i + 2 < chars.size() && chars[i + 1] == '-') {
      to = static_cast<unsigned char>(chars[i + 2]);
      i += 2;
    }
    if (from < 0x20 || to > 0x7e || from > to) return std::nullopt;
    for (unsigned c = from; c <= to; ++c) {
      if (out.set.find(static_cast<char>(c)) == std::string::npos) {
        out.set += static_cast<char>(c);
      }
    }
  }
  auto counts = text.substr(close + 2, text.size() - close - 3);
  const auto least = take_number(counts);
  if (!least || counts.empty() || counts.front() != ',') return std::nullopt;
  counts.remove_prefix(1);
  const auto most = take_number(counts);
  if (!most || !counts.empty() || *least > *most || *most > 4096) return std::nullopt;
  out.least = static_cast<std::size_t>(*least);
  out.most = static_cast<std::size_t>(*most);
  return out;
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_host(std::string_view text) {
  if (text.size() > 253 || text.find('.') == std::string_view::npos) return false;
  bool letter = false;
  while (true) {
    const auto label = text.substr(0, text.find('.'));
    if (!is_host_label(label)) return false;
    letter = letter || std::any_of(label.begin(), label.end(), is_lower);
    if (label.size() == text.size()) return letter;
    text.remove_prefix(label.size() + 1);
  }
}

}  // namespace tenon::manifest
