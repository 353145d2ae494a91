// Text for people: colours, durations, sizes, tables; all of it pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace tenon::cli {

// Colours only where they were asked for: off by default, so that goldens and pipes are plain.
struct Style {
  bool color = false;

  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string good(std::string_view text) const { return paint("32", text); }
  std::string warn(std::string_view text) const { return paint("33", text); }
  std::string bad(std::string_view text) const { return paint("31", text); }
  // By the word of a state: delivered, running, ok are good; dead, error bad; others to look at.
  std::string state(std::string_view word) const;

 private:
  std::string paint(const char* code, std::string_view text) const;
};

// Text from elsewhere (vendors, clients) made harmless for a terminal: control characters become
// "·", and what is longer than `most` characters ends in "…".
std::string clean(std::string_view text, std::size_t most = 300);
// Characters (UTF-8 code points), not bytes.
std::size_t width_of(std::string_view text);

std::string duration_text(microseconds duration);  // 0.4 ms, 12 ms, 1.2 s, 3 min 5 s, 2 h 3 min
std::string bytes_text(std::uint64_t bytes);       // 27 B, 1.4 KiB, 3.0 MiB
std::string ago_text(Time then, Time now);         // 3 min 5 s ago, in 12 s, now
std::string due_text(Time then, Time now);         // as ago_text; what has passed is "due"
std::string count_text(std::uint64_t n, std::string_view one, std::string_view many);

// Columns aligned by their widest cell; two spaces between; numbers to the right.
class Table {
 public:
  enum class Align { left, right };
  void column(std::string title, Align align = Align::left);
  // A cell's colour is decided by `painted`, its width by `plain`.
  struct Cell {
    std::string plain, painted;
    Cell(std::string text) : plain(text), painted(std::move(text)) {}  // NOLINT
    Cell(std::string p, std::string q) : plain(std::move(p)), painted(std::move(q)) {}
  };
  void row(std::vector<Cell> cells);
  std::string text(const Style& style) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::pair<std::string, Align>> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace tenon::cli
