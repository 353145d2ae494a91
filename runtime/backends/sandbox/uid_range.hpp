// The uids of workers when the host runs as root: a fixed range that nobody else may use.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace tenon::sandbox {

constexpr std::uint32_t kFirstWorkerUid = 2'000'000;
constexpr std::uint32_t kWorkerUids = 65'536;

// Does the text of a subuid or subgid file ("name:first:count" per line) leave the range free?
// conflict, naming the line, otherwise. Lines of another form are not ours to judge.
Result<void> check_subordinate(std::string_view text, std::string_view place);
// The same for passwd and group ("name:x:id:..." per line).
Result<void> check_accounts(std::string_view text, std::string_view place);
// All four files of this machine.
Result<void> check_uid_range();

}  // namespace tenon::sandbox
