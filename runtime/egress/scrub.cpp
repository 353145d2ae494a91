// Search and replacement of secret values, and excerpts.
#include "egress/scrub.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "egress/slots.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMinBase64Form = 8;

constexpr std::array kHiddenHeaders{"set-cookie",         "set-cookie2",         "www-authenticate",
                                    "proxy-authenticate", "authentication-info", "authorization"};

std::string lower_hex_escapes(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (std::size_t k = i + 1; k <= i + 2; ++k) {
      if (text[k] >= 'A' && text[k] <= 'F') text[k] = static_cast<char>(text[k] + 32);
    }
  }
  return text;
}

std::string url_alphabet(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// Every byte as two hex digits behind `before`.
std::string in_hex(std::string_view value, std::string_view before, const char* digits) {
  std::string out;
  for (const unsigned char byte : value) {
    out += before;
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

// Length of the valid UTF-8 sequence at `at`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ||
                   (first == 0xc2 && second < 0xa0);  // the C1 controls, too
  return bad ? 0 : length;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\x";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

void append_headers(std::string& out, const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (out.size() > kMaxExcerptBytes) return;
    out += '\n';
    out += excerpt(name, 128);
    out += ": ";
    out += excerpt(value, 512);
  }
}

std::string with_body(std::string head, std::string_view body) {
  if (!body.empty() && head.size() < kMaxExcerptBytes) {
    head += "\n\n";
    head += excerpt(body, kMaxExcerptBytes);
  }
  if (head.size() > kMaxExcerptBytes) {
    std::size_t cut = kMaxExcerptBytes - 3;
    while (cut > 0 && (static_cast<unsigned char>(head[cut]) & 0xc0) == 0x80) --cut;
    head.resize(cut);
    head += "...";
  }
  return head;
}

}  // namespace

Scrubber::Scrubber(const std::vector<Secret>& live) {
  for (const auto& secret : live) {
    const std::string_view value = secret.reveal();
    add(value);
    const auto colon = value.find(':');  // user:password, where the password alone is secret, too
    if (colon != std::string_view::npos) add(value.substr(colon + 1));
  }
  std::sort(forms_.begin(), forms_.end(),
            [](const Secret& a, const Secret& b) { return a.reveal().size() > b.reveal().size(); });
}

void Scrubber::add_form(std::string form) {
  if (form.size() >= kMinScrubbedBytes) forms_.emplace_back(std::move(form));
}

void Scrubber::add(std::string_view value) {
  if (value.size() < kMinScrubbedBytes) return;
  add_form(std::string(value));
  std::string percent = percent_encode(value);
  if (percent != value) {
    add_form(lower_hex_escapes(percent));
    add_form(std::move(percent));
  }
  for (const auto* digits : {"0123456789abcdef", "0123456789ABCDEF"}) {
    add_form(in_hex(value, "%", digits));
    add_form(in_hex(value, "", digits));
  }
  std::string json = nlohmann::json(std::string(value))
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  json = json.substr(1, json.size() - 2);
  if (json != value) add_form(std::move(json));
  // Base64 inside of a longer text: what does not depend on the neighbours, per alignment.
  for (std::size_t pad = 0; pad < 3; ++pad) {
    const std::string encoded = to_base64(std::string(pad, '\0') + std::string(value));
    const std::size_t skip = pad == 0 ? 0 : pad + 1;
    const std::size_t whole = (pad + value.size()) * 8 / 6;
    if (whole < skip + kMinBase64Form) continue;
    std::string form = encoded.substr(skip, whole - skip);
    std::string url = url_alphabet(form);
    if (url != form) add_form(std::move(url));
    add_form(std::move(form));
  }
}

void Scrubber::scrub(std::string& text, End end) const {
  for (const auto& secret : forms_) {
    const auto form = secret.reveal();
    for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at)) {
      text.replace(at, form.size(), kRedacted);
      at += kRedacted.size();
    }
  }
  if (end == End::whole) return;
  for (const auto& secret : forms_) {
    const auto form = secret.reveal();
    for (std::size_t n = std::min(form.size() - 1, text.size()); n >= kMinScrubbedBytes; --n) {
      if (!std::string_view(text).ends_with(form.substr(0, n))) continue;
      text.replace(text.size() - n, n, kRedacted);
      return;
    }
  }
}

void scrub_reply(HttpReply& reply, const Scrubber& scrubber) {
  std::erase_if(reply.headers, [](const auto& header) {
    return std::any_of(kHiddenHeaders.begin(), kHiddenHeaders.end(),
                       [&](const char* hidden) { return header.first == hidden; });
  });
  for (auto& [name, value] : reply.headers) {
    scrubber.scrub(name);
    scrubber.scrub(value);
  }
  const bool cut = reply.body_total > reply.body.size();
  scrubber.scrub(reply.body, cut ? Scrubber::End::cut : Scrubber::End::whole);
  reply.body_total =
      cut ? std::max<std::uint64_t>(reply.body_total, reply.body.size() + 1) : reply.body.size();
  scrubber.scrub(reply.error);
  reply.error = excerpt(reply.error, kMaxErrorTextBytes);
}

std::string excerpt(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t fits = 0;  // the length that leaves room for "..."
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7f) {
      out += text[i++];
    } else if (const std::size_t length = c < 0x80 ? 0 : utf8_length(text, i); length > 0) {
      out.append(text, i, length);
      i += length;
    } else {
      append_escaped(out, c);
      ++i;
    }
    if (out.size() + 3 <= most) fits = out.size();
    if (out.size() > most) {
      out.resize(fits);
      return out += "...";
    }
  }
  return out;
}

std::string request_excerpt(const ConnectorRequest& request) {
  std::string head =
      excerpt(request.method, 16) + " " + excerpt(request.path + query_text(request.query), 1'024);
  append_headers(head, request.headers);
  return with_body(std::move(head), request.body);
}

std::string reply_excerpt(const HttpReply& reply) {
  if (reply.got != Got::http) {
    return with_body(
        std::string(name_of(reply.got)) + ": " + excerpt(reply.error, kMaxErrorTextBytes),
        reply.body);
  }
  std::string head = std::to_string(reply.status);
  append_headers(head, reply.headers);
  return with_body(std::move(head), reply.body);
}

}  // namespace tenon
