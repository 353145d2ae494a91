// State: what a call keeps between its steps, as a struct; saved with a version and a checksum.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tenon/refusal.hpp"

namespace tenon::sdk {

// A state is a struct that names its fields and a version:
//
//   struct Progress {
//     static constexpr std::uint16_t kVersion = 1;
//     std::string job;
//     std::vector<std::uint32_t> waiting;
//     auto fields() { return std::tie(job, waiting); }
//   };
//
// step.suspend(save(progress)) keeps it, load<Progress>(call.state()) has it back. Fields are
// whole numbers, bool, enums, std::string, std::optional and std::vector of them, and structs with
// fields(). A new version may add fields at the end: an older state leaves them as they are by
// default. Any other bytes are refused as TENON_E_INPUT; they never crash or allocate much.
template <typename T>
concept HasFields = requires(T& value) {
  value.fields();
};
template <typename T>
concept StateStruct = HasFields<T> && requires {
  { T::kVersion } -> std::convertible_to<std::uint16_t>;
};

namespace detail {

// Format: "tS", version (2), fields, FNV-1a of all before it (4); numbers little-endian in their
// own width, a length before text and list (4).
inline constexpr std::size_t kStateHead = 4, kStateTail = 4;

inline std::uint32_t state_sum(std::string_view bytes) {
  std::uint32_t sum = 2166136261u;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

class StateWriter {
 public:
  template <typename T>
  void put(T& value) {
    if constexpr (std::is_enum_v<T>) {
      auto number = static_cast<std::underlying_type_t<T>>(value);
      put(number);
    } else if constexpr (std::is_integral_v<T>) {
      const auto number = static_cast<std::uint64_t>(value);
      for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(number >> (8 * i));
    } else if constexpr (HasFields<T>) {
      std::apply([&](auto&... field) { (put(field), ...); }, value.fields());
    } else {
      put_sized(value);
    }
  }

  std::string bytes;

 private:
  void length(std::size_t value) {
    auto narrow = static_cast<std::uint32_t>(value);
    put(narrow);
  }
  void put_sized(std::string& value) {
    length(value.size());
    bytes += value;
  }
  template <typename T>
  void put_sized(std::vector<T>& list) {
    length(list.size());
    for (auto&& item : list) {
      if constexpr (std::is_same_v<T, bool>) {
        bool own = item;  // a vector of bool has no bools to refer to
        put(own);
      } else {
        put(item);
      }
    }
  }
  template <typename T>
  void put_sized(std::optional<T>& value) {
    bool there = value.has_value();
    put(there);
    if (there) put(*value);
  }
};

class StateReader {
 public:
  // `older`: the fields may end before the struct does.
  StateReader(std::string_view bytes, bool older) : rest_(bytes), older_(older) {}
  bool at_end() const { return rest_.empty(); }

  template <typename T>
  bool get_fields(T& value) {
    return std::apply([&](auto&... field) { return ((at_old_end() || get(field)) && ...); },
                      value.fields());
  }

 private:
  bool at_old_end() const { return older_ && rest_.empty(); }

  template <typename T>
  bool get(T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      if (!get(number)) return false;
      value = static_cast<T>(number);
      return true;
    } else if constexpr (std::is_integral_v<T>) {
      if (rest_.size() < sizeof(T)) return false;
      std::uint64_t number = 0;
      for (std::size_t i = 0; i < sizeof(T); ++i) {
        number |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
      }
      rest_.remove_prefix(sizeof(T));
      if constexpr (std::is_same_v<T, bool>) {
        if (number > 1) return false;
      }
      value = static_cast<T>(number);
      return true;
    } else if constexpr (HasFields<T>) {
      return std::apply([&](auto&... field) { return (get(field) && ...); }, value.fields());
    } else {
      return get_sized(value);
    }
  }
  bool get_sized(std::string& value) {
    std::uint32_t size = 0;
    if (!get(size) || size > rest_.size()) return false;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  template <typename T>
  bool get_sized(std::vector<T>& list) {
    std::uint32_t size = 0;
    if (!get(size) || size > rest_.size()) return false;  // an item is a byte at least
    list.clear();
    for (std::uint32_t i = 0; i < size; ++i) {
      T item{};
      if (!get(item)) return false;
      list.push_back(std::move(item));
    }
    return true;
  }
  template <typename T>
  bool get_sized(std::optional<T>& value) {
    bool there = false;
    if (!get(there)) return false;
    if (!there) {
      value.reset();
      return true;
    }
    return get(value.emplace());
  }

  std::string_view rest_;
  bool older_;
};

}  // namespace detail

template <StateStruct T>
std::string save(T value) {
  detail::StateWriter writer;
  writer.bytes = "tS";
  std::uint16_t version = T::kVersion;
  writer.put(version);
  writer.put(value);
  std::uint32_t sum = detail::state_sum(writer.bytes);
  writer.put(sum);
  return std::move(writer.bytes);
}

// The state of an earlier step, or a refusal that says what was found.
template <StateStruct T>
T load(std::string_view state) {
  if (state.size() < detail::kStateHead + detail::kStateTail || !state.starts_with("tS")) {
    throw bad_input("state: wanted one of this connector, found " +
                    (state.empty() ? "none" : std::to_string(state.size()) + " foreign bytes"));
  }
  const std::string_view body = state.substr(0, state.size() - detail::kStateTail);
  const auto byte = [&](std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(state[at])};
  };
  const std::size_t tail = body.size();
  const std::uint32_t sum =
      byte(tail) | byte(tail + 1) << 8 | byte(tail + 2) << 16 | byte(tail + 3) << 24;
  if (sum != detail::state_sum(body)) throw bad_input("state: its bytes were changed or cut");
  const std::uint32_t version = byte(2) | byte(3) << 8;
  if (version > T::kVersion) {
    throw bad_input("state: wanted version " + std::to_string(T::kVersion) + " or older, found " +
                    std::to_string(version));
  }
  T value{};
  detail::StateReader reader(body.substr(detail::kStateHead), version < T::kVersion);
  if (!reader.get_fields(value) || !reader.at_end()) {
    throw bad_input("state: its fields are not those of version " + std::to_string(version));
  }
  return value;
}

}  // namespace tenon::sdk
