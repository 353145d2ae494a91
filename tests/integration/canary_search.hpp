// Looking for secrets in whatever the host lets out, in each form they could have taken.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::testing {

// A secret that must be found nowhere. `text` is long and random, so that a hit is no accident.
struct Canary {
  std::string name, text;
};

struct CanaryHit {
  std::string canary, encoding, where;
  std::uint64_t offset = 0;
};

// The names of the forms looked for.
constexpr std::string_view kCanaryEncodings[] = {"raw", "base64", "hex", "percent", "utf16"};

class CanarySearch {
 public:
  explicit CanarySearch(const std::vector<Canary>& canaries);

  // One output. Blocks of zeros are passed over.
  void look(const std::string& where, std::string_view bytes);
  void look_at_file(const std::string& path);
  // All regular files below the folder; `passed_over`: their names.
  void look_at_folder(const std::string& folder, const std::vector<std::string>& passed_over = {});
  // All that the process can write to; false if it cannot be read.
  bool look_at_memory(pid_t pid);

  std::size_t outputs() const { return outputs_; }
  std::uint64_t bytes() const { return bytes_; }
  const std::vector<CanaryHit>& hits() const { return hits_; }
  // Of a canary, every form that is looked for: what a planted leak has to be found as.
  static std::vector<std::string> forms(std::string_view text, std::string_view encoding);

 private:
  struct Needle {
    std::string canary, encoding, form;
  };
  void look_in_piece(const std::string& where, std::string_view bytes, std::uint64_t offset);

  std::vector<Needle> needles_;
  std::size_t longest_ = 0, outputs_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<CanaryHit> hits_;
};

std::string describe(const std::vector<CanaryHit>& hits);

}  // namespace tenon::testing
