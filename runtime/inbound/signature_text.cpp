// Taking texts apart; every length is bounded by the header that holds them.
#include "inbound/signature_text.hpp"

#include <charconv>

#include "base/base64.hpp"
#include "inbound/signature.hpp"

namespace tenon::inbound {
namespace {

constexpr std::size_t kMaxStampDigits = 15;

// Calls `take` with each part of `text` between separators.
template <typename Take>
void each_part(std::string_view text, char separator, const Take& take) {
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    take(part);
  }
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Result<Signatures> read_signatures(const WebhookScheme& scheme, std::string_view header) {
  Signatures out;
  bool several_stamps = false;
  const auto take = [&](std::string_view text) {
    auto bytes = scheme.coding == SignatureCoding::hex ? decode_hex(text) : from_base64(text);
    if (bytes && !bytes->empty() && out.values.size() < kMaxSignatures) {
      out.values.push_back(std::move(*bytes));
    }
  };
  switch (scheme.form) {
    case SignatureForm::plain:
      if (header.starts_with(scheme.tag)) take(header.substr(scheme.tag.size()));
      break;
    case SignatureForm::versions:
      each_part(header, ' ', [&](std::string_view part) {
        const auto comma = part.find(',');
        if (comma != std::string_view::npos && part.substr(0, comma) == scheme.tag) {
          take(part.substr(comma + 1));
        }
      });
      break;
    case SignatureForm::pairs:
      each_part(header, ',', [&](std::string_view raw) {
        const auto part = trimmed(raw);
        const auto name = part.substr(0, part.find('='));
        if (name.size() == part.size()) return;
        const auto value = part.substr(name.size() + 1);
        if (name == "t") {
          several_stamps = several_stamps || !out.stamp.empty();
          out.stamp = value;
        } else if (name == scheme.tag) {
          take(value);
        }
      });
      break;
  }
  if (several_stamps) return unauthorized("wanted one time in the signature, found several");
  if (out.values.empty()) {
    return unauthorized("wanted a signature of scheme " + scheme.name +
                        " in its header, found text of another form");
  }
  return out;
}

std::optional<Time> parse_stamp(std::string_view text, StampForm form) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool digits = !text.empty() && text.size() <= kMaxStampDigits && error == std::errc() &&
                      end == text.data() + text.size() && number >= 0;
  // Beyond twelve digits seconds are past the year 33,000 and would overflow.
  if (digits && form == StampForm::milliseconds) return Time{milliseconds{number}};
  if (digits && text.size() <= 12) return Time{seconds{number}};
  if (form != StampForm::any) return std::nullopt;
  if (const auto time = parse_rfc3339(text)) return *time;
  if (const auto time = parse_http_date(text)) return *time;
  return std::nullopt;
}

std::string signed_message(std::string_view pattern, const MessageParts& parts) {
  std::string out;
  out.reserve(pattern.size() + parts.body.size() + parts.url.size() + 64);
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    out.append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = pattern.find('}', open);
    const auto name = pattern.substr(open + 1, close - open - 1);
    if (name == "body") out.append(parts.body);
    if (name == "timestamp") out.append(parts.stamp);
    if (name == "id") out.append(parts.id);
    if (name == "method") out.append(parts.method);
    if (name == "url") out.append(parts.url);
    if (name == "decoded_url") out.append(decoded_url(parts.url));
    pattern.remove_prefix(close + 1);
  }
  return out;
}

std::string decoded_url(std::string_view url) {
  constexpr std::string_view kUndone = ":/?@!$'()*,;";
  std::string out;
  out.reserve(url.size());
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (url[i] == '%' && i + 2 < url.size()) {
      const auto byte = decode_hex(url.substr(i + 1, 2));
      if (byte && kUndone.find((*byte)[0]) != std::string_view::npos) {
        out.push_back((*byte)[0]);
        i += 2;
        continue;
      }
    }
    out.push_back(url[i]);
  }
  return out;
}

}  // namespace tenon::inbound
