// Waivers: what a connector's conformance.toml says of cases that it is known not to pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/runner.hpp"

namespace tenon::conformance {

// [[waiver]] case = "reply.item_missing", reason = "...", and until = 2027-03-01 or issue = "...".
struct Waiver {
  std::string name;  // of the case, in full
  std::string reason;
  std::string until;  // YYYY-MM-DD, the last day; "" = as long as the issue is open
  std::string issue;  // where it is followed up; "" = only `until`
  int line = 0;
};

constexpr std::size_t kMaxWaivers = 200;

class Waivers {
 public:
  // No file at all is none; `errors` has each mistake with its line: an unknown key, no reason,
  // neither date nor issue, a case that is not among `cases`, the same case twice.
  static Waivers read(const std::string& file, const std::vector<Case>& cases,
                      std::vector<std::string>& errors);

  // A bad finding that has a waiver in force on `today` (YYYY-MM-DD) becomes `waived`; one whose
  // waiver has ended stays bad, and says so.
  void apply(Finding& finding, const std::string& today);

  // Waivers of cases that ran and did not need one: told, so that the file gets shorter.
  std::vector<std::string> unused() const;

 private:
  struct Held {
    Waiver waiver;
    bool ran = false, needed = false;
  };
  std::string file_;
  std::vector<Held> all_;
};

// conformance.toml beside the folder of goldens; "" where there is none.
std::string waivers_beside(const std::string& golden_folder);
std::string today_utc();

}  // namespace tenon::conformance
