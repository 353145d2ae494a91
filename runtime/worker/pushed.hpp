// Pushed: reads one struct that a connector pushes, as memory that may hold anything.
#pragma once

#include <tenon/tenon.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ports/connector_runtime.hpp"

// The size of a struct up to and with its last field of minor 0: the least that anyone may push.
// Not sizeof, which grows with the header.
#define TENON_LEAST(type, last) (offsetof(type, last) + sizeof(static_cast<type*>(nullptr)->last))

namespace tenon::worker {

// In the words of a refusal.
inline std::string number(std::uint64_t n) { return std::to_string(n); }

// Where in a push: `path`, `headers[3].key`.
struct Place {
  const char* field;
  const char* member = nullptr;
  std::uint32_t index = 0;
};

// Copies field by field. The first fault is kept, in words that name the field, what was wanted and
// what was found; after it nothing more is read. A pointer that leads nowhere cannot be seen from
// here: it ends the worker.
class Pushed {
 public:
  // `push` is its name in the header: request, outcome ...
  explicit Pushed(std::string_view push) : push_(push) {}

  bool ok() const { return status_ == TENON_OK; }
  tenon_status status() const { return status_; }
  const std::string& fault() const { return fault_; }

  // False if no field may be read: the pointer is null or crooked, or `size` is that of no minor.
  template <typename T>
  bool readable(const T* pushed, std::size_t least) {
    return points_to(pushed, alignof(T)) && sized({"size"}, pushed->size, least);
  }

  void text(const Place& place, const tenon_str& from, std::string& out);
  void pairs(const char* field, const tenon_array& from, std::size_t most, HttpHeaders& out);
  void secrets(const tenon_array& from, std::vector<SecretRef>& out);
  void covers(const tenon_array& from, std::size_t records, std::vector<std::uint32_t>& out);
  // An index, a kind: from `least` to `most`.
  void within(const Place& place, std::uint64_t found, std::uint64_t least, std::uint64_t most);

  void refuse(tenon_status status, const Place& place, const std::string& wanted,
              const std::string& found);
  // Of the push as a whole.
  void refuse(tenon_status status, const std::string& wanted, const std::string& found);

 private:
  bool points_to(const void* pushed, std::size_t alignment);
  bool sized(const Place& place, std::uint32_t found, std::size_t least);
  // Can `array` hold elements of `size` bytes and this alignment?
  bool array(const char* field, const tenon_array& array, std::size_t most, std::size_t size,
             std::size_t alignment);

  std::string_view push_;
  tenon_status status_ = TENON_OK;
  std::string fault_;
};

// For people: "deliver", and "create" for none.
std::string_view name_of(Op op);

// A borrowed view of what a connector gave; false if pointer and length contradict one another or
// the length is more than any step may push.
bool view_of(const tenon_str& text, std::string_view& out);

}  // namespace tenon::worker
