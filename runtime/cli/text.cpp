// Making text for people.
#include "cli/text.hpp"

#include <algorithm>
#include <cstdio>

namespace tenon::cli {
namespace {

template <typename... Args>
std::string format(const char* pattern, Args... args) {
  char out[64];
  std::snprintf(out, sizeof out, pattern, args...);
  return out;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string two_units(long long large, const char* large_name, long long small,
                      const char* small_name) {
  auto text = std::to_string(large) + " " + large_name;
  if (small != 0) text += " " + std::to_string(small) + " " + small_name;
  return text;
}

}  // namespace

std::string Style::paint(const char* code, std::string_view text) const {
  if (!color) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string Style::state(std::string_view word) const {
  for (const auto* fine : {"delivered", "running", "ok", "routed", "ready", "accepted"}) {
    if (word == fine) return good(word);
  }
  for (const auto* wrong : {"dead", "error", "invalid", "rejected", "ambiguous"}) {
    if (word == wrong) return bad(word);
  }
  return warn(word);
}

std::string clean(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t characters = 0;
  for (const char c : text) {
    if (!continues(c) && ++characters > most) return out + "…";
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "·";
    } else {
      out += c;
    }
  }
  // C1 controls come as two bytes, c2 80 to c2 9f: some terminals obey them.
  for (std::size_t at = 0; (at = out.find('\xc2', at)) != std::string::npos; ++at) {
    if (at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xa0) {
      out.replace(at, 2, "·");
    }
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string duration_text(microseconds duration) {
  const long long us = duration.count();
  if (us < 0) return "-" + duration_text(-duration);
  if (us == 0) return "0 ms";
  if (us < 9'950) return format("%.1f ms", static_cast<double>(us) / 1e3);
  if (us < 999'500) return format("%.0f ms", static_cast<double>(us) / 1e3);
  if (us < 59'950'000) return format("%.1f s", static_cast<double>(us) / 1e6);
  const long long s = (us + 500'000) / 1'000'000;
  if (s < 3'600) return two_units(s / 60, "min", s % 60, "s");
  if (s < 86'400) return two_units(s / 3'600, "h", s % 3'600 / 60, "min");
  return two_units(s / 86'400, "d", s % 86'400 / 3'600, "h");
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1'024) return std::to_string(bytes) + " B";
  const auto size = static_cast<double>(bytes);
  if (bytes < 1'024 * 1'024) return format("%.1f KiB", size / 1'024);
  if (bytes < 1'024ull * 1'024 * 1'024) return format("%.1f MiB", size / (1'024 * 1'024));
  return format("%.1f GiB", size / (1'024.0 * 1'024 * 1'024));
}

std::string ago_text(Time then, Time now) {
  const auto gap = now - then;
  if (gap < microseconds(1'000) && gap > -microseconds(1'000)) return "now";
  if (gap > microseconds(0)) return duration_text(gap) + " ago";
  return "in " + duration_text(-gap);
}

std::string due_text(Time then, Time now) { return then > now ? ago_text(then, now) : "due"; }

std::string count_text(std::uint64_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

void Table::column(std::string title, Align align) {
  columns_.emplace_back(std::move(title), align);
}

void Table::row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

std::string Table::text(const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto width = width_of(columns_[c].first);
    for (const auto& row : rows_) width = std::max(width, width_of(row[c].plain));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](auto&& plain_of, auto&& painted_of) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string gap(widths[c] - width_of(plain_of(c)), ' ');
      const bool right = columns_[c].second == Align::right;
      const bool last = c + 1 == columns_.size();
      text += right ? gap + painted_of(c) : painted_of(c) + (last ? "" : gap);
      if (!last) text += "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line([&](std::size_t c) { return columns_[c].first; },
       [&](std::size_t c) { return style.dim(columns_[c].first); });
  for (const auto& row : rows_) {
    line([&](std::size_t c) { return row[c].plain; },
         [&](std::size_t c) { return row[c].painted; });
  }
  return out;
}

}  // namespace tenon::cli
