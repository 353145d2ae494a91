// Writer and Reader: the one little-endian byte format of records, state values and IPC bodies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon {

// Appends to a string it owns. Integers are little-endian and fixed-width; a text is its u32
// length and its bytes.
class Writer {
 public:
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u16(std::uint16_t v) { put(v); }
  void u32(std::uint32_t v) { put(v); }
  void u64(std::uint64_t v) { put(v); }
  void i64(std::int64_t v) { put(static_cast<std::uint64_t>(v)); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  void text(std::string_view bytes) {
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  void reserve(std::size_t n) { out_.reserve(n); }
  std::size_t size() const { return out_.size(); }
  std::string take() && { return std::move(out_); }
  const std::string& view() const { return out_; }

 private:
  template <typename T>
  void put(T v) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<char>((v >> (8 * i)) & 0xff));
    }
  }
  std::string out_;
};

// Reads what Writer wrote out of bytes that may be hostile: a read past the end fails the reader
// for good and gives zeros; nothing is allocated from an unchecked length. Borrowed: the views it
// returns live as long as the bytes it was given.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : in_(bytes) {}
  std::uint8_t u8() { return get<std::uint8_t>(); }
  std::uint16_t u16() { return get<std::uint16_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(get<std::uint64_t>()); }
  std::string_view raw(std::size_t n) {
    if (n > in_.size()) {
      fail();
      return {};
    }
    const auto out = in_.substr(0, n);
    in_.remove_prefix(n);
    return out;
  }
  std::string_view text() { return raw(u32()); }
  // A count of elements of at least `least_bytes` each: fails if they cannot fit into what is left.
  std::uint32_t count(std::size_t least_bytes) {
    const std::uint32_t n = u32();
    if (least_bytes != 0 && n > in_.size() / least_bytes) {
      fail();
      return 0;
    }
    return n;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  std::size_t left() const { return in_.size(); }
  // True if all was read and nothing failed.
  bool done() const { return ok_ && in_.empty(); }

 private:
  void fail() {
    ok_ = false;
    in_ = {};
  }
  template <typename T>
  T get() {
    const auto bytes = raw(sizeof(T));
    if (bytes.size() != sizeof(T)) return T{};
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      v |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return static_cast<T>(v);
  }
  std::string_view in_;
  bool ok_ = true;
};

// Big-endian, so that stored keys sort by number. For state keys only.
std::string key_u64(std::uint64_t v);
std::string key_u16(std::uint16_t v);
std::uint64_t u64_of_key(std::string_view eight_bytes);

}  // namespace tenon
