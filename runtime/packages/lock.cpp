// The lock file: read strictly, since what is misread would let something else run.
#include "packages/lock.hpp"

#include <algorithm>

#include "manifest/forms.hpp"
#include "manifest/words.hpp"

namespace tenon::packages {
namespace {

constexpr std::string_view kFirstLine = "tenon lock 1";

bool is_digest(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_release(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && manifest::is_name(text.substr(0, at)) &&
         manifest::parse_version(text.substr(at + 1)).has_value();
}

std::vector<std::string> parts_of(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty()) {
    const auto space = line.find(' ');
    out.emplace_back(line.substr(0, space));
    line = space == std::string_view::npos ? "" : line.substr(space + 1);
  }
  return out;
}

Result<LockedRelease> read_line(std::string_view line) {
  const auto parts = parts_of(line);
  if (parts.size() != 3) {
    return invalid("wanted RELEASE package|so DIGEST with one space between, found " +
                   std::to_string(parts.size()) + " words");
  }
  LockedRelease out;
  out.release = parts[0];
  out.as_package = parts[1] == "package";
  out.digest = parts[2];
  if (!is_release(out.release)) {
    return invalid("wanted a release such as acme@1.0.0, found " + manifest::shown(out.release));
  }
  if (!out.as_package && parts[1] != "so") {
    return invalid("wanted package or so, found " + manifest::shown(parts[1]));
  }
  if (!is_digest(out.digest)) {
    return invalid("wanted 64 lower-case hex digits, found " + manifest::shown(out.digest));
  }
  return out;
}

}  // namespace

std::string Lock::objection(const std::string& release, const std::string& so_digest,
                            const std::string& package_digest) const {
  const auto at = std::find_if(releases.begin(), releases.end(),
                               [&](const auto& one) { return one.release == release; });
  const bool as_package = !package_digest.empty();
  const std::string& found = as_package ? package_digest : so_digest;
  const std::string line = release + (as_package ? " package " : " so ") + found;
  if (at == releases.end()) {
    return "the lock does not name " + release + "; if you mean it, add the line: " + line;
  }
  if (at->as_package == as_package && at->digest == found) return "";
  return "the lock wants " + release + " as " + (at->as_package ? "a package" : "a .so") +
         " of digest " + at->digest + ", found " + (as_package ? "a package" : "a .so") +
         " of digest " + found + "; get the one that was locked, or lock this one";
}

std::string text_of(Lock lock) {
  std::sort(lock.releases.begin(), lock.releases.end(),
            [](const auto& a, const auto& b) { return a.release < b.release; });
  std::string out(kFirstLine);
  out += "\n";
  for (const auto& one : lock.releases) {
    out += one.release + (one.as_package ? " package " : " so ") + one.digest + "\n";
  }
  return out;
}

Result<Lock> parse_lock(std::string_view text, const std::string& place) {
  Lock lock;
  std::size_t number = 0;
  bool begun = false;
  if (text.size() > kMaxLockBytes) {
    return invalid("wanted at most " + std::to_string(kMaxLockBytes) + " bytes", place);
  }
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    const std::string where = place + ":" + std::to_string(number);
    if (line.empty() || line.front() == '#') continue;
    if (!begun) {
      if (line != kFirstLine) {
        return invalid("wanted \"tenon lock 1\", found " + manifest::shown(line), where);
      }
      begun = true;
      continue;
    }
    auto one = read_line(line);
    if (!one) return std::move(one).error().in(where);
    const bool again = std::any_of(lock.releases.begin(), lock.releases.end(),
                                   [&](const auto& x) { return x.release == one->release; });
    if (again) return invalid("found " + one->release + " a second time", where);
    lock.releases.push_back(std::move(*one));
  }
  if (!begun) return invalid("wanted \"tenon lock 1\" as its first line, found nothing", place);
  return lock;
}

}  // namespace tenon::packages
