// Diff: comparing, and showing.
#include "testkit/diff.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "testkit/json_text.hpp"

namespace tenon::testkit {
namespace {

constexpr std::size_t kLongText = 72;   // bytes; of a longer text only the place is shown
constexpr std::size_t kAround = 30;     // bytes shown before and behind that place
constexpr std::size_t kMostLines = 12;  // of one value

// For JSON's own == 1 and 1.0 are one number; a vendor may refuse one of them.
bool same(const Json& a, const Json& b) {
  const auto text = [](const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return a == b && text(a) == text(b);
}

std::vector<std::string> names_of(const Json& object) {
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

void compare_objects(const Json& wanted, const Json& found, const std::string& path,
                     Differences& out) {
  const std::size_t before = out.size();
  compare_named(wanted, found, path, out);
  for (const auto& [name, value] : found.items()) {
    if (!wanted.contains(name)) out.push_back({below(path, name), std::nullopt, value, ""});
  }
  if (out.size() == before && names_of(wanted) != names_of(found)) {
    out.push_back({path, names_of(wanted), names_of(found), "the members stand in another order"});
  }
}

// Items that are equal at both ends are taken off first, so that one more in the middle is told as
// one more.
void compare_arrays(const Json& wanted, const Json& found, const std::string& path,
                    Differences& out) {
  std::size_t begin = 0, end = 0;
  if (wanted.size() != found.size()) {
    const std::size_t fewer = std::min(wanted.size(), found.size());
    while (begin < fewer && same(wanted[begin], found[begin])) ++begin;
    while (end < fewer - begin &&
           same(wanted[wanted.size() - 1 - end], found[found.size() - 1 - end])) {
      ++end;
    }
  }
  const std::size_t wanted_end = wanted.size() - end, found_end = found.size() - end;
  for (std::size_t i = begin; i < std::max(wanted_end, found_end); ++i) {
    if (i >= found_end) {
      out.push_back({below(path, i), wanted[i], std::nullopt, ""});
    } else if (i >= wanted_end) {
      out.push_back({below(path, i), std::nullopt, found[i], ""});
    } else {
      compare(wanted[i], found[i], below(path, i), out);
    }
  }
}

// A boundary of a UTF-8 character at or before `at`.
std::size_t boundary(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return std::min(at, text.size());
}

std::string window(const std::string& text, std::size_t from, std::size_t to) {
  from = boundary(text, from);
  to = boundary(text, std::min(to, text.size()));
  const std::string part = one_line(Json(text.substr(from, to - from)));
  return (from > 0 ? "…" : "") + part + (to < text.size() ? "…" : "");
}

// Two long texts: what is around the first byte that differs.
std::pair<std::string, std::string> windows(const std::string& wanted, const std::string& found,
                                            std::string& where) {
  const auto [a, b] = std::mismatch(
      wanted.begin(), wanted.begin() + static_cast<long>(std::min(wanted.size(), found.size())),
      found.begin());
  const auto at = static_cast<std::size_t>(a - wanted.begin());
  const std::size_t from = at < kAround ? 0 : at - kAround;
  where = "from byte " + std::to_string(at) + " on";
  return {window(wanted, from, at + kAround), window(found, from, at + kAround)};
}

std::string value_text(const std::optional<Json>& value) {
  if (!value) return "nothing";
  std::string text = pretty(*value, 14);
  std::size_t lines = 0, at = 0;
  while ((at = text.find('\n', at)) != std::string::npos && ++lines < kMostLines) ++at;
  if (at != std::string::npos) text.resize(at), text += "\n              …";
  return text;
}

bool long_text(const std::optional<Json>& value) {
  return value && value->is_string() && value->get_ref<const std::string&>().size() > kLongText;
}

struct Labels {
  const char* before;
  const char* after;
};

std::string shown_one(const Difference& difference, const Labels& labels) {
  if (!difference.wanted && !difference.found) {
    return "  " + difference.path + (difference.path.empty() ? "" : ": ") + difference.note + "\n";
  }
  std::string wanted, found, note = difference.note;
  if (difference.wanted && difference.found && difference.wanted->is_string() &&
      difference.found->is_string() &&
      (long_text(difference.wanted) || long_text(difference.found))) {
    std::tie(wanted, found) = windows(difference.wanted->get_ref<const std::string&>(),
                                      difference.found->get_ref<const std::string&>(), note);
  } else {
    wanted = value_text(difference.wanted);
    found = value_text(difference.found);
  }
  std::string text = "  " + (difference.path.empty() ? "(the whole)" : difference.path);
  if (!note.empty()) text += "   (" + note + ")";
  return text + "\n      " + labels.before + "  " + wanted + "\n      " + labels.after + "  " +
         found + "\n";
}

std::string shown_with(const Differences& differences, const Labels& labels) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostShown, differences.size()); ++i) {
    text += shown_one(differences[i], labels);
  }
  if (differences.size() > kMostShown) {
    text += "  and " + std::to_string(differences.size() - kMostShown) + " more\n";
  }
  return text;
}

}  // namespace

std::string below(const std::string& path, const std::string& name) {
  std::string out = path + '/';
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
std::string below(const std::string& path, std::size_t index) {
  return path + '/' + std::to_string(index);
}

void compare(const Json& wanted, const Json& found, const std::string& path, Differences& out) {
  if (wanted.is_object() && found.is_object()) return compare_objects(wanted, found, path, out);
  if (wanted.is_array() && found.is_array()) return compare_arrays(wanted, found, path, out);
  if (!same(wanted, found)) out.push_back({path, wanted, found, ""});
}

void compare_named(const Json& wanted, const Json& found, const std::string& path,
                   Differences& out) {
  for (const auto& [name, value] : wanted.items()) {
    const auto there = found.find(name);
    if (there == found.end()) {
      out.push_back({below(path, name), value, std::nullopt, ""});
    } else {
      compare(value, *there, below(path, name), out);
    }
  }
}

std::string shown(const Differences& differences) {
  return shown_with(differences, {"wanted", "found "});
}
std::string shown_as_change(const Differences& differences) {
  return shown_with(differences, {"was", "is "});
}

}  // namespace tenon::testkit
