// Input: a fuzzer's bytes, taken off piece by piece; at its end all pieces are empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}
  bool empty() const { return left_.empty(); }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t out = 0;
    for (const char byte : take(bytes)) out = (out << 8) | static_cast<unsigned char>(byte);
    return out;
  }
  // At most `size` bytes.
  std::string_view take(std::size_t size) {
    const auto out = left_.substr(0, size);
    left_.remove_prefix(out.size());
    return out;
  }
  // Up to the next line break, without it.
  std::string line() {
    const auto end = left_.find('\n');
    const auto out = left_.substr(0, end);
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
    return std::string(out);
  }
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// What must hold whatever the input: ends the process, which the fuzzer reports with its input.
inline void must(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace fuzz
