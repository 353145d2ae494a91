// Looking for overlaps with the workers' uids.
#include "backends/sandbox/uid_range.hpp"

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tenon::sandbox {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ':');) out.push_back(field);
  return out;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool overlaps(std::uint64_t first, std::uint64_t count) {
  if (count == 0) return false;
  const std::uint64_t last = first + count - 1;
  return first < kFirstWorkerUid + kWorkerUids && last >= kFirstWorkerUid;
}

// `count_at`: which field holds a count; without one each line is a single id in field 2.
Result<void> check(std::string_view text, std::string_view place, bool ranges) {
  std::istringstream in{std::string(text)};
  int line_number = 0;
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    const auto fields = fields_of(line);
    if (fields.size() < 3) continue;
    const auto first = number(fields[ranges ? 1 : 2]);
    const auto count = ranges ? number(fields[2]) : std::optional<std::uint64_t>(1);
    if (!first || !count || !overlaps(*first, *count)) continue;
    return conflict("the ids of workers, 2000000 to 2065535, are taken by " + fields[0] +
                        "; free them, or run tenond as an ordinary user",
                    std::string(place) + ":" + std::to_string(line_number));
  }
  return {};
}

std::string content_of(const char* path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

Result<void> check_subordinate(std::string_view text, std::string_view place) {
  return check(text, place, true);
}

Result<void> check_accounts(std::string_view text, std::string_view place) {
  return check(text, place, false);
}

Result<void> check_uid_range() {
  for (const char* path : {"/etc/subuid", "/etc/subgid"}) {
    TENON_TRY(check_subordinate(content_of(path), path));
  }
  for (const char* path : {"/etc/passwd", "/etc/group"}) {
    TENON_TRY(check_accounts(content_of(path), path));
  }
  return {};
}

}  // namespace tenon::sandbox
