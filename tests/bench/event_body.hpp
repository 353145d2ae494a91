// EventBody: requests of 1 KB events, each with a number of its own and the time of its sending.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

constexpr std::size_t kEventBytes = 1'024;
constexpr std::uint64_t kUsers = 5'000;  // order keys in turn

// A mark as it stands in the properties of an event; survives mapping and batching.
struct Mark {
  std::uint64_t number = 0, sent_ns = 0;
};

// Calls found(mark) for each mark in the text.
template <typename Found>
void find_marks(std::string_view text, Found found);

// One request, of one event or of an array; built once, then only its digits change.
class EventRequest {
 public:
  EventRequest(std::size_t batch, const std::string& path, const std::string& authorization);
  // The whole request with the numbers first, first + 1, ...
  const std::string& with(std::uint64_t first, std::uint64_t now_ns);

 private:
  struct Places {
    std::size_t id, user, number, sent;
  };
  std::string text_;
  std::vector<Places> places_;
};

constexpr std::string_view kMark = "bench-mark-";
constexpr std::size_t kNumberDigits = 16, kTimeDigits = 20, kUserDigits = 6;

inline std::uint64_t digits_of(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

template <typename Found>
void find_marks(std::string_view text, Found found) {
  constexpr std::size_t kAll = kMark.size() + kNumberDigits + 1 + kTimeDigits;
  for (std::size_t at = 0; (at = text.find(kMark, at)) != std::string_view::npos;) {
    if (text.size() - at < kAll) return;
    Mark mark;
    mark.number = digits_of(text.substr(at + kMark.size(), kNumberDigits));
    mark.sent_ns = digits_of(text.substr(at + kMark.size() + kNumberDigits + 1, kTimeDigits));
    found(mark);
    at += kAll;
  }
}

}  // namespace bench
