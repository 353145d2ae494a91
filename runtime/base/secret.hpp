// Secret: bytes that must not be shown. It has no formatter, no stream operator, no comparison.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tenon {

// Lies in locked memory; wiped when destroyed or moved from. `reveal` is for the last step before
// the wire only.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes);  // which is wiped
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  Secret copy() const { return Secret(reveal(), Plain{}); }
  std::string_view reveal() const { return {place_, size_}; }
  bool empty() const { return size_ == 0; }

 private:
  struct Plain {};
  Secret(std::string_view bytes, Plain);
  void clear() noexcept;

  char* place_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites in a way that the compiler may not leave out, then empties.
void wipe(std::string& bytes);

}  // namespace tenon
