// Finding values in JSON, then replacing them as text: bodies keep their every other byte.
#include "cli/redaction.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/ascii.hpp"
#include "base/hash.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLeastText = 2, kLeastDigits = 4, kLeastBareDigits = 7;
constexpr std::size_t kMostValues = 20'000;  // of one call: 1,000 records with 20 each

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Endless bytes that follow from salt and value.
class Stream {
 public:
  Stream(std::string_view salt, std::string_view value) : seed_(salt) {
    seed_ += '\n';
    for (const char c : value) {
      if (is_digit(c) || is_letter(c)) seed_ += lower(c);
    }
  }
  unsigned next() {
    if (at_ == digits_.size()) {
      digits_ = digest_hex(seed_ + '\n' + std::to_string(round_++));
      at_ = 0;
    }
    const auto value = std::stoul(digits_.substr(at_, 4), nullptr, 16);
    at_ += 4;
    return static_cast<unsigned>(value);
  }

 private:
  std::string seed_, digits_;
  std::size_t at_ = 0, round_ = 0;
};

std::size_t utf8_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string json_text(const std::string& value, bool ascii) {
  const std::string quoted = Json(value).dump(-1, ' ', ascii, Json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string url_text(const std::string& value, bool plus) {
  std::string out;
  for (const char c : value) {
    if (is_digit(c) || is_letter(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ' && plus) {
      out += '+';
    } else {
      out += '%';
      out += to_hex({&c, 1});
    }
  }
  return out;
}

std::string digits_of(const std::string& value) {
  std::string out;
  for (const char c : value) out += is_digit(c) ? std::string(1, c) : std::string();
  return out;
}

// Values by what they may look like in a text, and what stands there instead.
class Replacements {
 public:
  explicit Replacements(std::string_view salt) : salt_(salt) {}

  void add(const std::string& found) {
    const std::string value = trimmed(found);
    if (value.size() < kLeastText || values_.size() >= kMostValues) return;
    if (!values_.insert(value).second) return;
    const std::string other = of_same_shape(value, salt_);
    put(value, other);
    for (const bool flag : {false, true}) {
      put(json_text(value, flag), json_text(other, flag));
      put(url_text(value, flag), url_text(other, flag));
    }
    const std::string digits = digits_of(value);
    if (digits.size() >= kLeastBareDigits) put(digits, digits_of(other));
  }
  void add_number(const std::string& digits) {
    if (digits_of(digits).size() >= kLeastDigits) add(digits);
  }

  void apply(std::string& text) const {
    std::string out;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < text.size();) {
      const auto* found = longest_at(text, at);
      if (found == nullptr) {
        ++at;
        continue;
      }
      out.append(text, kept, at - kept);
      // In the case that stands there.
      for (std::size_t i = 0; i < found->second.size(); ++i) {
        const char was = i < found->first.size() ? text[at + i] : ' ';
        const char now = found->second[i];
        out += was >= 'A' && was <= 'Z' && now >= 'a' && now <= 'z' ? static_cast<char>(now - 32)
               : was >= 'a' && was <= 'z'                           ? lower(now)
                                                                    : now;
      }
      at += found->first.size();
      kept = at;
    }
    if (kept == 0) return;
    out.append(text, kept, std::string::npos);
    text = std::move(out);
  }

 private:
  using Pair = std::pair<std::string, std::string>;  // lower-case; what it becomes

  void put(const std::string& from, const std::string& to) {
    auto& list = by_first_[lower(from[0])];
    const std::string key = lower(from);
    const bool known =
        std::any_of(list.begin(), list.end(), [&](const Pair& one) { return one.first == key; });
    if (known) return;
    const auto place = std::find_if(list.begin(), list.end(),
                                    [&](const Pair& one) { return one.first.size() < key.size(); });
    list.insert(place, {key, to});
  }

  // As a word of its own, and not as the name of a member.
  const Pair* longest_at(const std::string& text, std::size_t at) const {
    if (is_word(text[at]) && at > 0 && is_word(text[at - 1]) && !after_code(text, at)) {
      return nullptr;
    }
    const auto list = by_first_.find(lower(text[at]));
    if (list == by_first_.end()) return nullptr;
    for (const Pair& one : list->second) {
      const std::size_t end = at + one.first.size();
      if (end > text.size()) continue;
      const bool same = std::equal(one.first.begin(), one.first.end(),
                                   text.begin() + static_cast<std::ptrdiff_t>(at),
                                   [](char a, char b) { return a == lower(b); });
      if (!same) continue;
      if (is_word(one.first.back()) && end < text.size() && is_word(text[end])) continue;
      if (text[end] == '"' && text.find_first_not_of(" \t\r\n", end + 1) != std::string::npos &&
          text[text.find_first_not_of(" \t\r\n", end + 1)] == ':')
        continue;
      return &one;
    }
    return nullptr;
  }
  // "%20ada" and "\nada": what stands before is the end of a code, not of a word.
  static bool after_code(const std::string& text, std::size_t at) {
    return (at >= 3 && text[at - 3] == '%') || (at >= 2 && text[at - 2] == '\\');
  }

  std::string salt_;
  std::set<std::string> values_;
  std::map<char, std::vector<Pair>> by_first_;  // the longest first
};

using Pointers = std::vector<std::vector<std::string>>;

Pointers parts_of(const std::vector<std::string>& pointers) {
  Pointers out;
  for (const auto& pointer : pointers) {
    const Json::json_pointer parsed(pointer);
    std::vector<std::string> parts;
    for (auto rest = parsed; !rest.empty(); rest.pop_back()) {
      parts.insert(parts.begin(), rest.back());
    }
    out.push_back(std::move(parts));
  }
  return out;
}

void add_all(const Json& value, Replacements& out) {
  if (value.is_string()) out.add(value.get<std::string>());
  if (value.is_number()) out.add_number(value.dump());
  if (!value.is_structured()) return;
  for (const auto& item : value) add_all(item, out);
}

// `path`: names of members from the root, places in lists left out.
void find_values(const Json& value, std::vector<std::string>& path, const Pointers& pointers,
                 Replacements& out) {
  if (value.is_array()) {
    for (const auto& item : value) find_values(item, path, pointers, out);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    path.push_back(name);
    const bool meant = std::any_of(pointers.begin(), pointers.end(), [&](const auto& parts) {
      return parts.size() <= path.size() && std::equal(parts.rbegin(), parts.rend(), path.rbegin());
    });
    if (meant) {
      add_all(member, out);
    } else {
      find_values(member, path, pointers, out);
    }
    path.pop_back();
  }
}

void find_in(const std::string& body, const Pointers& pointers, Replacements& out) {
  const Json parsed = Json::parse(body, nullptr, false);
  std::vector<std::string> path;
  if (!parsed.is_discarded()) find_values(parsed, path, pointers, out);
}

template <typename Visit>
void each_text(CapturedCall& call, Visit visit) {
  for (auto& record : call.records) {
    visit(record.body);
    visit(record.vendor_ref);
  }
  for (auto& step : call.steps) {
    visit(step.explain);
    for (auto& request : step.requests) {
      for (auto* text : {&request.path, &request.body, &request.idempotency_key}) visit(*text);
      for (auto* pairs : {&request.query, &request.headers}) {
        for (auto& pair : *pairs) visit(pair.second);
      }
      for (auto& secret : request.secrets) visit(secret.message);
    }
    for (auto& reply : step.replies) {
      for (auto& pair : reply.headers) visit(pair.second);
      visit(reply.body);
      visit(reply.error);
    }
    for (auto& outcome : step.outcomes) {
      for (auto* text : {&outcome.vendor_ref, &outcome.vendor_code, &outcome.detail}) visit(*text);
    }
  }
  visit(call.failure_text);
}

}  // namespace

std::string of_same_shape(std::string_view value, std::string_view salt) {
  Stream stream(salt, value);
  std::string out;
  bool digit_before = false;
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    const std::size_t length = std::min(utf8_length(c), value.size() - at);
    if (length > 1) {
      static constexpr std::array<std::string_view, 5> kOther = {"", "", "ä", "字", "😀"};
      out += length < kOther.size() ? std::string(kOther[length]) : std::string(length, 'x');
    } else if (is_letter(c)) {
      out += static_cast<char>((c >= 'a' ? 'a' : 'A') + stream.next() % 26);
    } else if (is_digit(c)) {
      // A leading zero means something, and so does that there is none.
      const unsigned drawn = stream.next();
      out += digit_before ? static_cast<char>('0' + drawn % 10)
             : c == '0'   ? '0'
                          : static_cast<char>('1' + drawn % 9);
      digit_before = true;
    } else {
      out += c;
    }
    at += length;
  }
  return out;
}

void redact(CapturedCall& call, const std::vector<std::string>& pointers, std::string_view salt) {
  const Pointers parts = parts_of(pointers);
  Replacements replacements(salt);
  for (const auto& record : call.records) find_in(record.body, parts, replacements);
  for (const auto& step : call.steps) {
    for (const auto& request : step.requests) find_in(request.body, parts, replacements);
    for (const auto& reply : step.replies) find_in(reply.body, parts, replacements);
  }
  each_text(call, [&](std::string& text) { replacements.apply(text); });
}

}  // namespace tenon::cli
