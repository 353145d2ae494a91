// Numbers, times and the IETF's structured field out of headers.
#include "egress/vendor_news.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace tenon {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The number at the begin of the text, with decimals or without: "10, 10;w=1" is 10.
std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!rest.empty() && rest.front() != ',' && rest.front() != ';') return std::nullopt;
  return value;
}

std::optional<std::uint64_t> count(std::string_view text) {
  const auto value = number(text);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(std::min(std::floor(*value), 1e15));
}

milliseconds bounded(double ms) {
  return milliseconds(static_cast<std::int64_t>(
      std::ceil(std::clamp(ms, 0.0, static_cast<double>(kMaxReset.count())))));
}

milliseconds until(Time at, Time now) {
  return std::clamp(std::chrono::ceil<milliseconds>(at - now), milliseconds{0}, kMaxReset);
}

std::optional<milliseconds> reset_of(std::string_view text, ResetForm form, Time now) {
  if (form == ResetForm::rfc3339 || form == ResetForm::http_date) {
    const auto at =
        form == ResetForm::rfc3339 ? parse_rfc3339(trimmed(text)) : parse_http_date(trimmed(text));
    if (!at) return std::nullopt;
    return until(*at, now);
  }
  const auto value = number(text);
  if (!value) return std::nullopt;
  const auto now_ms = static_cast<double>(us_of(now)) / 1'000;
  switch (form) {
    case ResetForm::delta_s: return bounded(*value * 1'000);
    case ResetForm::delta_ms: return bounded(*value);
    case ResetForm::unix_s: return bounded(*value * 1'000 - now_ms);
    case ResetForm::unix_ms: return bounded(*value - now_ms);
    default: return std::nullopt;
  }
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] != at || quoted) continue;
    parts.push_back(trimmed(text.substr(from, i - from)));
    from = i + 1;
  }
  parts.push_back(trimmed(text.substr(from)));
  return parts;
}

// "limit=100, remaining=50, reset=5" of earlier drafts; later ones list policies, each with what
// remains of it: "burst";r=3;t=1, "daily";r=900;t=3600. The one with the least left counts.
VendorNews read_ietf(std::string_view text) {
  VendorNews news;
  for (const auto member : split(text, ',')) {
    VendorNews one;
    for (const auto part : split(member, ';')) {
      const auto equal = part.find('=');
      if (equal == std::string_view::npos) continue;
      const auto key = trimmed(part.substr(0, equal));
      const auto value = part.substr(equal + 1);
      if (key == "r" || key == "remaining") one.remaining = count(value);
      if (key == "q" || key == "limit") one.limit = count(value);
      if (key == "t" || key == "reset") one.reset = reset_of(value, ResetForm::delta_s, Time{});
    }
    const bool tighter =
        one.remaining && (!news.remaining || *one.remaining < *news.remaining ||
                          (*one.remaining == *news.remaining && one.reset > news.reset));
    if (tighter) {
      if (!one.limit) one.limit = news.limit;
      if (!news.remaining && !one.reset) one.reset = news.reset;
      news = one;
    } else {
      // A member of the earlier form holds one of the three.
      if (!news.limit) news.limit = one.limit;
      if (!one.remaining && !news.reset) news.reset = one.reset;
    }
  }
  return news;
}

std::optional<std::string_view> value_of(const HttpHeaders& headers, const std::string& name) {
  if (name.empty()) return std::nullopt;
  for (const auto& [one, value] : headers) {
    if (one == name) return value;
  }
  return std::nullopt;
}

}  // namespace

VendorNews read_news(const RateHeader& rule, const HttpHeaders& headers, Time now) {
  VendorNews news;
  const auto remaining = value_of(headers, rule.remaining);
  if (!remaining) return news;
  if (rule.form == RateHeaderForm::ietf) return read_ietf(*remaining);
  if (rule.form == RateHeaderForm::used_of_limit) {
    const auto slash = remaining->find('/');
    if (slash == std::string_view::npos) return news;
    const auto used = count(remaining->substr(0, slash));
    news.limit = count(remaining->substr(slash + 1));
    if (used && news.limit) news.remaining = *news.limit - std::min(*used, *news.limit);
  } else {
    news.remaining = count(*remaining);
    if (const auto limit = value_of(headers, rule.limit)) news.limit = count(*limit);
  }
  if (const auto reset = value_of(headers, rule.reset)) {
    news.reset = reset_of(*reset, rule.reset_form, now);
  }
  return news;
}

}  // namespace tenon
