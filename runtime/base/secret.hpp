// Secret: bytes that must not be shown. It has no formatter, no stream operator, no comparison.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tenon {

// Wiped when destroyed or moved from. `reveal` is for the last step before the wire only.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  Secret copy() const { return Secret(std::string(bytes_)); }
  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

// Overwrites in a way that the compiler may not leave out, then empties.
void wipe(std::string& bytes);

}  // namespace tenon
